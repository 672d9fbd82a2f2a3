// Buttons with data-switch="theme|mode|hand|pen" change a setting of this station and keep it.

import { choose } from "./station_choice.js";
import { acknowledge } from "./tap.js";

const root = document.documentElement;

const isDark = () =>
  root.dataset.theme === "dark" ||
  (root.dataset.theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);

const current = {
  theme: () => (isDark() ? "dark" : "light"),
  mode: () => root.dataset.mode,
  hand: () => root.dataset.hand ?? "right",
  pen: () => root.dataset.pen ?? "finger",
};
const other = {
  dark: "light", light: "dark", glove: "desk", desk: "glove", left: "right", right: "left", pen: "finger", finger: "pen",
};
const pressedWhen = { theme: "dark", mode: "glove", hand: "left", pen: "pen" };

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
  acknowledge(button);
  choose(name, other[current[name]()]);
});

document.addEventListener("labeler:switched", show);
document.addEventListener("htmx:afterSwap", show);
show();
