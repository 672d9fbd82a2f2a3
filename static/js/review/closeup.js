// Looking closely at the picture on the stage: tiles when it is zoomed, a window of values where it has 16 bits.

import { Tiles } from "./tiles.js";
import { viewport } from "./viewport.js";
import { ValueWindow } from "./window.js";

const layer = document.querySelector("[data-picture]");
const tiles = new Tiles(viewport, layer.parentElement);
const values = new ValueWindow(layer, (query) => tiles.setWindow(query));

/** `image` as the assignment describes it, `preview` its picture, which is on the stage. */
export const lookClosely = (image, preview) => {
  tiles.show(image, preview.naturalWidth);
  values.show(image);
};

/** The picture has left the stage. */
export const lookAway = () => {
  tiles.clear();
  values.hide();
};
