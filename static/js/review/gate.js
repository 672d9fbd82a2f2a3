// A glove bounces: an answer counts only for a picture that has been seen.

export const SEEN_MS = 350;

/** Open from 350 ms after the picture was painted; a touch that began earlier is not an answer. */
export class Gate {
  #openAt_ms = Infinity;

  // The lock had covered the picture, and goes when the server answers: the next touch may be the bounce of the last
  // one on the PIN pad, and land on an answer.
  constructor() {
    const again = () => this.painted(Math.max(performance.now(), this.#openAt_ms - SEEN_MS));
    document.querySelector("dialog[data-lock]")?.addEventListener("close", again);
  }

  close() {
    this.#openAt_ms = Infinity;
  }

  painted(now_ms = performance.now()) {
    this.#openAt_ms = now_ms + SEEN_MS;
  }

  accepts(begun_ms) {
    return begun_ms >= this.#openAt_ms;
  }
}
