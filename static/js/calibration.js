// Measuring the screen with a bank card (ISO/IEC 7810 ID-1: 85.60 × 53.98 mm). What fits is kept for the station
// in "labeler.pxPerMm"; preferences.js makes the sizes of gloves from it before the next page paints.

import { KEY, USUAL, measured, pxPerMm as known } from "./millimetres.js";

const WIDTH_MM = 85.6;
const HEIGHT_MM = 53.98;
const LEAST = 2.5;
const MOST = 16;

const root = document.documentElement;
const part = (name) => document.querySelector(`[data-calibrate-${name}]`);
const area = part("area");
const card = part("card");
const corner = part("corner");

let pxPerMm = known();

// A card wider than the page could not be laid on it.
const most = () => Math.max(LEAST, Math.min(MOST, area.clientWidth / WIDTH_MM));

const show = () => {
  card.style.inlineSize = `${pxPerMm * WIDTH_MM}px`;
  card.style.blockSize = `${pxPerMm * HEIGHT_MM}px`;
  const said = area.dataset.value.replace("{value}", pxPerMm.toFixed(2));
  part("value").textContent = said;
  corner.setAttribute("aria-valuenow", pxPerMm.toFixed(2));
  corner.setAttribute("aria-valuetext", said);
  corner.setAttribute("aria-valuemin", String(LEAST));
  corner.setAttribute("aria-valuemax", most().toFixed(2));
};

const become = (wanted) => {
  pxPerMm = Math.max(LEAST, Math.min(most(), wanted));
  part("done").hidden = true;
  show();
};

const wider = (steps_px) => become(pxPerMm + steps_px / WIDTH_MM);

const keep = (value) => {
  try {
    if (value === null) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, value.toFixed(3));
  } catch {
    return; // nothing to keep it in: nothing is promised
  }
  document.dispatchEvent(new CustomEvent("labeler:measured"));
  part("done").hidden = value === null;
};

let drag = null;
corner.addEventListener("pointerdown", (event) => {
  drag = { x: event.clientX, y: event.clientY, pxPerMm };
  corner.setPointerCapture(event.pointerId);
});
corner.addEventListener("pointermove", (event) => {
  if (!drag) return;
  // Along the card's diagonal, so that the corner stays under the finger.
  const along_px =
    ((event.clientX - drag.x) * WIDTH_MM + (event.clientY - drag.y) * HEIGHT_MM) / Math.hypot(WIDTH_MM, HEIGHT_MM);
  become(drag.pxPerMm + along_px / Math.hypot(WIDTH_MM, HEIGHT_MM));
});
for (const end of ["pointerup", "pointercancel"]) corner.addEventListener(end, () => (drag = null));
corner.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
  if (!step) return;
  event.preventDefault();
  wider(step);
});
part("smaller").addEventListener("click", () => wider(-1));
part("larger").addEventListener("click", () => wider(1));
part("keep").addEventListener("click", () => keep(pxPerMm));
part("reset").addEventListener("click", () => {
  keep(null);
  become(USUAL);
});

// The same clamp as in preferences.js: what is far off is a slip, and controls must stay usable.
document.addEventListener("labeler:measured", () => {
  const value = measured();
  if (value === null) root.style.removeProperty("--px-per-mm");
  else root.style.setProperty("--px-per-mm", String(Math.max(5, Math.min(8, value))));
});
addEventListener("resize", () => become(pxPerMm));
become(pxPerMm); // what is kept may be anything
