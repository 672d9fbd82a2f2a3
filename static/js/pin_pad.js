// The PIN pad: large keys type into the field; a keyboard types as it always does. A form's reset empties it.

import { acknowledge, onTap } from "./tap.js";

const KEYS = "[data-digit], [data-erase], [data-enter]";
const BOUNCE_MS = 90; // a glove's second contact with the same key; two wanted taps are further apart

const bind = (form) => {
  const field = form.querySelector("input[name=pin]");
  const enter = form.querySelector("[data-enter]");
  let sent = false;

  const type = (digit) => {
    if (field.value.length < field.maxLength) field.value += digit;
  };
  const erase = () => {
    field.value = field.value.slice(0, -1);
  };

  for (const button of form.querySelectorAll(KEYS)) button.hidden = false;
  onTap(form, KEYS, {
    bounce_ms: BOUNCE_MS,
    act: ({ dataset }) => {
      if (dataset.digit) type(dataset.digit);
      else if ("erase" in dataset) erase();
      else form.requestSubmit();
    },
  });
  // The keys are on the page, so the tablet's own keyboard need not cover them.
  field.inputMode = "none";

  document.addEventListener("keydown", (event) => {
    if (!form.checkVisibility() || event.target === field || event.ctrlKey || event.metaKey || event.altKey) return;
    const elsewhere = event.target.matches?.("button, a, input");
    if (/^[0-9]$/.test(event.key)) type(event.key);
    else if (event.key === "Backspace") erase();
    else if (event.key === "Enter" && !elsewhere) {
      acknowledge(enter);
      form.requestSubmit();
    } else return;
    if (event.key !== "Enter") event.preventDefault();
  });

  // The browser would say it in words of its own, in its own language, too small for a tablet.
  field.addEventListener("invalid", (event) => {
    event.preventDefault();
    const note = form.closest(".pin").querySelector("[data-pin-note]");
    note.textContent = form.dataset.short;
    note.parentElement.hidden = false;
  });
  // One PIN is sent once, however often the key is pressed.
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
    sent = true;
  });
  form.addEventListener("reset", () => {
    sent = false;
  });
  // A page that comes back from the history starts anew; one that is still loading keeps what a quick hand has typed.
  addEventListener("pageshow", (event) => event.persisted && form.reset());
};

for (const form of document.querySelectorAll("[data-pin-pad]")) bind(form);
