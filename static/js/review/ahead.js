// Pictures and standards kept on the tablet, so that a reload without the server still shows the next ones.
// They come again from the server: where the storage refuses them, nothing is lost.

import { boot } from "./boot.js";
import { beginning, transact } from "./storage.js";

const OLD_MS = 24 * 3600 * 1000;
const mine = () => beginning(boot.reviewer.id ?? "", boot.project);
const quietly = (work, otherwise) => work.catch(() => otherwise);

/** Keeps an assignment with its picture; the lowest `order` comes first. */
export const keepAhead = (item, blob, order) =>
  quietly(
    blob.arrayBuffer().then((bytes) => // some browsers lose Blobs, none loses bytes
      transact(["ahead"], "readwrite", (rows) =>
        rows.put("ahead", {
          assignment: item.id,
          author: boot.reviewer.id ?? "",
          project: boot.project,
          order,
          item,
          bytes,
          type: blob.type,
          kept_ms: Date.now(),
        }),
      ),
    ),
  );

/** What was kept for this person and project, in order: [{item, blob}]. */
export const loadAhead = async () => {
  const rows = await quietly(transact(["ahead"], "readonly", (each) => each.all("ahead", mine(), "shelf")), []);
  return rows.map(({ item, bytes, type }) => ({ item, blob: new Blob([bytes], { type }) }));
};

/** Lets go of this person's pictures that are not in `wanted` (assignments); none of them is read for that. */
export const pruneAhead = (wanted) =>
  quietly(
    transact(["ahead"], "readwrite", async (rows) => {
      for (const assignment of await rows.keys("ahead", mine(), "shelf")) {
        if (!wanted.has(assignment)) await rows.delete("ahead", assignment);
      }
    }),
  );

/** Lets go of everybody's old pictures. */
export const forgetOld = (now_ms = Date.now()) =>
  quietly(
    transact(["ahead"], "readwrite", async (rows) => {
      for (const { assignment, kept_ms } of await rows.all("ahead")) {
        if (kept_ms < now_ms - OLD_MS) await rows.delete("ahead", assignment);
      }
    }),
  );

export const keepStandard = (version, document) =>
  quietly(
    transact(["standards"], "readwrite", (rows) =>
      rows.put("standards", { project: boot.project, version, document }),
    ),
  );

/** The document of a version as it was kept, else undefined. */
export const keptStandard = (version) =>
  quietly(
    transact(["standards"], "readonly", (rows) => rows.get("standards", [boot.project, version])).then(
      (row) => row?.document,
    ),
  );
