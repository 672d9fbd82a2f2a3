// A shared tablet locks when nobody touches it. The session ends on the server too; the work that is not sent
// stays under its author. Events on document: "labeler:signed-out", also from whoever got a 401,
// "labeler:signed-in" {person: {id, name}}, and "labeler:leaving" {go, stay} before the page goes to somebody else:
// what would be lost with it prevents that, and where there is a `go` asks and calls that or `stay()`.

import { onBadge } from "./badge_reader.js";
import { endSession, signIn, tellPresence } from "./lock_api.js";
import { LockScreen } from "./lock_screen.js";
import { claim, keep, kept, taken, watch } from "./presence.js";
import { onTap } from "./tap.js";

const root = document.documentElement;
const IDLE_MS = Number(root.dataset.idleS) * 1000;
const WARNING_MS = Math.min(30_000, IDLE_MS / 2);
const TELL_MS = IDLE_MS / 4;
let session = root.dataset.session;
const warning = document.querySelector("[data-lock-warning]");
const seconds = warning.querySelector("[data-lock-seconds]");

let locked = false;
let touched_ms = Date.now();
let told_ms = 0; // to the server
let kept_ms = touched_ms; // told to the tablet's other pages

const tell = (name, detail) => document.dispatchEvent(new CustomEvent(`labeler:${name}`, { detail }));

const mayLeave = (go = null, stay = null) =>
  document.dispatchEvent(new CustomEvent("labeler:leaving", { cancelable: true, detail: { go, stay } }));

const screen = new LockScreen({
  signIn: async (how) => {
    const next = location.pathname.endsWith("/review") ? location.pathname : "";
    const person = await signIn({ ...how, next }); // raises what the screen says
    if (person.id !== screen.owner) {
      // Their own page: nothing of the one before may stay. The same project's, where it is theirs.
      const go = () => location.assign(person.landing);
      // Who lets the work stay is signed in no more: else whoever opens the page anew would be them.
      if (mayLeave(go, () => endSession(person.session))) go();
      else screen.open(); // for whoever comes next
      return;
    }
    session = root.dataset.session = person.session;
    unlock({ id: person.id, name: person.name });
  },
});

const unlock = (person) => {
  locked = false;
  touched_ms = told_ms = Date.now();
  claim({ session, touched_ms, locked });
  delete root.dataset.locked;
  screen.close();
  tell("signed-in", { person });
};

const lock = ({ ended = false } = {}) => {
  if (locked) return;
  locked = true;
  keep({ session, touched_ms, locked });
  root.dataset.locked = "";
  warning.close();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  screen.open();
  tell("signed-out");
  // A page kept for starting without the network shows who was signed in; by now it may be the next person's.
  if (!taken(session)) globalThis.caches?.delete("labeler-page").catch(() => {});
  if (!ended) endSession(session);
};

// Somebody has signed in on another page of this tablet, and nothing here is theirs, or has locked it there.
const makeWay = () => (taken(session) || kept()?.locked) && lock({ ended: true });

const tellPages = (now_ms) => {
  kept_ms = now_ms;
  keep({ session, touched_ms: now_ms, locked });
};

// Times are the wall clock's, because other pages and the time asleep count too; it may be turned at any moment.
const touch = () => {
  makeWay();
  if (locked) return;
  const now_ms = Date.now();
  if (Math.abs(now_ms - kept_ms) > 1000) tellPages(now_ms);
  touched_ms = now_ms;
  if (Math.abs(now_ms - told_ms) < TELL_MS) return;
  told_ms = now_ms;
  const told = session;
  // An answer that comes late may be about a session that ended long ago.
  tellPresence(told).then((known) => known || told !== session || lock({ ended: true }));
};

// Another page of this tablet may be the one that somebody touches. A touch that lies ahead of the clock was before
// somebody turned it back: it counts from now on.
const lastTouch_ms = () => {
  const other = kept();
  const now_ms = Date.now();
  const latest = other?.session === session ? Math.max(touched_ms, other.touched_ms) : touched_ms;
  if (latest > now_ms) tellPages(now_ms);
  return Math.min(latest, now_ms);
};

const look = () => {
  makeWay(); // a page that was asleep has not heard of it
  if (locked) return;
  touched_ms = lastTouch_ms();
  const left_ms = touched_ms + IDLE_MS - Date.now();
  if (left_ms <= 0) {
    lock();
    return;
  }
  const warned = left_ms <= WARNING_MS;
  if (warned) seconds.textContent = String(Math.ceil(left_ms / 1000));
  if (warned && !warning.open) warning.showModal();
  if (!warned && warning.open) warning.close();
};

// While the warning stands, the touch that answers it must answer nothing else.
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel"]) {
  document.addEventListener(kind, () => warning.open || touch(), { capture: true, passive: true });
}
const goOn = () => {
  warning.close();
  touch();
};
onTap(document, "[data-lock-warning]", { act: goOn }); // wherever it is touched
warning.addEventListener("cancel", goOn);
warning.addEventListener("keydown", (event) => {
  if (event.key === "Tab" || event.key === "Enter" || event.key === " ") return; // the button has them
  event.preventDefault();
  goOn();
});

onTap(document, "[data-switch-person]", { act: () => mayLeave(lock) && lock() });
// Our own word, or that of whoever got a 401: the session is over already.
document.addEventListener("labeler:signed-out", () => lock({ ended: true }));
// A badge switches the person wherever it is scanned; on the way the tablet is locked for a moment.
onBadge((number) => {
  lock();
  screen.use({ badge: number });
});

watch((other) => {
  if (!other) return;
  const stale = other.session !== session;
  if (!locked && (stale || other.locked)) lock({ ended: true });
  else if (locked && !other.locked && mayLeave()) location.reload(); // somebody signed in on another page
});
// Who signs out has left the tablet's other pages as well.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.getAttribute("action") !== "/sign-out") return;
  kept_ms = Date.now();
  keep({ session, touched_ms, locked: true });
});
document.addEventListener("visibilitychange", look);
addEventListener("pageshow", look);
setInterval(look, 500);

const before = kept();
if (before?.session === session && (before.locked || Date.now() - before.touched_ms > IDLE_MS)) {
  touched_ms = before.touched_ms;
  lock();
} else {
  delete root.dataset.locked;
  claim({ session, touched_ms, locked });
}
