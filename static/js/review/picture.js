// One picture, fetched and decoded ahead of time, so that showing it costs nothing.

export class PictureFailed extends Error {}

/** Fetches and decodes; answers {image: HTMLImageElement, release()}. Raises PictureFailed. */
export const fetchPicture = async (url) => {
  let address;
  try {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (!answer.ok) throw new PictureFailed(String(answer.status));
    address = URL.createObjectURL(await answer.blob());
    const image = new Image();
    image.alt = "";
    image.draggable = false;
    image.src = address;
    await image.decode();
    return { image, release: () => URL.revokeObjectURL(address) };
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
