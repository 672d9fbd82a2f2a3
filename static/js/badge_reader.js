// A badge reader is a keyboard: it types a number faster than anybody could, and ends with Enter.

const GAP_MS = 70; // readers need 1 to 50 ms for a character, fast typists 90 and more
const FEWEST = 6;
const NOBODY = 2; // keys as fast as a reader's, and Enter: a badge whose beginning was lost, typed by no hand
const OWN = "[data-takes-badge]"; // a field that a badge is meant to be typed into
const MODIFIERS = new Set(["Shift", "CapsLock", "NumLock", "Alt", "AltGraph", "Control", "Meta"]);

// By the key's place, so that a Korean or French layout reads the same badge; by its letter where there is no place.
const character = (event) =>
  /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code)?.[1] ?? /^[a-zA-Z0-9]$/.exec(event.key)?.[0] ?? "";

// Shortcuts that may turn out to be a badge's characters. Longer than the gap: a busy tablet hears of keys late, and
// the later it heard of one, the later the next may come.
const doubt_ms = (event) => 2 * GAP_MS + 4 * Math.min(250, Math.max(0, performance.now() - event.timeStamp));
let listening = false;
let doubtful = [];
let timer = null;

// Only a badge that has been read takes its keys with it; whatever else they were, they were meant.
const forget = () => {
  clearTimeout(timer);
  const acts = doubtful;
  doubtful = [];
  return acts;
};

const settle = () => {
  for (const act of forget()) act();
};

/** Calls `act()` for a shortcut's key, in order, unless a badge reader types it: where one is listened to,
    characters wait for a moment to see whether they become a badge. */
export const unlessBadge = (event, act) => {
  if (!listening || !character(event)) {
    settle();
    act();
    return;
  }
  doubtful.push(act);
  clearTimeout(timer);
  timer = setTimeout(settle, doubt_ms(event));
};

/** Calls `act(number)` for each badge. What the reader typed into a field is taken out again. */
export const onBadge = (act) => {
  listening = true;
  let read = "";
  let last_ms = -Infinity;
  let field = null;
  let before = "";

  const start = (target) => {
    read = "";
    field = target.matches?.("input, textarea") ? target : null;
    before = field?.value ?? "";
  };

  const listen = (event) => {
    if (MODIFIERS.has(event.key)) return;
    const fast = event.timeStamp - last_ms < GAP_MS;
    if (event.key !== "Enter") {
      if (!fast) {
        settle(); // what came before is no part of this
        start(event.target);
      }
      last_ms = event.timeStamp;
      read += character(event);
      return;
    }
    const number = read;
    read = "";
    last_ms = -Infinity;
    const least = field ? FEWEST : NOBODY; // what somebody writes quickly into a field is theirs
    if (!fast || number.length < least || field?.matches(OWN)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // this Enter answers nothing
    if (field) field.value = before;
    forget();
    if (number.length >= FEWEST) act(number);
  };
  document.addEventListener("keydown", listen, { capture: true });
};
