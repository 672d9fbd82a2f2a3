// Reviews and withdrawals on the tablet, each under its author, in order. A deed leaves only when the server
// has it, or when its author takes it back. What the storage refuses stays in this page's memory, behind the rest.

import { newId } from "./identity.js";
import { hold, release, renew } from "./lease.js";
import { beginning, transact } from "./storage.js";

const RECEIPTS_MS = 24 * 3600 * 1000;
const ALL = ["deeds", "receipts", "lease"];
const nameOf = ({ kind, submission_id }) => `${kind} ${submission_id}`;

export class Deeds {
  #author;
  #holder = newId();
  #loose = [];
  #stored = new Map(); // what this page has stored and not seen arrive: the browser may clear its storage
  #sent = new Set(); // the server has them, and the storage could not let them go
  #receipts = new Map(); // as in the storage, for what went while it refused
  #failures = 0;
  #seen = { queued: 0, tray: [], others: [] };

  constructor(author) {
    this.#author = author;
  }

  get loose() {
    return this.#loose.length;
  }

  /** Resolves once the deed is on the disk (true), or in memory only because the storage refuses (false). */
  async keep(deed) {
    const batch = [...this.#loose, { ...deed, author: this.#author, attempts: 0, state: "queued" }];
    const store = () =>
      transact(["deeds", "ahead"], "readwrite", async (rows) => {
        for (const each of batch) await rows.put("deeds", each);
        if (deed.kind === "review") await rows.delete("ahead", deed.assignment);
      });
    try {
      await store().catch(() => this.#makeRoom().then(store));
      this.#loose = this.#loose.filter((each) => !batch.includes(each));
      for (const each of batch) this.#stored.set(nameOf(each), each);
      return true;
    } catch {
      this.#loose.push(batch.at(-1));
      return false;
    }
  }

  /** Puts back what is gone from the storage, each as one that may have been heard of; whether that was possible. */
  restore() {
    return transact(["deeds"], "readwrite", async (rows) => {
      for (const deed of this.#stored.values()) {
        const there = await rows.all("deeds", deed.submission_id, "submission");
        if (!there.some(({ kind }) => kind === deed.kind)) await rows.put("deeds", { ...deed, attempts: 1 });
      }
    }).then(() => true, () => false);
  }

  // Pictures come again; reviews do not.
  #makeRoom() {
    return transact(["ahead"], "readwrite", async (rows) => {
      for (const { assignment } of await rows.all("ahead")) await rows.delete("ahead", assignment);
    });
  }

  /** Takes a review back: silently while the server cannot have it, else by a withdrawal. */
  async takeBack(submissionId, withdrawal) {
    const unheard = (deed) => deed.kind === "review" && (deed.attempts === 0 || deed.state === "help");
    const loose = this.#loose.find((deed) => deed.submission_id === submissionId);
    if (loose && unheard(loose)) {
      this.#loose = this.#loose.filter((deed) => deed !== loose);
      return true;
    }
    const removed = await transact(["deeds"], "readwrite", async (rows) => {
      const [deed] = await rows.all("deeds", submissionId, "submission");
      if (!deed || !unheard(deed)) return false;
      await rows.delete("deeds", deed.seq);
      return true;
    }).catch(() => false);
    if (removed) this.#stored.delete(`review ${submissionId}`);
    return removed || this.keep({ ...withdrawal, kind: "withdrawal", submission_id: submissionId });
  }

  /**
   * Closes the last send's outcome and hands out the author's next deed, marked as tried: one transaction.
   * {deed, receipt, failures}; without a deed maybe {wait_ms}, when another tab sends or all of them rest.
   */
  async step(outcome, { hurried, now_ms }) {
    if (outcome) this.#closeLoose(outcome);
    try {
      const found = await transact(ALL, "readwrite", (rows) => this.#next(rows, outcome, { hurried, now_ms }));
      this.#sent.clear();
      if (found.deed || found.wait_ms) return found;
    } catch {
      const deed = await this.#readOnly(outcome);
      if (deed) return { deed, receipt: this.#receipts.get(deed.submission_id), failures: this.#failures };
    }
    return this.#nextLoose();
  }

  async #next(rows, outcome, { hurried, now_ms }) {
    if (outcome?.deed.seq) await close(rows, outcome, now_ms);
    for (const seq of this.#sent) await rows.delete("deeds", seq);
    const lease = await hold(rows, this.#holder, { now_ms, hurried, fresh: hurried || Boolean(outcome) });
    if (!lease.mine) return { deed: null, wait_ms: lease.wait_ms };
    const deed = await rows.get("deeds", beginning(this.#author.id, "queued"), "turn");
    if (!deed) {
      await release(rows, this.#holder);
      return { deed: null };
    }
    const tried = { ...deed, attempts: deed.attempts + 1 };
    await rows.put("deeds", tried);
    const receipt = (await rows.get("receipts", deed.submission_id))?.review ?? this.#receipts.get(deed.submission_id);
    return { deed: tried, receipt, failures: lease.failures };
  }

  // The storage takes nothing any more, but what it has can be read: sent in order, told apart in memory.
  async #readOnly(outcome) {
    if (outcome?.deed.seq) {
      if (outcome.kind === "refused") this.#loose.push({ ...outcome.deed, ...helpless(outcome), seq: undefined });
      this.#sent.add(outcome.deed.seq);
    }
    if (outcome?.receipt) this.#receipts.set(outcome.deed.submission_id, outcome.receipt);
    const range = () => beginning(this.#author.id, "queued");
    const stored = await transact(["deeds"], "readonly", (rows) => rows.all("deeds", range(), "turn")).catch(() => []);
    return stored.find(({ seq }) => !this.#sent.has(seq));
  }

  #nextLoose() {
    const deed = this.#loose.find(({ state }) => state === "queued");
    if (!deed) return { deed: null };
    deed.attempts += 1;
    return { deed, receipt: this.#receipts.get(deed.submission_id), failures: this.#failures };
  }

  #closeLoose({ deed, kind, receipt, ...more }) {
    this.#failures = 0;
    if (receipt) this.#receipts.set(deed.submission_id, receipt);
    if (kind !== "refused") this.#stored.delete(nameOf(deed));
    if (kind === "void") this.#stored.delete(`review ${deed.submission_id}`);
    if (deed.seq) return;
    if (kind === "refused") Object.assign(deed, helpless(more));
    else this.#loose = this.#loose.filter((each) => each !== deed);
  }

  renew(now_ms) {
    return transact(["lease"], "readwrite", (rows) => renew(rows, this.#holder, now_ms)).catch(() => {});
  }

  /** Lets another tab send; nobody tries by itself before `resume_ms`. */
  rest(after = {}) {
    this.#failures = after.failures ?? 0;
    return transact(["lease"], "readwrite", (rows) => release(rows, this.#holder, after)).catch(() => {});
  }

  /** What waits in the tray is tried once more, in its old place. */
  retry() {
    for (const deed of this.#loose) deed.state = "queued";
    return transact(["deeds"], "readwrite", async (rows) => {
      for (const deed of await rows.all("deeds", beginning(this.#author.id, "help"), "turn")) {
        await rows.put("deeds", { ...deed, state: "queued" });
      }
    }).catch(() => {});
  }

  /** What lies here: {queued, tray, oldest_at, others: [{name, n}]}. */
  async summary() {
    const loose = this.#loose.filter(({ state }) => state === "queued");
    const found = await transact(["deeds"], "readonly", async (rows) => {
      const mine = beginning(this.#author.id, "queued");
      const queued = await rows.count("deeds", mine, "turn");
      const oldest = await rows.get("deeds", mine, "turn");
      const tray = await rows.all("deeds", beginning(this.#author.id, "help"), "turn");
      const foreign = (await rows.count("deeds")) - queued - tray.length;
      // Theirs may be large, and are read only when there are more or fewer of them.
      const known = !foreign || foreign === this.#seen.foreign;
      const others = known ? this.#seen.others : counted(await rows.all("deeds"), this.#author.id);
      return { queued, oldest, tray, foreign, others: foreign ? others : [] };
    }).catch(() => this.#seen); // what cannot be read now has not gone away
    this.#seen = found;
    return {
      queued: Math.max(0, found.queued - this.#sent.size) + loose.length,
      tray: [...found.tray, ...this.#loose.filter(({ state }) => state === "help")],
      oldest_at: (found.oldest ?? loose[0])?.created_at ?? null,
      others: found.others,
    };
  }

  /** The server's id of a review that has arrived; a withdrawal needs it. */
  async receipts() {
    const rows = await transact(["receipts"], "readonly", (found) => found.all("receipts")).catch(() => []);
    return new Map([...rows.map(({ submission_id, review }) => [submission_id, review]), ...this.#receipts]);
  }

  /** Every deed in order, for a file: this author's, and with `everybodyIn` all others' in that project. */
  async list({ everybodyIn = null } = {}) {
    const mine = beginning(this.#author.id);
    const stored = await transact(["deeds"], "readonly", (rows) =>
      everybodyIn ? rows.all("deeds") : rows.all("deeds", mine, "turn"),
    ).catch(() => []);
    stored.sort((one, other) => one.seq - other.seq);
    const granted = ({ author, project }) => author.id === this.#author.id || (everybodyIn && project === everybodyIn);
    return [...stored, ...this.#loose].filter(granted);
  }

  /** Assignments that are answered here and not taken back, or of one project those on their way. */
  async answered({ project = null } = {}) {
    const found = new Set();
    for (const { kind, assignment, project: theirs, state } of await this.list()) {
      if (project && (theirs !== project || state === "help")) continue;
      if (kind === "review") found.add(assignment);
      else found.delete(assignment);
    }
    return found;
  }
}

const helpless = ({ status, detail }) => ({ state: "help", status, detail });

const counted = (deeds, mine) => {
  const people = new Map();
  for (const { author, kind } of deeds) {
    if (author.id === mine || kind !== "review") continue;
    const known = people.get(author.id) ?? { name: author.name, n: 0 };
    people.set(author.id, { ...known, n: known.n + 1 });
  }
  return [...people.values()];
};

const close = async (rows, outcome, now_ms) => {
  const { deed, kind } = outcome;
  const row = await rows.get("deeds", deed.seq);
  const same = row && nameOf(row) === nameOf(deed); // where the storage was cleared the numbers begin anew
  if (kind === "refused") {
    if (same) await rows.put("deeds", { ...row, ...helpless(outcome) });
    return;
  }
  if (same) await rows.delete("deeds", deed.seq);
  if (kind === "saved") await noteReceipt(rows, outcome, now_ms);
  if (kind === "void") await dropRefused(rows, deed);
  if (kind === "withdrawn" && outcome.assignment) await moveTo(rows, deed, outcome.assignment);
};

// A review that is taken back later is named by the server's id: as long as that waits, too.
const noteReceipt = async (rows, { deed, receipt }, now_ms) => {
  await rows.put("receipts", { submission_id: deed.submission_id, review: receipt, at_ms: now_ms });
  if (deed.seq % 100) return;
  for (const { submission_id, at_ms } of await rows.all("receipts")) {
    if (at_ms >= now_ms - RECEIPTS_MS) continue;
    if (!(await rows.count("deeds", submission_id, "submission"))) await rows.delete("receipts", submission_id);
  }
};

const dropRefused = async (rows, { submission_id }) => {
  for (const { seq, kind } of await rows.all("deeds", submission_id, "submission")) {
    if (kind === "review") await rows.delete("deeds", seq);
  }
};

// The image came back under another assignment: what was answered meanwhile belongs there.
const moveTo = async (rows, { author, image }, assignment) => {
  for (const deed of await rows.all("deeds", beginning(author.id, "queued"), "turn")) {
    if (deed.kind === "review" && deed.image === image && deed.attempts === 0) {
      await rows.put("deeds", { ...deed, assignment });
    }
  }
};
