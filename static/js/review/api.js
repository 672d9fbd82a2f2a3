// JSON over fetch. A server that cannot be reached is one kind of error; an answer is never an exception.

import { boot } from "./boot.js";

const TIMEOUT_MS = 20_000;
const SLOWEST_BYTES_PER_MS = 2; // a review that never got through would keep all that come after it waiting
const MOST_ANSWERED = 500; // as many as the server takes
const root = document.documentElement;

export class Unreachable extends Error {}

// Somebody else may have signed in on this tablet meanwhile: then the server answers 401, not as that person.
const asMe = boot.reviewer.id ? { "Labeler-User": boot.reviewer.id } : {};

export const encoded = encodeURIComponent;

/**
 * Answers {status, ok, body, retryAfter_s}; raises Unreachable when no answer came. A 401 is told to the
 * document as "labeler:signed-out", unless somebody has signed in since the call: then it is made again.
 */
export const call = async (method, path, body) => {
  const { session } = root.dataset;
  const sent = body && JSON.stringify(body);
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS + (sent?.length ?? 0) / SLOWEST_BYTES_PER_MS);
  try {
    const answer = await fetch(boot.api + path, {
      method,
      credentials: "same-origin",
      headers: { Accept: "application/json", ...asMe, ...(body && { "Content-Type": "application/json" }) },
      body: sent,
      cache: "no-store",
      signal: giveUp.signal,
    });
    const read = await answer.text();
    if (answer.status === 401 && session !== root.dataset.session) return call(method, path, body);
    if (answer.status === 401) document.dispatchEvent(new CustomEvent("labeler:signed-out"));
    return {
      status: answer.status,
      ok: answer.ok,
      body: parsed(read),
      retryAfter_s: Number(answer.headers.get("Retry-After")) || 0,
    };
  } catch (error) {
    throw new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
  }
};

// A proxy on the way may answer with a page instead of JSON; the status still counts.
const parsed = (read) => {
  try {
    return JSON.parse(read);
  } catch {
    return null;
  }
};

/**
 * A claim for so many pictures. `answered()` is a promise of the assignments that are answered here and not on the
 * server yet: they are still promised to this reviewer, and count for nothing.
 */
export const claiming = (answered) => async (count) => {
  const listed = [...(await answered())].slice(-MOST_ANSWERED);
  return call("POST", `/projects/${encoded(boot.project)}/assignments`, { count, answered: listed });
};
