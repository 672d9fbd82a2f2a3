// The lock screen: tiles, then the PIN pad, over whatever page the tablet shows.

import { Refused, station } from "./lock_api.js";
import { keepTiles, keptTiles } from "./presence.js";
import { onTap } from "./tap.js";

const LOOK_AGAIN_MS = 5000;
const dialog = document.querySelector("[data-lock]");
const find = (name) => dialog.querySelector(`[data-lock-${name}]`);
const form = find("form");

export class LockScreen {
  owner = dialog.dataset.person;
  #signIn;
  #chosen = null;
  #busy = false;
  #isOpen = false;
  #timer = null;
  #tiles = keptTiles();

  /** `signIn(how)` raises what the server said. */
  constructor({ signIn }) {
    this.#signIn = signIn;
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    // A browser may close it after all, on the second Escape: it stays until somebody has signed in.
    dialog.addEventListener("close", () => this.#isOpen && dialog.showModal());
    onTap(find("people"), "[data-tile]", { act: (tile) => this.#choose(this.#tiles[Number(tile.dataset.tile)]) });
    onTap(dialog, "[data-lock-back]", { act: () => this.#choose(null) });
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      this.use({ person: this.#chosen.id, pin: form.elements.pin.value });
    });
  }

  open() {
    this.#isOpen = true;
    this.#choose(null);
    this.#say("");
    if (!dialog.open) dialog.showModal();
    this.#showTiles(); // those of last time, while the server is asked
    this.#refresh();
  }

  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    form.reset();
    dialog.close();
  }

  /** Signs in with {person, pin} or {badge}. */
  async use(how) {
    if (this.#busy) return;
    this.#busy = true;
    this.#say("");
    dialog.setAttribute("aria-busy", "true");
    try {
      await this.#signIn(how);
    } catch (error) {
      this.#say(error instanceof Refused ? error.message : dialog.dataset.offline);
    } finally {
      this.#busy = false;
      dialog.removeAttribute("aria-busy");
      form.reset();
    }
  }

  async #refresh() {
    clearTimeout(this.#timer);
    try {
      const found = await station();
      this.#tiles = found.tiles;
      keepTiles(found.tiles);
      this.#say("", { onlyOffline: true });
    } catch {
      this.#say(dialog.dataset.offline);
      this.#timer = setTimeout(() => this.#isOpen && this.#refresh(), LOOK_AGAIN_MS);
    }
    if (!this.#tiles.length) this.#tiles = [{ id: dialog.dataset.person, name: dialog.dataset.name }];
    this.#showTiles();
  }

  #showTiles() {
    const shown = find("people");
    const words = JSON.stringify(this.#tiles);
    if (shown.dataset.shown === words) return; // a tile must not move under a finger
    shown.dataset.shown = words;
    shown.replaceChildren(
      ...this.#tiles.map(({ name }, number) => {
        const tile = document.createElement("button");
        tile.type = "button";
        tile.className = "button tile";
        tile.dataset.tile = String(number);
        tile.textContent = name;
        return tile;
      }),
    );
  }

  #choose(person) {
    this.#chosen = person;
    find("tiles").hidden = person !== null;
    find("pin").hidden = person === null;
    dialog.setAttribute("aria-labelledby", person ? "lock-name" : "lock-title");
    form.reset();
    if (!person) return;
    this.#say("");
    find("name").textContent = person.name;
    form.elements.pin.focus();
  }

  #say(words, { onlyOffline = false } = {}) {
    for (const note of dialog.querySelectorAll("[data-lock-note]")) {
      if (onlyOffline && note.textContent !== dialog.dataset.offline) continue;
      note.textContent = words;
      note.parentElement.hidden = !words;
    }
  }
}
