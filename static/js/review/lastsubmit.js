// The last submit can be taken back for ten seconds.

export const TAKE_BACK_S = 10;

export class LastSubmit {
  #kept = null;
  #until_ms = 0;
  #timer = null;
  #onTick;

  /** `onTick()` runs each second while something can be taken back, and once after. */
  constructor(onTick) {
    this.#onTick = onTick;
  }

  keep(entry, now_ms = performance.now()) {
    this.#release();
    this.#kept = entry;
    this.#until_ms = now_ms + TAKE_BACK_S * 1000;
    this.#wait();
  }

  /** Whole seconds left, 0 when there is nothing to take back. */
  get seconds_s() {
    return this.#kept ? Math.max(0, Math.ceil((this.#until_ms - performance.now()) / 1000)) : 0;
  }

  take() {
    const kept = this.seconds_s > 0 ? this.#kept : null;
    if (kept) {
      this.#kept = null;
      clearTimeout(this.#timer);
    }
    return kept;
  }

  #wait() {
    clearTimeout(this.#timer);
    const left_ms = this.#until_ms - performance.now();
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, left_ms - (this.seconds_s - 1) * 1000));
  }

  #tick() {
    if (this.seconds_s === 0) this.#release();
    else this.#wait();
    this.#onTick();
  }

  #release() {
    const { picture } = this.#kept ?? {};
    this.#kept = null;
    if (picture) setTimeout(() => picture.release()); // after the frame that shows the next one
  }
}
