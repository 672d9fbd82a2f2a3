// A tablet's PIN pad and badge form are sent when the server is there; without it they can be sent again.

import { reach } from "./reach.js";

const note = document.querySelector("[data-unreachable]");
const { offline } = document.querySelector("[data-badge-form]").dataset;

const say = (words) => {
  note.textContent = words;
  note.parentElement.hidden = !words;
};

const send = (form) =>
  reach(
    () => form.submit(),
    () => {
      form.reset(); // it can be sent again
      say(offline);
    },
  );

for (const form of document.querySelectorAll("[data-pin-pad], [data-badge-form]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    send(form);
  });
}
