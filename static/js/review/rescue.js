// The way out when nothing else works: what has not arrived, as a file that can be handed in elsewhere.

import { boot } from "./boot.js";

const RELEASE_MS = 60_000;

/** A reviewer gets their own reviews only: what others said stays unseen. A lead gets everybody's of the project that
    the page is about: reviewers may have worked here for projects of other leads, too. */
const fileOf = (deeds, receipts) => ({
  format: "labeler-unsent-reviews",
  version: 1,
  server: location.origin,
  written_at: new Date().toISOString(),
  entries: deeds.map((deed) => ({
    kind: deed.kind,
    author: deed.author,
    project: deed.project,
    image: deed.image,
    created_at: deed.created_at,
    needs_help: deed.state === "help" ? { status: deed.status, detail: deed.detail } : null,
    // The server's id where it has the review that is taken back, and this tablet knows it.
    ...(deed.kind === "withdrawal" && { receipt: receipts.get(deed.submission_id) ?? null }),
    // The body of POST /api/v1/reviews; a withdrawal only names its submission.
    review: deed.review ? { ...deed.review, assignment: deed.assignment } : { submission_id: deed.submission_id },
  })),
});

/** Downloads what is unsent; it stays on the tablet too. */
export const saveToFile = async (outbox) => {
  const deeds = await outbox.list({ everybodyIn: boot.reviewer.leads ? boot.project : null });
  const blob = new Blob([JSON.stringify(fileOf(deeds, await outbox.receipts()), null, 1)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${boot.project}-reviews-${new Date().toISOString().slice(0, 16).replace(/[-:]/g, "")}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), RELEASE_MS);
};
