// The versions of the labeling standard that this page has met; each never changes.

import { call, encoded, Unreachable } from "./api.js";
import { boot } from "./boot.js";
import { keepStandard, keptStandard } from "./ahead.js";

const known = new Map(Object.entries(boot.standards ?? {}));
for (const [version, document] of known) keepStandard(version, document);

/** The document of a version that this page has met already, else undefined. */
export const standardAtHand = (version) => known.get(String(version));

/** The document of a version: {defect_types: […]}. Raises Unreachable when it cannot be had. */
export const standardOf = async (version) => {
  const key = String(version);
  const kept = known.get(key) ?? (await keptStandard(key));
  if (kept) known.set(key, kept);
  else {
    const answer = await call("GET", `/projects/${encoded(boot.project)}/standards/${encoded(key)}`);
    if (!answer.ok) throw new Unreachable(`standard ${key}: ${answer.status}`);
    known.set(key, answer.body.standard ?? answer.body);
    keepStandard(key, known.get(key));
  }
  return known.get(key);
};
