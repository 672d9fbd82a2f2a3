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

/** Says that the tablet is this session's from now on. */
export const claim = (state) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(state));
  } catch {
    // This page still locks.
  }
};

/** Whether the tablet is another session's by now. */
export const taken = (session) => {
  const current = kept();
  return current !== null && current.session !== session;
};

/** What a page left over from an earlier session does is nothing to the one that came after. */
export const keep = (state) => taken(state.session) || claim(state);

/** Calls `act(state)` when another page has changed it. */
export const watch = (act) =>
  addEventListener("storage", (event) => event.key === KEY && act(read(event.newValue)));
