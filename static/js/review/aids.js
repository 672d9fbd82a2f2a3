// Aids for the eye: brightness, contrast, local contrast, inverted. They change what is shown on this
// station and nothing that is stored.

import { find } from "./boot.js";
import { shutDialogs } from "./dialogs.js";

const KEPT = "labeler.view";
const PLAIN = Object.freeze({ brightness: 0, contrast: 0, local: 0, invert: false });
const panel = find("view-panel");
const sliders = [...panel.querySelectorAll("[data-aid]")];
const inverted = panel.querySelector("[data-act=view-invert]");

const kept = () => {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT)) ?? {};
    return Object.fromEntries(Object.entries(PLAIN).map(([name, plain]) => [name, typeof found[name] === typeof plain ? found[name] : plain]));
  } catch {
    return PLAIN;
  }
};

let aids = kept();

/** -100…100 as a factor: a step to either side does the same. */
const factor = (value) => 2 ** (value / 50);

const filterOf = ({ brightness, contrast, local, invert }) =>
  [
    local && "url(#stage-local-contrast)",
    brightness && `brightness(${factor(brightness)})`,
    contrast && `contrast(${factor(contrast)})`,
    invert && "invert(1)",
  ].filter(Boolean).join(" ");

// What lies around is taken away from every pixel, the more the larger the part.
const setLocal = (share) => {
  const mix = find("local-contrast");
  mix.setAttribute("k2", String(1 + share));
  mix.setAttribute("k3", String(-share));
};

const show = () => {
  setLocal(aids.local / 25);
  document.documentElement.style.setProperty("--view-filter", filterOf(aids) || "none");
  for (const slider of sliders) slider.value = aids[slider.dataset.aid];
  inverted.setAttribute("aria-pressed", String(aids.invert));
  const changed = Object.keys(PLAIN).some((name) => aids[name] !== PLAIN[name]);
  for (const button of document.querySelectorAll("[data-act=view]")) button.classList.toggle("active", changed);
  panel.querySelector("[data-act=view-reset]").disabled = !changed;
};

const set = (change) => {
  aids = { ...aids, ...change };
  try {
    localStorage.setItem(KEPT, JSON.stringify(aids));
  } catch {
    // The choice still holds for this page.
  }
  show();
};

panel.addEventListener("input", ({ target }) => set({ [target.dataset.aid]: Number(target.value) }));

// The panel stands in place of the answers: what lies under it cannot be reached by the keyboard either.
const upright = matchMedia("(orientation: portrait)");
const cover = () => {
  for (const node of panel.parentElement.querySelectorAll(".types, .extras, .answer")) node.inert = !panel.hidden;
  for (const node of panel.parentElement.querySelectorAll(".detail, .tools")) node.inert = !panel.hidden && upright.matches;
};
upright.addEventListener("change", cover);

const put = (shown) => {
  const left = panel.contains(document.activeElement);
  panel.hidden = !shown;
  cover();
  if (shown) panel.querySelector("button").focus({ preventScroll: true });
  else if (left) document.querySelector("[data-act=view]:not(dialog *)").focus({ preventScroll: true });
};
const shut = () => put(false);

/** Whether it lies over the answers: nobody sees what a key would answer there. */
export const viewIsOpen = () => !panel.hidden;

panel.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.stopPropagation();
  shut();
});

/** Buttons, by their data-act. */
export const viewActs = {
  view: () => {
    shutDialogs();
    put(panel.hidden);
  },
  "view-close": shut,
  "view-invert": () => set({ invert: !aids.invert }),
  "view-reset": () => set(PLAIN),
};

show();
