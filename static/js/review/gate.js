// A glove bounces: an answer counts only for a picture that has been seen.

export const SEEN_MS = 350;

/** Open from 350 ms after the picture was painted; a touch that began earlier is not an answer. */
export class Gate {
  #openAt_ms = Infinity;

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
