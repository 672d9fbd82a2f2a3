// What the pages of one tablet tell each other: whose session, when it was last touched, whether it is locked,
// and who works on the tablet.

const KEY = "labeler.presence";
const TILES = "labeler.tiles";

const read = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

const stored = (key) => {
  try {
    return read(localStorage.getItem(key));
  } catch {
    return null; // storage can be locked on a kiosk; then each page counts for itself
  }
};

const store = (key, value) => {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // This page still locks.
  }
};

/** {session, touched_ms, locked} or null. */
export const kept = () => stored(KEY);

/** Says that the tablet is this session's from now on. */
export const claim = (state) => store(KEY, state);

/** The tablet's tiles, [{id, name}], as a page last had them; none before that. */
export const keptTiles = () => {
  const tiles = stored(TILES);
  return Array.isArray(tiles) && tiles.every((tile) => tile?.id) ? tiles : [];
};

export const keepTiles = (tiles) => store(TILES, tiles);

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
