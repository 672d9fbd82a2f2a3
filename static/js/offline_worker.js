// The service worker, under TLS only: the review page starts without the network. The server writes VERSION and FILES
// (paths under /static/VERSION) before this. Kept are the static files of this version and the review page of whoever
// is signed in; never an answer of the API, and nobody's page beyond their session.

const STATIC = `labeler-static-${VERSION}`;
const PAGE = "labeler-page";
const PATIENCE_MS = 5000; // a network that does not answer is none, where the page is there
const REVIEW = /^\/projects\/[^/]+\/review$/;
const CHANGES_PERSON = /^\/(?:sign-in|sign-out|setup|enrol(?:\/.*)?|api\/v1\/station\/session)$/;

let turn = 0; // another person: what was asked for before must not be kept after

const address = (path) => `/static/${VERSION}/${path}`;

self.addEventListener("install", (event) => {
  const fill = async () => {
    const cache = await caches.open(STATIC);
    await cache.addAll(FILES.map(address));
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("labeler-static-") && name !== STATIC);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

// Under this version's address lies the file itself; another one may be newer on the server, and without a server
// a page of another version is served by this one.
const staticFile = async (request, url) => {
  const cache = await caches.open(STATIC);
  const kept = await cache.match(request);
  if (kept) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    const standIn = await cache.match(address(url.pathname.replace(/^\/static\/(?:[0-9a-f]{12}\/)?/, "")));
    if (standIn) return standIn;
    throw error;
  }
};

// Without room the page is not kept, and shown all the same.
const keep = async (path, answer) => {
  try {
    await (await caches.open(PAGE)).put(path, answer);
  } catch {
    // What was kept before is of the same person, and better than nothing.
  }
};

const fresh = async (request, url) => {
  const asked = turn;
  const answer = await fetch(request);
  if (answer.type === "opaqueredirect" || (answer.status >= 400 && answer.status < 500)) await caches.delete(PAGE);
  else if (answer.ok && asked === turn) await keep(url.pathname, answer.clone());
  return answer;
};

const later = (answer) => new Promise((resolve) => setTimeout(() => resolve(answer), PATIENCE_MS));

const reviewPage = async (request, url) => {
  const kept = async () => (await caches.open(PAGE)).match(url.pathname);
  const coming = fresh(request, url);
  coming.catch(() => {});
  try {
    const answer = (await Promise.race([coming, later(null)])) ?? (await kept()) ?? (await coming);
    return answer.status < 500 ? answer : ((await kept()) ?? answer);
  } catch (error) {
    const answer = await kept();
    if (answer) return answer;
    throw error;
  }
};

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (CHANGES_PERSON.test(url.pathname) && (request.method !== "GET" || request.mode === "navigate")) {
    turn += 1;
    event.waitUntil(caches.delete(PAGE));
  } else if (request.method !== "GET") {
    return;
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(staticFile(request, url));
  } else if (request.mode === "navigate" && REVIEW.test(url.pathname)) {
    event.respondWith(reviewPage(request, url));
  }
});
