// What the page says: a short hint over the picture, a notice that stays, the sync state, the tray.

import { boot, find, text } from "./boot.js";
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

export const showSync = (outbox) => {
  const sync = find("sync");
  const n = outbox.unsent;
  const calm = outbox.state === "sending" && n <= 1 && !outbox.tray.length;
  sync.textContent = n === 0 ? text("saved") : text(calm ? "sending" : "unsent", { n });
  sync.classList.toggle("unsent", n > 0 && !calm);
  showNotice(outbox);
};

const showNotice = ({ state, tray }) => {
  const signedOut = state === "signed-out";
  const notice = find("notice");
  notice.hidden = !signedOut && !tray.length;
  find("notice-sign-in").hidden = !signedOut;
  find("notice-tray").hidden = signedOut || !tray.length;
  if (notice.hidden) return;
  const words = signedOut ? text("signed_out") : text("needs_help", { n: tray.length });
  if (find("notice-text").textContent !== words) find("notice-text").textContent = words;
};

export const fillTray = (tray) =>
  find("tray").replaceChildren(...tray.map(({ deed, status, detail }) => {
    const when = new Date(deed.review.reviewed_at).toLocaleTimeString(boot.language);
    const why = status === 409 ? text("conflict") : text("refused", { status });
    return element("li", "", element("b", "", when), ` · ${why} ${detail}`);
  }));
