// Empties the tablet's queue in order, one deed at a time, one tab at a time.

import { RENEW_MS } from "./lease.js";

const BACK_OFF_S = [1, 2, 5, 10, 30];

export class Drainer {
  #deeds;
  #deliver;
  #onState;
  #onOutcome;
  #running = false;
  #again = null;
  #timer = null;

  /** `deliver(next)` sends one deed; `onState(word)` and `onOutcome(outcome)` are told after each step. */
  constructor({ deeds, deliver, onState, onOutcome }) {
    this.#deeds = deeds;
    this.#deliver = deliver;
    this.#onState = onState;
    this.#onOutcome = onOutcome;
  }

  /** Sends what can be sent; `hurried` does not wait for the back-off's end. */
  async drain({ hurried = false } = {}) {
    if (this.#running) {
      this.#again = { hurried: hurried || Boolean(this.#again?.hurried) };
      return;
    }
    this.#running = true;
    clearTimeout(this.#timer);
    let pause_ms = await this.#run(hurried);
    while (this.#again && (!pause_ms || this.#again.hurried)) {
      const { hurried: now } = this.#again;
      this.#again = null;
      pause_ms = await this.#run(now);
    }
    this.#again = null;
    this.#running = false;
    if (pause_ms) this.#timer = setTimeout(() => this.drain(), pause_ms);
  }

  /** Milliseconds until the next try; 0 when nothing is left. */
  async #run(hurried) {
    let outcome = null;
    for (;;) {
      const next = await this.#deeds.step(outcome, { hurried, now_ms: Date.now() });
      if (outcome) this.#onOutcome(outcome);
      if (!next.deed) {
        if (!next.wait_ms) this.#onState("idle");
        return next.wait_ms ?? 0;
      }
      this.#onState("sending");
      outcome = await this.#whileHeld(() => this.#deliver(next));
      if (outcome.kind === "later" || outcome.kind === "signed-out") return this.#rest(outcome, next.failures);
      hurried = false;
    }
  }

  async #whileHeld(work) {
    const renewing = setInterval(() => this.#deeds.renew(Date.now()), RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(renewing);
    }
  }

  async #rest({ kind, after_s }, failures) {
    const step_s = BACK_OFF_S[Math.min(failures, BACK_OFF_S.length - 1)];
    // Jitter: sixty tablets wake up together.
    const pause_ms = Math.max(step_s * (0.8 + Math.random() * 0.4), after_s) * 1000;
    const alone = kind === "signed-out"; // somebody else may be signed in, in another tab
    const rested_ms = Date.now();
    await this.#deeds.rest({ failures: failures + 1, rested_ms, resume_ms: alone ? 0 : rested_ms + pause_ms });
    this.#onState(kind === "later" ? "waiting" : "signed-out");
    return pause_ms;
  }
}
