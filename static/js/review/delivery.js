// Sends one deed and says what became of it. Only the server's own receipt counts as "saved": a hotel-like
// page of the Wi-Fi that answers 200 to everything does not.

import { call, encoded } from "./api.js";

const COME_AGAIN = new Set([408, 425, 429]);

const put = (deed, answer) => {
  if (answer.status === 401) return { deed, kind: "signed-out", after_s: 0 };
  if (answer.status >= 500 || COME_AGAIN.has(answer.status)) return { deed, kind: "later", after_s: answer.retryAfter_s };
  if (answer.ok || answer.status < 400) return { deed, kind: "later", after_s: 0 }; // no receipt of ours
  return { deed, kind: "refused", status: answer.status, detail: answer.body?.detail ?? "" };
};

const sendReview = async (deed) => {
  const answer = await call("POST", "/reviews", { ...deed.review, assignment: deed.assignment });
  const received = answer.ok && answer.body?.id && answer.body.submission_id === deed.submission_id;
  return received ? { deed, kind: "saved", receipt: answer.body.id } : put(deed, answer);
};

/** Withdraws, then claims again: the same image comes back, perhaps under a new assignment. */
const sendWithdrawal = async (deed, receipt, claim) => {
  if (!receipt) return { deed, kind: "void" }; // the review itself was refused, so there is nothing to take back
  const answer = await call("POST", `/reviews/${encoded(receipt)}/withdrawal`, { reason: "undo" });
  if (answer.status === 409) return { deed, kind: "settled" };
  if (!answer.ok || (answer.status !== 204 && !answer.body)) return put(deed, answer);
  const claimed = await claim();
  if (!claimed.ok) {
    const waits = put(deed, claimed);
    return waits.kind === "refused" ? { deed, kind: "withdrawn", assignment: null } : waits;
  }
  const items = claimed.body?.items ?? [];
  const found = items.find(({ id }) => id === deed.assignment) ?? items.find(({ image }) => image.id === deed.image);
  return { deed, kind: "withdrawn", assignment: found?.id ?? null };
};

/**
 * {deed, kind}: "saved" with {receipt}, "refused" with {status, detail}, "withdrawn" with {assignment},
 * "settled", "void"; or "later" and "signed-out" with {after_s}: the deed stays where it is.
 */
export const deliver = async ({ deed, receipt }, claim) => {
  try {
    return await (deed.kind === "review" ? sendReview(deed) : sendWithdrawal(deed, receipt, claim));
  } catch {
    return { deed, kind: "later", after_s: 0 }; // no answer, or one that cannot be read: not delivered, so kept
  }
};
