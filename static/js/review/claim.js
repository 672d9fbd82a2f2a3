// Asking the server for pictures to judge.

import { call, encoded } from "./api.js";
import { boot } from "./boot.js";

const MOST_ANSWERED = 500; // as many as the server takes

/**
 * A claim for so many pictures, {ok, status, body}. `answered()` is a promise of the assignments that are answered
 * here and not on the server yet: they are still promised to this reviewer, and count for nothing.
 */
export const claiming = (answered) => async (count) => {
  const listed = [...(await answered())].slice(-MOST_ANSWERED);
  return call("POST", `/projects/${encoded(boot.project)}/assignments`, { count, answered: listed });
};
