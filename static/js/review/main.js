// The review page: wires hands, picture, answers and the way to the server.

import { viewActs, viewIsOpen } from "./aids.js";
import { showAnswer } from "./answer.js";
import { claiming } from "./api.js";
import { boot, find, nameIn, text } from "./boot.js";
import { closeBook, bookIsOpen, openBook, turnPage } from "./book.js";
import { bindCanvas } from "./canvas.js";
import { showEmpty, showLoading, showTrouble, showUnsent, uncover } from "./covers.js";
import { lookAway, lookClosely } from "./closeup.js";
import { askSeverity, showDetails } from "./details.js";
import { dialog, open, shutQuestions } from "./dialogs.js";
import { Gate } from "./gate.js";
import { Golden } from "./golden.js";
import { History } from "./history.js";
import { newId } from "./identity.js";
import { bindKeyboard } from "./keyboard.js";
import { LastSubmit } from "./lastsubmit.js";
import { askBeforeLeaving } from "./leaving.js";
import { beyond } from "./limits.js";
import * as marks from "./marks.js";
import { fillTray, hush, say, showSync, showUndo } from "./messages.js";
import { Outbox } from "./outbox.js";
import { fetchPicture, painted, rested } from "./picture.js";
import { Progress } from "./progress.js";
import { buildRail, showRail } from "./rail.js";
import * as besides from "./something_else.js";
import { standardAtHand, standardOf } from "./standards.js";
import { Supply } from "./supply.js";
import { trayActs } from "./tray.js";
import { onTap } from "../tap.js";
import { finished, keepUnfinished, unfinished } from "./unfinished.js";
import { viewport } from "./viewport.js";

const LOOK_AGAIN_MS = 15_000;
const page = document.getElementById("content");
const stage = find("stage");

const claim = claiming(() => outbox.answered());
// After an undo the answered picture, the one put back and three ahead are promised to this reviewer.
const outbox = new Outbox({ claim: () => claim(5 + outbox.storing) });
const supply = new Supply({
  claim,
  load: (item, blob) => standardOf(item.standard_version).then(() => fetchPicture(item.image.preview_url, blob)),
  storing: () => outbox.storing,
  answered: () => outbox.answered(),
});
const before = outbox.answered({ project: boot.project }); // before the page was opened anew
const progress = new Progress(Promise.all([before, outbox.ready]).then(([{ size }]) => size));
const gate = new Gate();
const history = new History();
const last = new LastSubmit(() => tellUndo());
// Who has looked at the good part looks at the picture again before an answer counts.
const golden = new Golden((shown) => {
  if (shown) gate.close();
  else if (usable() && stage.dataset.painted === now.entry.item.image.id) gate.painted();
  show();
});

// What is on the stage now. `turn` tells a slow picture that another one has been asked for since.
// `standard` is the picture's; `markable` has the notes for something else behind its defect types.
// `settled`: it was taken back too late, and counts as done already.
let now = { entry: null, picture: null, standard: null, markable: null, painted_ms: 0, settled: false };
let state = marks.nothing;
let turn = 0;

// Showing ------------------------------------------------------------------------------------------

const usable = () => now.picture !== null && !golden.shown;

const tellUndo = () => {
  const marks = !history.empty;
  showUndo({ marks: marks && !golden.shown, seconds: marks || golden.shown ? 0 : last.seconds_s });
};

// What stands around the picture follows once the picture is in view, which need not wait for it. A notice takes
// room from the picture, so all of it waits for a hand that is drawing.
let following = false;
const follow = async () => {
  if (following) return;
  following = true;
  await painted();
  following = false;
  if (canvas.drawing) return;
  progress.show();
  showSync(outbox);
  tellUndo();
  if (dialog("tray").open) fillTray(outbox);
  if (page.dataset.state === "empty") showUnsent(outbox.unsent);
};

let shown = {}; // what show() showed last
const show = () => {
  shown = { state, markable: now.markable, usable: usable() };
  if (now.standard) showRail(state, now.standard, { usable: usable() });
  canvas.show();
  besides.showElse(state, { usable: usable() });
  showDetails(state, now.markable, { usable: usable(), everyUnsure: usable() && marks.everyUnsure(state, now.standard) });
  showAnswer(state, now.markable, { usable: usable() });
  tellUndo();
};

const put = (next) => {
  state = next;
  show();
  if (now.entry) keepUnfinished(now.entry.item, state);
};

const change = (next) => {
  const full = beyond(next, state);
  if (full) return refuse(full);
  history.remember(state);
  hush();
  put(next);
};

// More than the server takes: said, not done.
const refuse = ({ why, rest }) => { state = rest; show(); say(why); };

// One picture after the other ----------------------------------------------------------------------

const clearStage = () => {
  gate.close();
  canvas.stop();
  lookAway();
  shutQuestions();
  besides.takeWords(); // they are about this picture
  hush();
  now = { ...now, entry: null, picture: null };
  state = marks.nothing;
  history.forget();
};

/** Puts a decoded picture on the stage; answers count 350 ms after it has been painted. */
const present = async (entry, picture, standard, earlier) => {
  const others = now.standard !== standard && buildRail(standard);
  now = { entry, picture, standard, markable: besides.withElse(standard), painted_ms: performance.now(), settled: false };
  golden.belongsTo(entry.item.image.golden_url);
  state = earlier;
  viewport.setImage(entry.item.image);
  stage.querySelector("[data-picture]").replaceChildren(picture.image);
  lookClosely(entry.item.image, picture.image);
  stage.dataset.image = entry.item.image.id;
  uncover();
  // After an OK the next picture has the same buttons, in the same state.
  if (shown.state !== state || shown.markable !== now.markable || shown.usable !== usable()) show();
  if (others) say(text("standard_changed")); // its buttons may stand in other places
  follow();
  const mine = turn;
  await painted();
  if (mine !== turn) return;
  now.painted_ms = performance.now();
  gate.painted(now.painted_ms);
  stage.dataset.painted = entry.item.image.id;
  golden.prefetch();
};

const advance = async () => {
  turn += 1;
  clearStage();
  const standard = supply.atHand && standardAtHand(supply.atHand.item.standard_version);
  if (!standard) {
    await waitForNext();
    return;
  }
  // In the same task as the tap: nothing is shown as resting in between, so nothing is laid out twice.
  const entry = supply.takeAtHand();
  await present(entry, entry.decoded, standard, marks.nothing);
  await rested();
  supply.refill().catch(() => {}); // an empty shelf asks again, and then says why
};

/** Marks from before the page was opened anew: one Undo takes them all back. */
const goOn = (entry, picture, standard, before) => {
  history.remember(marks.nothing);
  present(entry, picture, standard, before);
  say(text("unfinished"));
};

const waitForNext = async () => {
  const mine = turn;
  golden.belongsTo(null);
  show();
  let entry = null;
  const slow = setTimeout(() => mine === turn && showLoading(), 120);
  try {
    entry = await supply.take();
    if (!entry) {
      if (mine === turn) showEmpty(outbox.unsent);
      return;
    }
    const { item } = entry;
    const needed = [entry.picture, standardOf(item.standard_version), unfinished(item)];
    const [picture, standard, before] = await Promise.all(needed);
    clearTimeout(slow); // from here on the picture is in view
    if (mine !== turn) supply.putBack(entry);
    else if (before) goOn(entry, picture, standard, before);
    else await present(entry, picture, standard, marks.nothing);
  } catch (error) {
    const another = entry && supply.putAside(entry);
    if (mine !== turn) return;
    if (another) await waitForNext();
    else showTrouble(error, entry !== null);
  } finally {
    clearTimeout(slow);
  }
};

// Answers --------------------------------------------------------------------------------------------

const send = (judgements, unusable, something_else = []) => {
  const { entry, picture, standard } = now;
  const review = {
    submission_id: newId(),
    standard_version: entry.item.standard_version,
    unusable,
    judgements,
    ...(something_else.length && { something_else }),
    reviewed_at: new Date().toISOString(),
    elapsed_s: Math.round(performance.now() - now.painted_ms) / 1000,
  };
  last.keep({ entry, picture, standard, state, submissionId: review.submission_id });
  progress.add(now.settled ? 0 : 1);
  outbox.addReview(entry.item, review);
  finished(entry.item);
  advance();
};

const ask = ({ code, ask: what }) => {
  const type = now.markable.defect_types.find((each) => each.code === code);
  if (state.chosen !== code) state = marks.chosen(state, code);
  show();
  say(text(`ask_${what}`, { name: nameIn(type.name, code) }));
  if (what === "severity") askSeverity();
};

const submit = () => {
  if (!usable() || !canvas.free() || warned()) return;
  const open = marks.lacking(state, now.markable);
  if (open) ask(open);
  else send(marks.judgements(state, now.standard), null, besides.somethingElse(state));
};

const unusableAs = (reason) => {
  dialog("unusable").close();
  if (usable() && canvas.free() && !warned()) send([], reason);
};

/** Whether the person has to decide first if work that only this page's memory holds may grow. */
const warned = () => {
  if (outbox.risky) open("unstored");
  return outbox.risky;
};

// Undo: the last thing done, be it a mark here or the submit before -----------------------------------

const undo = () => {
  if (golden.shown) return;
  if (!history.empty) put(history.back());
  else if (canvas.free()) bringBack(last.take());
};

const bringBack = (taken) => {
  if (!taken) return;
  const { entry, picture, standard } = taken;
  if (now.entry) supply.putBack({ item: now.entry.item, picture: Promise.resolve(now.picture), decoded: now.picture });
  turn += 1;
  clearStage();
  progress.add(-1);
  supply.returned(entry, picture.blob);
  outbox.takeBack(entry.item, taken.submissionId);
  present(entry, picture, standard, taken.state);
  keepUnfinished(entry.item, taken.state);
};

const touched = () => !history.empty || canvas.drawing;

// Taken back too late. What has been changed meanwhile stays in hand: submitted, it is kept on this tablet.
outbox.addEventListener("kept", ({ detail }) => {
  progress.add(1);
  progress.show();
  const onStage = now.entry?.item.image.id === detail.image;
  const changed = onStage && touched();
  if (changed) now.settled = true;
  if (onStage && !changed) advance().then(() => say(text("kept")));
  else say(text(changed ? "kept_changed" : "kept"));
});
// Without a new assignment the old one serves: the server keeps the answer, as an extra one where need be.
outbox.addEventListener("reclaimed", ({ detail }) => {
  if (!detail.assignment) return;
  supply.took(detail.assignment);
  if (now.entry?.item.image.id === detail.image) now.entry.item.id = detail.assignment;
});
outbox.addEventListener("answered", ({ detail }) => {
  supply.took(detail.assignment);
  if (now.entry?.item.id !== detail.assignment) return;
  if (!touched()) advance();
  else say(text("conflict")); // what is drawn here stays in hand; submitted, it is kept beside the other
});
document.addEventListener("labeler:signed-in", async () => { // they may have gone on elsewhere meanwhile
  if ((await supply.lost(() => now.entry)) ? !touched() : page.dataset.state === "trouble") advance();
});
outbox.addEventListener("change", follow);

// Hands ------------------------------------------------------------------------------------------------

const canvas = bindCanvas(stage, {
  view: () => ({ state, standard: now.markable, image: now.entry?.item.image, usable: usable() }),
  change,
  look: put,
  say: (key) => say(text(key)),
  lifted: follow,
});

const cannotTell = () => {
  if (besides.isElse(state.chosen)) return;
  if (state.chosen) change(marks.unsure(state, state.chosen));
  else if (marks.everyUnsure(state, now.standard)) change(besides.kept(state, marks.nothing));
  else change(besides.kept(state, marks.allUnsure(state, now.standard)));
};

const noteElse = (note) => {
  change(besides.toggled(state, note, besides.takeWords()));
  dialog("else").close();
  if (besides.isElse(state.chosen)) say(besides.askWhere(state.chosen));
};

const book = () => {
  viewActs["view-close"](); // it would lie over the book
  if (bookIsOpen()) closeBook();
  else if (now.standard) openBook(now.standard, state.chosen);
};

const lookAtGood = () => canvas.free() && golden.toggle();

const accepts = (begun_ms) => gate.accepts(begun_ms);
const answers = {
  ok: submit,
  submit,
  unsure: cannotTell,
  "all-unsure": cannotTell,
  unusable: () => canvas.free() && open("unusable"),
  else: () => open("else"),
  "else-remove": () => change(marks.toggled(state, state.chosen)),
  severity: (control) => {
    const byKeyboard = control.matches(":focus-visible");
    change(marks.graded(state, state.chosen, Number(control.dataset.severity)));
    if (byKeyboard) page.querySelector("[data-act=submit]").focus(); // so that Enter goes on from here
  },
};
const others = {
  undo,
  ...canvas.acts,
  ...viewActs,
  ...askBeforeLeaving(outbox),
  ...trayActs(outbox),
  book,
  "book-next": () => turnPage(1),
  "book-back": () => turnPage(-1),
  golden: lookAtGood,
  menu: () => open("menu"),
  help: () => open("help"),
  again: () => advance(),
};

onTap(page, "[data-type]", { accepts, act: (control) => change(marks.toggled(state, control.dataset.type)) });
onTap(page, "[data-note]", { accepts, act: (control) => noteElse(control.dataset.note) });
onTap(page, "[data-unusable]", { accepts, act: (control) => unusableAs(control.dataset.unusable) });
onTap(page, "[data-close]", { act: (control) => control.closest("dialog").close() });
onTap(page, "[data-act]", {
  accepts: (begun_ms, { dataset }) => !(dataset.act in answers) || accepts(begun_ms),
  act: (control) => (answers[control.dataset.act] ?? others[control.dataset.act])(control),
});
bindKeyboard({
  accepts: (begun_ms) => accepts(begun_ms) && !viewIsOpen(),
  deeds: {
    type: (index) => {
      const type = now.standard.defect_types[index];
      if (type) change(marks.toggled(state, type.code));
    },
    submit,
    unsure: cannotTell,
    undo,
    help: () => open("help"),
    book,
    golden: lookAtGood,
    somethingElse: () => usable() && open("else"),
  },
  canvas: canvas.keys,
});

document.addEventListener("labeler:switched", show);

// An empty or troubled page looks again by itself.
setInterval(() => {
  if (["empty", "trouble"].includes(page.dataset.state) && !document.hidden) advance();
}, LOOK_AGAIN_MS);

showSync(outbox);
advance();
