// How many pictures this person has judged, and of how many. What waits on this tablet counts as done.

import { boot } from "./boot.js";
import { showProgress } from "./messages.js";

export class Progress {
  #done = 0;
  #total = 0;

  /** From what the page came with; `waiting` is a promise of how many answers lay on this tablet before it came. */
  constructor(waiting) {
    const { done = 0, total = 0 } = boot.progress ?? {};
    this.#done = done;
    this.#total = total;
    this.show();
    waiting.then((count) => {
      this.add(count);
      this.show();
    });
  }

  /** So many more, or fewer; shown with what else follows a picture. */
  add(count) {
    this.#done += count;
  }

  show() {
    showProgress({ done: this.#done, total: this.#total });
  }
}
