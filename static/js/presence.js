// What the pages of one tablet tell each other: whose session, when it was last touched, whether it is locked.

const KEY = "labeler.presence";

const read = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** {session, touched_ms, locked} or null. */
export const kept = () => {
  try {
    return read(localStorage.getItem(KEY));
  } catch {
    return null; // storage can be locked on a kiosk; then each page counts for itself
  }
};

export const keep = (state) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // This page still locks.
  }
};

/** Calls `act(state)` when another page has changed it. */
export const watch = (act) =>
  addEventListener("storage", (event) => event.key === KEY && act(read(event.newValue)));
