// On the sign-in page of an enrolled tablet: a scanned badge is sent as if somebody had typed it into the form.

import { onBadge } from "./badge_reader.js";

const form = document.querySelector("[data-badge-form]");
let sent = false;

onBadge((number) => {
  if (sent) return;
  sent = true;
  form.elements.badge.value = number;
  form.requestSubmit();
});
const anew = () => {
  sent = false;
};
form.addEventListener("reset", anew);
addEventListener("pageshow", anew);
