// The steps on one picture, for Undo.

const LIMIT = 200;

export class History {
  #past = [];

  remember(state) {
    this.#past.push(state);
    if (this.#past.length > LIMIT) this.#past.shift();
  }

  get empty() {
    return this.#past.length === 0;
  }

  back() {
    return this.#past.pop();
  }

  forget() {
    this.#past = [];
  }
}
