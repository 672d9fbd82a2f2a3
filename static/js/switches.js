// Buttons with data-switch="theme|mode|hand|pen" change a setting of this station and keep it.

import { choose } from "./station_choice.js";
import { onTap } from "./tap.js";

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

// Not by click: a glove that drifts on a button, or rests there, makes none.
onTap(document, "[data-switch]", {
  act: ({ dataset }) => current[dataset.switch] && choose(dataset.switch, other[current[dataset.switch]()]),
});

document.addEventListener("labeler:switched", show);
document.addEventListener("htmx:afterSwap", show);
show();
