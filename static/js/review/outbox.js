// Reviews and withdrawals on their way, in order, one at a time. Nothing is dropped: what the server refuses
// goes to the tray. They live in this page's memory.

import { call, encoded } from "./api.js";

const BACK_OFF_S = [1, 2, 5, 10, 30];
const COME_AGAIN = new Set([408, 425, 429]);

const comeAgain = (status) => status >= 500 || COME_AGAIN.has(status);

/** Events: "change" after every step; "reclaimed" {item, found} and "kept" {item} after a withdrawal. */
export class Outbox extends EventTarget {
  tray = []; // {deed, status, detail}
  state = "idle"; // idle, sending, waiting, signed-out
  #deeds = [];
  #receipts = new Map(); // submission_id -> the review's id
  #failures = 0;
  #timer = null;
  #draining = false;
  #claim;

  constructor({ claim }) {
    super();
    this.#claim = claim;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    addEventListener("beforeunload", (event) => {
      if (this.unsent) event.preventDefault();
    });
  }

  get unsent() {
    return this.#deeds.length + this.tray.length;
  }

  get waiting() {
    return this.#deeds.length;
  }

  addReview(item, review) {
    this.#add({ kind: "review", item, review, attempts: 0 });
  }

  /** Takes a review back: silently while it has never left the device, else by a withdrawal. */
  takeBack(item, submissionId) {
    const fresh = this.#deeds.findIndex(
      (deed) => deed.kind === "review" && deed.review.submission_id === submissionId && deed.attempts === 0,
    );
    const refused = this.tray.findIndex(({ deed }) => deed.review?.submission_id === submissionId);
    if (fresh >= 0) this.#deeds.splice(fresh, 1);
    else if (refused >= 0) this.tray.splice(refused, 1);
    else {
      this.#add({ kind: "withdrawal", item, submissionId, attempts: 0 });
      return;
    }
    this.#changed();
  }

  retryTray() {
    this.#deeds.push(...this.tray.splice(0).map(({ deed }) => deed));
    this.hurry();
  }

  /** Tries at once, whatever the back-off says. */
  hurry() {
    this.#failures = 0;
    this.#drain();
  }

  #add(deed) {
    this.#deeds.push(deed);
    this.#changed();
    if (this.state === "idle") this.#drain();
    else if (this.state !== "sending") this.hurry();
  }

  async #drain() {
    if (this.#draining) return;
    this.#draining = true;
    clearTimeout(this.#timer);
    let pause_s = 0;
    while (this.#deeds.length && !pause_s) {
      this.#become("sending");
      pause_s = await this.#attempt(this.#deeds[0]);
    }
    this.#draining = false;
    if (pause_s) this.#timer = setTimeout(() => this.#drain(), pause_s * 1000);
    else this.#become("idle");
  }

  /** Seconds to wait before the next try; 0 when the deed is done with, one way or the other. */
  async #attempt(deed) {
    deed.attempts += 1;
    let answer;
    try {
      answer = await (deed.kind === "review" ? this.#sendReview(deed) : this.#sendWithdrawal(deed));
    } catch {
      return this.#pause("waiting", 0); // no answer, or one that cannot be read: not delivered, so kept
    }
    if (answer.status === 401) return this.#pause("signed-out", 0);
    if (comeAgain(answer.status)) return this.#pause("waiting", answer.retryAfter_s);
    this.#failures = 0;
    this.#deeds.splice(this.#deeds.indexOf(deed), 1);
    if (!answer.ok && deed.kind === "review") {
      this.tray.push({ deed, status: answer.status, detail: answer.body?.detail ?? "" });
    }
    this.#changed();
    return 0;
  }

  #pause(state, asked_s) {
    const step = BACK_OFF_S[Math.min(this.#failures, BACK_OFF_S.length - 1)];
    this.#failures += 1;
    this.#become(state);
    return Math.max(step * (0.8 + Math.random() * 0.4), asked_s); // jitter: sixty tablets wake up together
  }

  async #sendReview({ item, review }) {
    const answer = await call("POST", "/reviews", { ...review, assignment: item.id });
    if (answer.ok) this.#receipts.set(review.submission_id, answer.body.id);
    return answer;
  }

  /** Withdraws, then claims again: the same image comes back, perhaps under a new assignment. */
  async #sendWithdrawal(deed) {
    const review = this.#receipts.get(deed.submissionId);
    if (review === undefined) {
      const refused = this.tray.findIndex((entry) => entry.deed.review?.submission_id === deed.submissionId);
      if (refused >= 0) this.tray.splice(refused, 1);
      return { status: 200, ok: true };
    }
    if (!deed.withdrawn) {
      const answer = await call("POST", `/reviews/${encoded(review)}/withdrawal`, { reason: "undo" });
      if (answer.status === 401 || comeAgain(answer.status)) return answer;
      if (!answer.ok) {
        this.#tell("kept", { item: deed.item });
        return answer;
      }
      deed.withdrawn = true;
    }
    const answer = await this.#claim();
    if (!answer.ok) return answer;
    const found = answer.body.items.find(({ image }) => image.id === deed.item.image.id);
    if (found) deed.item.id = found.id;
    this.#tell("reclaimed", { item: deed.item, found: Boolean(found) });
    return answer;
  }

  #become(state) {
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.#tell("change");
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
