// Looking closely at the picture on the stage: tiles when it is zoomed, a window of values where it has 16 bits.
// Both are fetched when a picture first needs them: most are seen whole, and have 8 bits.

import { viewport } from "./viewport.js";

const layer = document.querySelector("[data-picture]");
let onStage = null; // {image, preview}
let tiles = null;
let values = null;
let query = ""; // the window of values that is chosen

/** Calls `act(made)` once `made()` has loaded, unless another picture has come; off the network the preview stays. */
const once = async (made, act) => {
  const mine = onStage;
  const loaded = await made().catch(() => null);
  if (loaded && mine === onStage) act(loaded);
};

const tilesMade = async () => {
  const { Tiles } = await import("./tiles.js");
  tiles ??= new Tiles(viewport, layer.parentElement);
  return tiles;
};

const valuesMade = async () => {
  const { ValueWindow } = await import("./window.js");
  values ??= new ValueWindow(layer, (chosen) => {
    query = chosen;
    tiles?.setWindow(query);
  });
  return values;
};

const showTiles = () =>
  once(tilesMade, (made) => {
    made.show(onStage.image, onStage.preview.naturalWidth);
    made.setWindow(query);
  });

/** `image` as the assignment describes it, `preview` its picture, which is on the stage. */
export const lookClosely = (image, preview) => {
  onStage = { image, preview, closely: tiles !== null };
  query = "";
  if (tiles) showTiles();
  if (image.bits === 16) once(valuesMade, (made) => made.show(image));
};

/** The tiles that are there of a part of the image on the stage, as tiles.js describes them. */
export const piecesOf = (part) => tiles?.pieces(part) ?? [];

/** The picture has left the stage. */
export const lookAway = () => {
  onStage = null;
  tiles?.clear();
  values?.hide();
};

viewport.addEventListener("change", () => {
  if (!onStage || onStage.closely || viewport.zoom <= 1) return;
  const mine = onStage;
  mine.closely = true;
  setTimeout(() => mine === onStage && showTiles()); // the frame that begins to zoom does not wait for the loading
});
