// Shortcuts at the desk. By key position, so that they hold under a Korean layout; at rest while an IME composes.

import { begunAt } from "./tap.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const typing = (target) => target.matches?.("input, textarea, select, [contenteditable]");

/** Space and Enter go to a control that the keyboard has focused; everything else is for the picture. */
const onControl = (event) => event.target.matches?.("button:focus-visible, a:focus-visible");

const digit = (code) => Number(/^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? 0);

/** `deeds`: type(index), submit(), unsure(), undo(), box(), nudge(dx, dy, size), remove(), help(); each after
    `accepts(begun_ms)` where it is an answer. */
export const bindKeyboard = ({ accepts, deeds }) => {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || typing(event.target)) return;
    const press = event.code === "Space" || event.code === "Enter" || event.code === "NumpadEnter";
    if (press && onControl(event)) {
      if (event.repeat) event.preventDefault(); // a key held down is one answer, not thirty
      return;
    }
    const deed = chosenDeed(event, press, deeds, () => accepts(begunAt(event)));
    if (!deed) return;
    event.preventDefault();
    if (!event.repeat || event.code in ARROWS) deed();
  });
};

const chosenDeed = (event, press, deeds, accepted) => {
  const answer = (act) => () => accepted() && act();
  const number = digit(event.code);
  if (event.key === "?") return deeds.help;
  if (press) return answer(deeds.submit);
  if (number) return answer(() => deeds.type(number - 1));
  if (event.code in ARROWS) return () => deeds.nudge(...ARROWS[event.code], event.shiftKey);
  const byCode = {
    KeyU: answer(deeds.unsure),
    KeyB: answer(deeds.box),
    KeyZ: deeds.undo,
    Delete: deeds.remove,
    Backspace: deeds.remove,
  };
  return byCode[event.code];
};
