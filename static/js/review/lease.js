// Who sends: a row with an owner and a time, because plain-http pages have no navigator.locks.
// A tab that dies lets go by itself. Two holders at once, after a frozen tab wakes, do no harm: a submission
// counts once however often it is delivered.

export const HELD_MS = 8000;
export const RENEW_MS = 2500;
const NAME = "drainer";
const MOST_REST_MS = 15 * 60_000;

// A time further ahead than we ever set comes from a clock that was turned back: it does not count.
const left_ms = (until_ms, now_ms, most_ms) => (until_ms - now_ms > most_ms ? 0 : Math.max(0, until_ms - now_ms));

/** Takes or keeps the lease inside a transaction: {mine, failures}, or how long to wait for it.
 * `hurried` does not wait for the back-off's end; `fresh` begins to count failures anew. */
export const hold = async (rows, holder, { now_ms, hurried, fresh }) => {
  const row = await rows.get("lease", NAME);
  if (row?.owner && row.owner !== holder) {
    const held_ms = left_ms(row.expires_ms, now_ms, HELD_MS);
    if (held_ms) return { mine: false, wait_ms: held_ms };
  }
  // Before it began to rest: the clock was turned back since, and nobody knows how long it has been.
  const turnedBack = now_ms < (row?.rested_ms ?? 0);
  const rests_ms = turnedBack ? 0 : left_ms(row?.resume_ms ?? 0, now_ms, MOST_REST_MS);
  if (rests_ms && !hurried) return { mine: false, wait_ms: rests_ms };
  const failures = fresh ? 0 : (row?.failures ?? 0);
  await rows.put("lease", { name: NAME, owner: holder, expires_ms: now_ms + HELD_MS, failures, resume_ms: 0 });
  return { mine: true, failures };
};

/** Keeps it while an answer takes its time; nothing when somebody else has it by now. */
export const renew = async (rows, holder, now_ms) => {
  const row = await rows.get("lease", NAME);
  if (row?.owner === holder) await rows.put("lease", { ...row, expires_ms: now_ms + HELD_MS });
};

/** Lets go; from `rested_ms`, which is now, until `resume_ms` no tab tries by itself. */
export const release = async (rows, holder, { failures = 0, rested_ms = 0, resume_ms = 0 } = {}) => {
  const row = await rows.get("lease", NAME);
  if (row?.owner === holder) {
    await rows.put("lease", { name: NAME, owner: null, expires_ms: 0, failures, rested_ms, resume_ms });
  }
};
