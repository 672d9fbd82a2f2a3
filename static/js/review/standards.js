// The versions of the labeling standard that this page has met; each never changes.

import { call, encoded, Unreachable } from "./api.js";
import { boot } from "./boot.js";

const known = new Map(Object.entries(boot.standards ?? {}));

/** The document of a version: {defect_types: […]}. Raises Unreachable when it cannot be had. */
export const standardOf = async (version) => {
  const key = String(version);
  if (!known.has(key)) {
    const answer = await call("GET", `/projects/${encoded(boot.project)}/standards/${encoded(key)}`);
    if (!answer.ok) throw new Unreachable(`standard ${key}: ${answer.status}`);
    known.set(key, answer.body.standard ?? answer.body);
  }
  return known.get(key);
};
