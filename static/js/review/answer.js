// The one answer that ends a picture: OK while nothing is marked, else Submit with the signs of what is.

import { find } from "./boot.js";
import { element, signOf } from "./drawing.js";
import { markOf, marked } from "./marks.js";

const MOST_SIGNS = 8;
const ok = document.querySelector("[data-act=ok]");
const submit = document.querySelector("[data-act=submit]");

const signs = (codes, doubts, standard) => {
  const places = new Map(standard.defect_types.map((type, index) => [type.code, signOf(type, index)]));
  const shown = codes.slice(0, MOST_SIGNS).map((code) => places.get(code) + (doubts.includes(code) ? "?" : ""));
  if (codes.length > MOST_SIGNS) shown.push(`+${codes.length - MOST_SIGNS}`);
  return shown.flatMap((sign) => [element("span", "", sign), " "]);
};

/** `standard` holds everything that can be marked, or is null before the first picture. */
export const showAnswer = (state, standard, { usable }) => {
  const codes = standard ? marked(state, standard) : [];
  const doubts = codes.filter((code) => markOf(state, code).verdict === "unsure");
  const onlyDoubt = doubts.length === codes.length;
  ok.hidden = codes.length > 0;
  submit.hidden = codes.length === 0;
  ok.disabled = submit.disabled = !usable;
  submit.classList.toggle("doubt", onlyDoubt);
  find("submit-sign").classList.toggle("icon-question", onlyDoubt);
  find("submit-sign").classList.toggle("icon-cross", !onlyDoubt);
  find("marked").replaceChildren(...(codes.length ? signs(codes, doubts, standard) : []));
};
