// Assignments on the device: the next three, with their pictures, before they are needed.

import { forgetOld, keepAhead, loadAhead, pruneAhead } from "./ahead.js";
import { rested } from "./picture.js";

const AHEAD = 3;
const MOST_STORING = 4;
const MOST_CLAIMED = 10; // as many as the server gives
const PATIENCE_MS = 1500; // with pictures on the tablet a slow server is not waited for any longer

export class ClaimRefused extends Error {
  constructor(status) {
    super(String(status));
    this.status = status;
  }
}

const soon = (promise, ms) =>
  Promise.race([promise, new Promise((resolve) => { setTimeout(resolve, ms); })]);

export class Supply {
  #ahead = [];
  #taken = new Set(); // shown or answered here: the server may still list them for a moment
  #listed = new Set(); // as the server last said
  #returned = new Set(); // taken back here: the server may not have heard of it
  #claiming = null;
  #claim;
  #load;
  #storing;
  #opened;
  #heard = false;

  /**
   * `claim(count)` answers {ok, status, body}; `load(item, blob)` a promise of its picture, from the blob where
   * there is one, once the standard is here that it was given out under; `storing()` how many answers are on
   * their way to the storage, which the server takes for open; `answered()` a promise of the assignments answered
   * but not sent yet.
   */
  constructor({ claim, load, storing, answered }) {
    this.#claim = claim;
    this.#load = load;
    this.#storing = storing;
    this.#opened = this.#open(answered);
  }

  async #open(answered) {
    for (const id of await answered()) this.#taken.add(id);
    const kept = await loadAhead();
    rested().then(() => forgetOld());
    this.#ahead = kept
      .filter(({ item }) => !this.#taken.has(item.id))
      .map(({ item, blob }) => ({ item, blob, picture: null }));
  }

  /** The next {item, picture: Promise}, or null when nothing is left. Raises what claiming raised. */
  async take() {
    await this.#opened;
    await this.#ready();
    const entry = this.#next();
    if (!entry) return null;
    this.#prefetch(entry);
    this.refill().catch(() => {}); // an empty shelf asks again, and then says why
    return entry;
  }

  /** The next {item, decoded} whose picture can be shown at once; null where one has to be waited for. */
  get atHand() {
    const entry = this.#ahead[this.#turn()];
    return this.#heard && entry?.decoded ? entry : null;
  }

  /** Takes the one at hand. The caller refills once it is in view: asking the server can wait, the person cannot. */
  takeAtHand() {
    return this.#next();
  }

  #next() {
    const [entry] = this.#ahead.splice(this.#turn(), 1);
    if (entry) this.#taken.add(entry.item.id);
    return entry;
  }

  // A picture that does not come keeps no other waiting: its turn is after theirs.
  #turn() {
    return Math.max(0, this.#ahead.findIndex(({ failed }) => !failed));
  }

  get #failed() {
    return this.#ahead.filter(({ failed }) => failed).length;
  }

  // The server is asked first, once, and whenever nothing lies here; without it what lies here is shown.
  async #ready() {
    if (!this.#ahead.length) await this.refill();
    else if (!this.#heard) await soon(this.refill().catch(() => {}), PATIENCE_MS);
    this.#heard = true;
  }

  /** The front again, for a picture that was shown but not answered. */
  putBack(entry) {
    this.#taken.delete(entry.item.id);
    this.#ahead.unshift(entry);
  }

  /** A picture that did not come; answers whether there is another one to try. */
  putAside({ item }) {
    this.putBack({ item, picture: null, failed: true });
    return this.#failed < this.#ahead.length;
  }

  /** An answer was taken back: its picture is wanted again, also after a reload. */
  returned({ item }, blob) {
    this.#taken.add(item.id);
    this.#returned.add(item.id);
    if (blob) keepAhead(item, blob, 0);
  }

  /** An assignment that is shown or answered although it did not come by `take()`. */
  took(id) {
    this.#taken.add(id);
    this.#ahead = this.#ahead.filter(({ item }) => item.id !== id);
  }

  /** Whether the server, asked anew, no longer gives what is `onStage()`: answered on another device, for instance. */
  async lost(onStage) {
    const asked = await this.refill().then(() => true, () => false);
    const id = onStage()?.item.id;
    if (!asked || !id || this.#returned.has(id) || this.#listed.has(id)) return false;
    this.#taken.delete(id); // should it be given again after all
    return true;
  }

  /** One claim at a time; the server's list is the truth about what lies ahead. */
  refill() {
    this.#claiming ??= this.#ask().finally(() => {
      this.#claiming = null;
    });
    return this.#claiming;
  }

  async #ask() {
    await this.#opened;
    const besides = Math.min(MOST_STORING, this.#storing()) + this.#failed;
    const answer = await this.#claim(Math.min(MOST_CLAIMED, AHEAD + 1 + besides));
    if (!answer.ok) throw new ClaimRefused(answer.status);
    this.#listed = new Set(answer.body.items.map(({ id }) => id));
    const listed = answer.body.items.filter(({ id }) => !this.#taken.has(id));
    const held = new Map(this.#ahead.map((entry) => [entry.item.id, entry]));
    // Their order on the shelf is the list's, whichever picture comes first.
    const now_ms = Date.now();
    const entries = listed.map(
      (item, index) => held.get(item.id) ?? { item, picture: null, order: now_ms + index },
    );
    for (const { picture } of this.#ahead.filter(({ item }) => !listed.some(({ id }) => id === item.id))) {
      picture?.then((gone) => gone.release(), () => {});
    }
    this.#ahead = entries;
    pruneAhead(new Set([...this.#listed, ...this.#taken]));
    for (const entry of entries.slice(0, AHEAD + this.#failed)) this.#prefetch(entry);
  }

  #prefetch(entry) {
    if (entry.picture) return;
    entry.picture = this.#load(entry.item, entry.blob);
    entry.picture.then(
      (picture) => {
        const { blob } = picture;
        entry.decoded = picture;
        entry.failed = false;
        if (!entry.blob && blob) keepAhead(entry.item, blob, entry.order ?? Date.now());
        entry.blob ??= blob;
      },
      () => {
        entry.picture = null; // asked again when its turn comes
        entry.failed = true;
      },
    );
  }
}
