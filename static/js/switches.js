// Buttons with data-switch="theme|mode|hand" change a setting of this station and keep it.

const root = document.documentElement;

const keep = (name, value) => {
  try {
    localStorage.setItem(`labeler.${name}`, value);
  } catch {
    // The choice still holds for this page.
  }
};

const isDark = () =>
  root.dataset.theme === "dark" ||
  (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);

const current = {
  theme: () => (isDark() ? "dark" : "light"),
  mode: () => root.dataset.mode,
  hand: () => root.dataset.hand ?? "right",
};
const other = { dark: "light", light: "dark", glove: "desk", desk: "glove", left: "right", right: "left" };
const pressedWhen = { theme: "dark", mode: "glove", hand: "left" };

const show = () => {
  for (const button of document.querySelectorAll("[data-switch]")) {
    const name = button.dataset.switch;
    button.setAttribute("aria-pressed", String(current[name]?.() === pressedWhen[name]));
  }
};

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-switch]");
  const name = button?.dataset.switch;
  if (!current[name]) return;
  const value = other[current[name]()];
  root.dataset[name] = value;
  keep(name, value);
  show();
  document.dispatchEvent(new CustomEvent("labeler:switched", { detail: { name, value } }));
});

document.addEventListener("htmx:afterSwap", show);
show();
