// What the lock screen asks the server. One thing at a time: an end that is under way must not end what comes after.

const PATH = "/api/v1/station";
const TIMEOUT_MS = 10_000;
const AGAIN_MS = 3000;

let ending = null; // the session's end, while the server has not heard of it
let again = null;

const ask = (method, path, { body, session } = {}) =>
  fetch(PATH + path, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    headers: {
      Accept: "application/json",
      ...(body && { "Content-Type": "application/json" }),
      ...(session && { "Labeler-Session": session }), // the cookie may be somebody else's by now
    },
    body: body && JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });

/** The tablet's tiles as the server has them. Raises when it cannot be reached. */
export const station = async () => {
  const answer = await ask("GET", "");
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

/** Whether `session` is still the one that is signed in; true as well while nobody can tell. */
export const tellPresence = async (session) => {
  try {
    return (await ask("POST", "/presence", { session })).status !== 401;
  } catch {
    return true;
  }
};

/** Ends `session` and no other, as soon as the server can be reached. */
export const endSession = (session) => {
  clearTimeout(again);
  ending ??= ask("DELETE", "/session", { session })
    .then((answer) => answer.ok || answer.status === 401) // over already, or another one has begun
    .catch(() => false)
    .then((done) => {
      ending = null;
      if (!done) again = setTimeout(() => endSession(session), AGAIN_MS);
    });
};

export class Refused extends Error {}

/** Who signed in, {id, name, landing, session}. Raises `Refused` with the server's words, or another error without any. */
export const signIn = async (how) => {
  clearTimeout(again); // signing in ends the former session by itself
  await ending;
  clearTimeout(again);
  const answer = await ask("POST", "/session", { body: how });
  const body = await answer.json().catch(() => null);
  if (answer.ok && body) return { ...body.person, landing: body.landing, session: body.session };
  if (answer.status < 500 && body?.detail) throw new Refused(body.detail);
  throw new Error(String(answer.status));
};
