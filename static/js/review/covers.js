// What stands where the picture would be: still loading, nothing left, or why there is none.

import { find, text } from "./boot.js";
import { ClaimRefused } from "./supply.js";

const COVERS = ["loading", "empty", "trouble"];
const page = document.getElementById("content");
const stage = find("stage");

const show = (name) => {
  for (const each of COVERS) find(each).hidden = each !== name;
  page.dataset.state = name ?? "judging";
};

// The answered picture must not stay in view: somebody would judge it twice.
const cover = (name) => {
  delete stage.dataset.painted;
  stage.querySelector("[data-picture]").replaceChildren();
  find("overlay").replaceChildren();
  show(name);
};

export const uncover = () => show(null);

export const showLoading = () => cover("loading");

/** Nothing is left to judge; how many answers are still on this tablet only. */
export const showEmpty = (unsent) => {
  cover("empty");
  showUnsent(unsent);
};

export const showUnsent = (unsent) => {
  const line = find("empty-unsent");
  line.hidden = unsent === 0;
  line.textContent = text("unsent_here", { n: unsent });
};

/** Why there is no picture, and what to do: the error, and whether its assignment was there. */
export const showTrouble = (error, hadItem) => {
  cover("trouble");
  const refused = error instanceof ClaimRefused;
  if (refused && error.status === 401) find("trouble-text").textContent = text("signed_out");
  else if (refused && error.status === 404) find("trouble-text").textContent = text("no_project"); // taken out of it
  else if (refused) find("trouble-text").textContent = text("claim_refused", { status: error.status });
  else find("trouble-text").textContent = text(hadItem ? "load_failed" : "claim_failed");
};
