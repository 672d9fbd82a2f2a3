// What is marked on a picture and not submitted yet: a page that went, whyever, shows it again.

import { transact } from "./storage.js";

// It lies with the kept pictures, which are forgotten after a day. A store of its own would need another version
// of the storage, and a tablet that once had that could not open it with an older program: not even what waits
// in it to be sent. Without an `order` the row is on nobody's shelf.
const rowOf = (assignment) => `unfinished ${assignment}`;
const known = new Set(); // assignments that may have a row
let waiting = new Map(); // assignment: what to write next, or null to delete
let writing = null;

const write = async () => {
  while (waiting.size) {
    const now = waiting;
    waiting = new Map();
    await transact(["ahead"], "readwrite", async (rows) => {
      for (const [assignment, kept] of now) {
        const key = rowOf(assignment);
        await (kept ? rows.put("ahead", { ...kept, assignment: key, kept_ms: Date.now() }) : rows.delete("ahead", key));
      }
    }).catch(() => {}); // the marks are still on the page
  }
};

const later = (assignment, kept) => {
  waiting.set(assignment, kept);
  writing ??= write().finally(() => { writing = null; });
};

/** Lets go of what was kept of an assignment: its picture has been answered. */
export const finished = ({ id }) => known.delete(id) && later(id, null);

/** Keeps what is marked on the picture of an assignment, {id, standard_version}; the last word counts. */
export const keepUnfinished = (item, state) => {
  if (!Object.values(state.marks).some(({ verdict }) => verdict !== "absent")) {
    finished(item);
    return;
  }
  known.add(item.id);
  later(item.id, { state, standard_version: item.standard_version });
};

/** What was marked on it before the page was opened anew, or null. */
export const unfinished = async ({ id, standard_version }) => {
  const row = await transact(["ahead"], "readonly", (rows) => rows.get("ahead", rowOf(id))).catch(() => null);
  if (row) known.add(id);
  return row?.standard_version === standard_version ? row.state : null;
};
