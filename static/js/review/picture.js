// One picture, fetched and decoded ahead of time, so that showing it costs nothing.

export class PictureFailed extends Error {}

const STALLED_MS = 15_000; // without a byte; a picture may come as slowly as it must

const download = async (url) => {
  const giveUp = new AbortController();
  let timer;
  const waitOn = () => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp.abort(), STALLED_MS);
  };
  waitOn();
  try {
    const answer = await fetch(url, { credentials: "same-origin", signal: giveUp.signal });
    if (!answer.ok) throw new PictureFailed(String(answer.status));
    const parts = [];
    const reader = answer.body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      waitOn();
    }
    return new Blob(parts, { type: answer.headers.get("Content-Type") ?? "" });
  } finally {
    clearTimeout(timer);
  }
};

/**
 * Fetches, or takes the blob that is here already, and decodes; answers {image: HTMLImageElement, blob,
 * release()}. Raises PictureFailed.
 */
export const fetchPicture = async (url, kept) => {
  let address;
  try {
    const blob = kept ?? (await download(url));
    address = URL.createObjectURL(blob);
    const image = new Image();
    image.alt = "";
    image.draggable = false;
    image.src = address;
    await image.decode();
    return { image, blob, release: () => URL.revokeObjectURL(address) };
  } catch (error) {
    if (address) URL.revokeObjectURL(address);
    throw new PictureFailed(error.message);
  }
};

/** Resolves once what is in the document now has been painted. */
export const painted = () =>
  new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
  });

const AT_MOST_MS = 500; // a page that is not seen paints nothing, and a busy one is never idle

/** Resolves when the page has painted what a hand has asked for and rests: for work that nobody waits for. */
export const rested = () =>
  new Promise((resolve) => {
    setTimeout(resolve, AT_MOST_MS);
    painted().then(() => (globalThis.requestIdleCallback ?? setTimeout)(resolve));
  });
