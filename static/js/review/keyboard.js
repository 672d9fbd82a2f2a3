// Shortcuts at the desk. By the letter on the key where it is a Latin one, else by the key's place, so that they hold
// under a Korean layout; at rest while an IME composes.

import { unlessBadge } from "../badge_reader.js";
import { begunAt } from "../tap.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const TOOLS = { KeyB: "box", KeyP: "polygon", KeyL: "lasso", KeyM: "brush", KeyE: "eraser", KeyV: "select" };
const LONG_MS = 400; // Space held so long was meant for panning

const typing = (target) => target.matches?.("input, textarea, select, [contenteditable]");

/** Space and Enter go to a control that the keyboard has focused; everything else is for the picture. */
const onControl = (event) => event.target.matches?.("button:focus-visible, a:focus-visible");

const resting = (event) =>
  event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey ||
  document.querySelector("dialog[open], [data-book]:not([hidden])") || typing(event.target);

/** A key's name: of its letter, or of its place; of what it does where NumLock has turned a digit into that. */
const nameOf = ({ key, code }) => {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  return /^Numpad\d/.test(code) && key.length > 1 ? key : code;
};

const digit = (code) => Number(/^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? 0);

/** `deeds`: type(index), submit(), unsure(), undo(), help(), golden(), book(), somethingElse(), after `accepts(begun_ms)` where it is an answer;
    `canvas`: what canvas.js lends in `keys`. */
export const bindKeyboard = ({ accepts, deeds, canvas }) => {
  let space = null; // when Space went down
  // A field that is emptied and closed while something is composed in it says nothing of the end.
  let composer = null;
  document.addEventListener("compositionstart", ({ target }) => { composer = target; });
  document.addEventListener("compositionend", () => { composer = null; });
  const composing = () => composer !== null && composer === document.activeElement;

  const letGo = (event, submits) => {
    const begun = space;
    space = null;
    const panned = canvas.space(false);
    if (submits && !panned && performance.now() - begun < LONG_MS && accepts(begun)) submit();
    if (submits) event.preventDefault();
  };

  const submit = () => canvas.close() || deeds.submit();

  document.addEventListener("keydown", (event) => {
    const enter = event.code === "Enter" || event.code === "NumpadEnter";
    const press = enter || event.code === "Space";
    const pressed = press && onControl(event);
    if (pressed && event.repeat) event.preventDefault(); // a key held down is one answer, not thirty
    if (pressed || composing() || resting(event)) return;
    if (event.code === "Space") {
      event.preventDefault();
      if (!event.repeat && space === null) {
        space = begunAt(event);
        unlessBadge(event, () => canvas.space(true));
      }
      return;
    }
    const deed = enter ? () => accepts(begunAt(event)) && submit() : chosenDeed(event, deeds, canvas, () => accepts(begunAt(event)));
    if (!deed) return;
    event.preventDefault();
    if (!event.repeat || nameOf(event) in ARROWS) unlessBadge(event, deed);
  });

  document.addEventListener("keyup", (event) => {
    if (event.code === "Space" && space !== null) letGo(event, !resting(event));
  });
  window.addEventListener("blur", (event) => space !== null && letGo(event, false));
};

const chosenDeed = (event, deeds, canvas, accepted) => {
  const answer = (act) => () => accepted() && act();
  const name = nameOf(event);
  const number = digit(name);
  if (event.key === "?") return deeds.help;
  if (event.key === "+" || event.key === "=") return () => canvas.zoom(1);
  if (event.key === "-") return () => canvas.zoom(-1);
  if (number) return answer(() => deeds.type(number - 1));
  if (name in ARROWS) return () => canvas.nudge(...ARROWS[name], event.shiftKey);
  if (name in TOOLS) return () => canvas.tool(TOOLS[name]);
  const byName = {
    Digit0: () => canvas.zoom(0),
    Numpad0: () => canvas.zoom(0),
    BracketLeft: () => canvas.brush(-1),
    BracketRight: () => canvas.brush(1),
    KeyU: answer(deeds.unsure),
    KeyN: answer(deeds.somethingElse),
    KeyD: deeds.book,
    KeyG: deeds.golden,
    KeyZ: deeds.undo,
    Delete: canvas.remove,
    Backspace: canvas.remove,
    Escape: canvas.cancel,
  };
  return byName[name];
};
