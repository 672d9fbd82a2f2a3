// Shows what the device makes of a touch: finger, pen or mouse, and how wide the contact is.

import { measured } from "./millimetres.js";

const area = document.querySelector("[data-touch-area]");
const table = document.querySelector("[data-touch-log]");
const marks = new Map(); // pointerId -> mark

const size = (px) => (measured() ? `${(px / measured()).toFixed(1)} mm` : `${Math.round(px)} px`);

const told = (event) =>
  `${area.dataset[event.pointerType] ?? event.pointerType}: ${size(event.width)} × ${size(event.height)}`;

const place = (mark, event) => {
  const box = area.getBoundingClientRect();
  const width = Math.max(event.width, 8);
  const height = Math.max(event.height, 8);
  mark.style.inlineSize = `${width}px`;
  mark.style.blockSize = `${height}px`;
  mark.style.transform = `translate(${event.clientX - box.left - width / 2}px, ${event.clientY - box.top - height / 2}px)`;
};

area.addEventListener("pointerdown", (event) => {
  const mark = document.createElement("span");
  mark.className = "touch-mark";
  mark.dataset.kind = event.pointerType;
  marks.set(event.pointerId, mark);
  area.append(mark);
  place(mark, event);
  table.textContent = told(event);
});
area.addEventListener("pointermove", (event) => {
  const mark = marks.get(event.pointerId);
  if (!mark) return;
  place(mark, event);
  table.textContent = told(event);
});
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, (event) => {
    marks.get(event.pointerId)?.remove();
    marks.delete(event.pointerId);
  });
}
