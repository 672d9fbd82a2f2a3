// Reviews and withdrawals on their way: on this tablet first, then to the server, each once and in order.

import { boot } from "./boot.js";
import { Deeds } from "./deeds.js";
import { deliver } from "./delivery.js";
import { Drainer } from "./drainer.js";
import { rested } from "./picture.js";
import { whenClosed } from "./storage.js";
import { hearTabs, tellTabs } from "./tabs.js";

const RISKY = 5; // reviews in memory only; from here on the person is asked before each next five
const COUNT_AGAIN_MS = 80;
const RESTORE_AGAIN_MS = 500;

/**
 * Events: "change" after every step; after a withdrawal "reclaimed" {image, assignment or null} or
 * "kept" {image}; "answered" {assignment} when another tab has answered.
 */
export class Outbox extends EventTarget {
  tray = []; // deeds that need help
  others = []; // {name, n}: what waits for people who are not signed in
  oldest_at = null;
  state = "idle"; // idle, sending, waiting, signed-out
  signedOut = false; // until something arrives again: the next try alone does not say so
  storing = 0; // given, and not yet on the disk
  abandoned = false; // whoever leaves has been told what is lost
  counted = false; // until what lies here has been looked at, nobody may say that all is saved
  ready; // resolves once what lay on the tablet has been counted
  #queued = 0;
  #allowed = RISKY;
  #author = { id: boot.reviewer.id ?? "", name: boot.reviewer.name };
  #deeds;
  #drainer;
  #writing = Promise.resolve();
  #counting = null;
  #countAgain = false;

  constructor({ claim }) {
    super();
    this.#deeds = new Deeds(this.#author);
    this.#drainer = new Drainer({
      deeds: this.#deeds,
      deliver: (next) => deliver(next, claim),
      onState: (state) => this.#become(state),
      onOutcome: (outcome) => this.#told(outcome),
    });
    this.#listen();
    this.ready = this.#count().then(() => this.#drainer.drain());
  }

  get unsent() {
    return this.waiting + this.tray.length;
  }

  get waiting() {
    return this.#queued + this.storing;
  }

  /** Reviews that only this page's memory has, because the tablet's storage refuses them. */
  get loose() {
    return this.#deeds.loose;
  }

  /** Whether the person has to be asked before more work is put into memory only. */
  get risky() {
    return this.loose + this.storing >= this.#allowed;
  }

  allowMore() {
    this.#allowed = this.loose + this.storing + RISKY;
  }

  /** Leaving asks no more. */
  abandon() {
    this.abandoned = true;
  }

  /** Puts a review on the tablet and sends it when its turn comes. */
  addReview(item, review) {
    const deed = { ...this.#about(item), kind: "review", submission_id: review.submission_id, review };
    return this.#write(() => this.#deeds.keep(deed), item.id);
  }

  /** Takes a review back: silently while it has never left the device, else by a withdrawal. */
  takeBack(item, submissionId) {
    return this.#write(() => this.#deeds.takeBack(submissionId, this.#about(item)));
  }

  async retryTray() {
    await this.#deeds.retry();
    this.hurry();
  }

  /** Assignments that are answered on this tablet and have not arrived. */
  answered(where) {
    return this.#deeds.answered(where);
  }

  /** The server's ids of reviews that have arrived, by submission. */
  receipts() {
    return this.#deeds.receipts();
  }

  /** Every unsent deed, as it lies here. */
  list(whose) {
    return this.#deeds.list(whose);
  }

  /** Tries at once, whatever the back-off says. */
  hurry() {
    this.#count();
    return this.#drainer.drain({ hurried: true });
  }

  #about(item) {
    return {
      project: boot.project,
      assignment: item.id,
      image: item.image.id,
      standard_version: item.standard_version,
      created_at: new Date().toISOString(),
    };
  }

  // One after the other: an undo waits until what it takes back has been written.
  #write(work, answered = null) {
    this.storing += 1;
    this.#changed();
    const written = this.#writing.then(work);
    this.#writing = written.then(() => {
      this.storing -= 1;
      this.#queued += 1; // until it is counted
      this.#changed();
      rested().then(() => this.#follow(answered));
    });
    return written;
  }

  // What is on the disk is safe: counting, telling and sending it can wait until the next picture is in view.
  #follow(answered) {
    this.#count();
    tellTabs("kept", { author: this.#author.id, answered });
    this.#drainer.drain({ hurried: this.state !== "sending" });
  }

  #listen() {
    whenClosed(() => this.#restore());
    addEventListener("online", () => this.hurry());
    addEventListener("pagehide", () => this.#deeds.rest());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    document.addEventListener("labeler:signed-in", () => {
      this.abandoned = false; // its author is back
      tellTabs("signed-in");
      this.hurry();
    });
    // What is on the tablet stays there; only what is not would be lost.
    addEventListener("beforeunload", (event) => {
      if (!this.abandoned && (this.loose || this.storing)) event.preventDefault();
    });
    hearTabs({
      kept: ({ author, answered }) => {
        this.#count();
        if (author !== this.#author.id) return;
        if (answered) this.#tell("answered", { assignment: answered });
        this.#drainer.drain();
      },
      sent: () => this.#count(),
      state: ({ author, state }) => author === this.#author.id && this.#appear(state),
      outcome: ({ author, outcome }) => author === this.#author.id && this.#tellPage(outcome),
      "signed-in": () => this.hurry(),
    });
  }

  // While the browser clears its storage it lets nobody in.
  async #restore() {
    while (!(await this.#deeds.restore())) await new Promise((resolve) => { setTimeout(resolve, RESTORE_AGAIN_MS); });
    this.hurry();
  }

  #become(state) {
    if (state !== this.state) tellTabs("state", { author: this.#author.id, state });
    this.#appear(state);
  }

  #appear(state) {
    this.state = state;
    if (state !== "sending") this.signedOut = state === "signed-out";
    this.#count();
  }

  #told({ kind, deed, assignment }) {
    this.signedOut = false;
    const outcome = { kind, project: deed.project, image: deed.image, assignment: assignment ?? null };
    this.#tellPage(outcome);
    tellTabs("outcome", { author: this.#author.id, outcome });
    tellTabs("sent");
  }

  #tellPage({ kind, project, image, assignment }) {
    if (project !== boot.project) return; // nothing that this page shows
    if (kind === "settled") this.#tell("kept", { image });
    if (kind === "withdrawn") this.#tell("reclaimed", { image, assignment });
  }

  /** Counts what lies here and tells the page; while a long queue drains, a few times a second. */
  #count() {
    if (this.#counting) this.#countAgain = true;
    else this.#counting = this.#countNow();
    return this.#counting;
  }

  async #countNow() {
    const { queued, tray, oldest_at, others } = await this.#deeds.summary();
    this.#queued = queued;
    Object.assign(this, { tray, oldest_at, others, counted: true });
    this.#changed();
    setTimeout(() => {
      this.#counting = null;
      if (this.#countAgain) this.#count();
      this.#countAgain = false;
    }, COUNT_AGAIN_MS);
  }

  #changed() {
    this.#tell("change");
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
