// The good part in place of the picture, under the same zoom, and clearly named: while it is shown, answers rest.

import { find, text } from "./boot.js";
import { say } from "./messages.js";
import { fetchPicture, painted } from "./picture.js";

const HELD_MS = 300;

export class Golden {
  #layer = find("picture");
  #button = document.querySelector("[data-act=golden]");
  #label = find("golden-label");
  #url = null;
  #asked = null; // the last tap that asked for it, while its picture is on the stage
  #loading = null; // a promise of {image, release}, or null
  #shown = false;
  #pressed_ms = 0;
  #onChange;

  /** `onChange(shown)` runs when the picture and the good part have changed places and it is painted. */
  constructor(onChange) {
    this.#onChange = onChange;
    document.addEventListener("keyup", (event) => {
      const held = performance.now() - this.#pressed_ms > HELD_MS;
      if (event.code === "KeyG" && this.#shown && held) this.hide();
    });
    addEventListener("blur", () => this.hide()); // the key may be let go elsewhere
  }

  get shown() {
    return this.#shown;
  }

  /** Another picture: its good part, or null where there is none. */
  belongsTo(url) {
    this.#put(false);
    this.#asked = null;
    if (this.#url !== url) this.#forget();
    this.#url = url ?? null;
    this.#button.disabled = !this.#url;
  }

  /** Fetches it beforehand, so that the first look needs no network. */
  prefetch() {
    if (!this.#url || this.#loading) return;
    this.#loading = fetchPicture(this.#url);
    this.#loading.catch(() => {
      this.#loading = null; // asked again when it is wanted
    });
  }

  async toggle() {
    this.#pressed_ms = performance.now();
    if (this.#shown) await this.hide();
    else if (this.#url) await this.#show();
  }

  async hide() {
    if (!this.#shown) return;
    this.#put(false);
    await painted();
    this.#onChange(false);
  }

  async #show() {
    const asked = (this.#asked = {});
    this.prefetch();
    const picture = await this.#loading?.catch(() => null);
    if (asked !== this.#asked) return;
    if (!picture) {
      say(text("golden_failed"));
      return;
    }
    picture.image.classList.add("golden");
    this.#layer.append(picture.image);
    this.#put(true);
    this.#onChange(true);
  }

  #put(shown) {
    this.#shown = shown;
    if (!shown) this.#layer.querySelector(".golden")?.remove();
    this.#label.hidden = !shown;
    this.#button.setAttribute("aria-pressed", String(shown));
    document.getElementById("content").toggleAttribute("data-golden", shown);
  }

  #forget() {
    this.#loading?.then(({ release }) => release(), () => {});
    this.#loading = null;
  }
}
