// The buttons of the answer: OK until something is marked, then Submit with the letters of what is; and Undo.

import { find, text, write } from "./boot.js";
import { letter } from "./drawing.js";
import * as marks from "./marks.js";

const button = (act) => document.querySelector(`#content [data-act=${act}]`);
const ok = button("ok");
const submit = button("submit");
const undo = button("undo");

/** `standard` with the notes for something else, or null while there is no picture. */
export const showAnswer = (state, standard, { usable }) => {
  const codes = standard ? marks.marked(state, standard) : [];
  ok.hidden = codes.length > 0;
  submit.hidden = codes.length === 0;
  ok.disabled = submit.disabled = !usable;
  const doubts = codes.filter((code) => marks.markOf(state, code).verdict === "unsure");
  const onlyDoubt = doubts.length === codes.length;
  submit.classList.toggle("doubt", onlyDoubt);
  find("submit-sign").classList.toggle("icon-question", onlyDoubt);
  find("submit-sign").classList.toggle("icon-cross", !onlyDoubt);
  const known = standard?.defect_types.map(({ code }) => code);
  const letters = codes.map((code) => letter(known.indexOf(code)) + (doubts.includes(code) ? "?" : ""));
  write(find("marked"), letters.join(" "));
};

/** Undo takes back a step on this picture if there is one `here`, else the last submit, `last_s` more seconds. */
export const showUndoButton = ({ here, last_s }) => {
  const seconds = here ? 0 : last_s;
  undo.disabled = !here && seconds === 0;
  undo.classList.toggle("last", seconds > 0);
  const label = find("undo-last");
  label.hidden = seconds === 0;
  write(label, text("undo_last", { seconds }));
};
