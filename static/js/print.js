// On paper nobody unfolds anything: what is folded on the page is printed open, but for forms.
// Not by style alone: browsers of last year do not let a style open what is folded.

const FOLDED = "details:not([open]):not(:has(form))";
let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(FOLDED)];
  for (const fold of opened) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
  opened = [];
});
