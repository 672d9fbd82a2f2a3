// On paper nobody unfolds anything: what is folded on the page is printed open, unless it is nothing but a form.
// Not by style alone: browsers of last year do not let a style open what is folded.

const FOLDED = "details:not([open]):is(:not(:has(form)), :has(table, svg, ul))";
let opened = [];

addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(FOLDED)];
  for (const fold of opened) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
  opened = [];
});
