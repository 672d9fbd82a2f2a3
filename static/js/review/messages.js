// What the page says: a short hint over the picture, a notice that stays, the sync state, the tray.

import { boot, find, text, write } from "./boot.js";
import { element } from "./drawing.js";

const HINT_MS = 4000;
const hint = find("hint");
let timer = null;

export const say = (words) => {
  clearTimeout(timer);
  hint.textContent = words;
  hint.hidden = false;
  timer = setTimeout(hush, HINT_MS);
};

export const hush = () => {
  clearTimeout(timer);
  hint.hidden = true;
};

export const showProgress = ({ done, total }) => {
  find("progress").textContent = total ? text("progress", { done, total }) : text("progress_open", { done });
  const bar = find("progress-bar");
  bar.hidden = !total;
  bar.max = total || 1;
  bar.value = Math.min(done, total || 1);
};

/** What undo would do now: take back a mark on this picture, or within so many seconds the last submit. */
export const showUndo = ({ marks, seconds }) => {
  const button = document.querySelector("[data-act=undo]");
  button.disabled = !marks && seconds === 0;
  button.classList.toggle("last", seconds > 0);
  const label = find("undo-last");
  label.hidden = seconds === 0;
  write(label, text("undo_last", { seconds }));
};

const minutesSince = (at) => (at ? Math.floor((Date.now() - Date.parse(at)) / 60_000) : 0);

const syncWords = (outbox) => {
  const { loose, storing, tray, oldest_at } = outbox;
  const n = outbox.unsent;
  if (storing) return { words: text("storing") };
  if (loose) return { words: text("unstored", { n: loose }), unsent: true };
  if (n === 0) return { words: outbox.counted ? text("saved") : "" };
  if (outbox.state === "sending" && n <= 1 && !tray.length) return { words: text("sending", { n }) };
  const minutes = minutesSince(oldest_at);
  const age = minutes >= 1 ? ` · ${text("age", { minutes })}` : "";
  return { words: text("unsent", { n }) + age, unsent: true };
};

export const showSync = (outbox) => {
  const sync = find("sync");
  const { words, unsent = false } = syncWords(outbox);
  write(sync, words);
  sync.classList.toggle("unsent", unsent);
  showNotice(outbox);
};

const waitFor = ({ name, n }) => text("others_wait", { name, n });

// One at a time, the most pressing first.
const noticeWords = ({ loose, signedOut, tray, others }) => {
  if (loose) return { words: text("unstored_notice", { n: loose }), tray: true };
  if (signedOut) return { words: text("signed_out"), signIn: true };
  if (tray.length) return { words: text("needs_help", { n: tray.length }), tray: true };
  if (others.length) return { words: others.map(waitFor).join(" "), calm: true };
  return null;
};

const showNotice = (outbox) => {
  const found = noticeWords(outbox);
  const notice = find("notice");
  notice.hidden = !found;
  if (!found) return;
  notice.classList.toggle("warning", !found.calm);
  find("notice-sign-in").hidden = !found.signIn;
  find("notice-tray").hidden = !found.tray;
  write(find("notice-text"), found.words);
};

// A review may have waited for days: the day is said where it is not today.
const moment = (at) => {
  const today = at.toDateString() === new Date().toDateString();
  return today ? at.toLocaleTimeString(boot.language) : at.toLocaleString(boot.language);
};

const refused = ({ kind, status, detail, created_at, review }) => {
  const when = moment(new Date(review?.reviewed_at ?? created_at));
  const why = status === 409 ? text("conflict") : text("refused", { status });
  const what = kind === "withdrawal" ? [text("help_withdrawal")] : [];
  return element("li", "", element("b", "", when), ` · ${[...what, why, detail].join(" ")}`);
};

/** What lies on this tablet: how much and how old, whose, and what the server refused. */
export const fillTray = ({ tray, waiting, oldest_at, others }) => {
  const count = text("here_queued", { n: waiting });
  const minutes = minutesSince(oldest_at);
  const age = minutes >= 1 ? ` · ${text("here_oldest", { minutes })}` : "";
  find("tray-count").textContent = waiting ? count + age : text("here_nothing");
  find("tray-count").hidden = waiting === 0 && tray.length > 0;
  find("tray-others").replaceChildren(...others.map((one) => element("li", "calm", waitFor(one))));
  find("tray-refused").hidden = !tray.length;
  find("tray").replaceChildren(...tray.map(refused));
};
