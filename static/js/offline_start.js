// Under TLS the review page is kept on the tablet, so that it starts without the network while its person is signed in.
// There the browser can also be asked, once, to hold the tablet's storage when the device runs out of space.

const PAGE = "labeler-page";
const ASKED = "labeler.askedToHoldStorage";
const root = document.documentElement;

const keepPage = async () => {
  const session = root.dataset.session;
  const answer = await fetch(location.pathname, { credentials: "same-origin", headers: { Accept: "text/html" } });
  // Locked meanwhile, or another session: not this person's page any more.
  if (!answer.ok || answer.redirected || "locked" in root.dataset || session !== root.dataset.session) return;
  await (await caches.open(PAGE)).put(location.pathname, answer);
};

const holdStorage = async () => {
  if (localStorage.getItem(ASKED) || (await navigator.storage.persisted())) return;
  localStorage.setItem(ASKED, "1"); // some browsers ask the person: not again each morning
  await navigator.storage.persist();
};

const start = async () => {
  const first = !navigator.serviceWorker.controller;
  await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  await navigator.serviceWorker.ready;
  if (first) await keepPage(); // this page came before its worker
  root.dataset.offlineReady = "";
};

if (location.protocol === "https:" && isSecureContext && "serviceWorker" in navigator) {
  start().catch(() => {}); // an extra: without it the page works as on plain http
  holdStorage().catch(() => {});
  document.addEventListener("labeler:signed-in", () => keepPage().catch(() => {}));
}
