// Assignments on the device: the next three, with their pictures, before they are needed.

const AHEAD = 3;
const MOST = 10;

export class ClaimRefused extends Error {
  constructor(status) {
    super(String(status));
    this.status = status;
  }
}

export class Supply {
  #ahead = [];
  #taken = new Set(); // shown or answered here: the server may still list them for a moment
  #claiming = null;
  #claim;
  #load;
  #unsent;

  /** `claim(count)` answers {ok, status, body}; `load(item)` a promise of its picture; `unsent()` a number. */
  constructor({ claim, load, unsent }) {
    this.#claim = claim;
    this.#load = load;
    this.#unsent = unsent;
  }

  /** The next {item, picture: Promise}, or null when nothing is left. Raises what claiming raised. */
  async take() {
    if (!this.#ahead.length) await this.refill();
    const entry = this.#ahead.shift();
    if (!entry) return null;
    this.#taken.add(entry.item.id);
    entry.picture ??= this.#load(entry.item);
    this.refill().catch(() => {}); // an empty shelf asks again, and then says why
    return entry;
  }

  /** The front again, for a picture that was shown but not answered. */
  putBack(entry) {
    this.#taken.delete(entry.item.id);
    this.#ahead.unshift(entry);
  }

  /** An assignment that is shown here although it did not come by `take()`. */
  took(id) {
    this.#taken.add(id);
    this.#ahead = this.#ahead.filter(({ item }) => item.id !== id);
  }

  /** One claim at a time; the server's list is the truth about what lies ahead. */
  refill() {
    this.#claiming ??= this.#ask().finally(() => {
      this.#claiming = null;
    });
    return this.#claiming;
  }

  async #ask() {
    const answer = await this.#claim(Math.min(MOST, AHEAD + 1 + this.#unsent()));
    if (!answer.ok) throw new ClaimRefused(answer.status);
    const listed = answer.body.items.filter(({ id }) => !this.#taken.has(id));
    const held = new Map(this.#ahead.map((entry) => [entry.item.id, entry]));
    const entries = listed.map((item) => held.get(item.id) ?? { item, picture: null });
    for (const { picture } of this.#ahead.filter(({ item }) => !listed.some(({ id }) => id === item.id))) {
      picture?.then((gone) => gone.release(), () => {});
    }
    this.#ahead = entries;
    for (const entry of entries.slice(0, AHEAD)) this.#prefetch(entry);
  }

  #prefetch(entry) {
    if (entry.picture) return;
    entry.picture = this.#load(entry.item);
    entry.picture.catch(() => {
      entry.picture = null; // asked again when its turn comes
    });
  }
}
