// The defect book beside the picture: definition, limit and examples of one defect type, in the reader's language.

import { boot, find, nameIn, text } from "./boot.js";
import { badge, element } from "./drawing.js";

const ORDER = ["typical", "borderline", "counter"];
const book = find("book");
const open = document.querySelector("[data-act=book]");
let standard = null;
let index = 0;

export const exampleUrl = (sha256, width) =>
  `${boot.api}/projects/${encodeURIComponent(boot.project)}/examples/${sha256}?width=${width}`;

export const bookIsOpen = () => !book.hidden;

const picture = ({ kind, image, note }) => {
  const words = nameIn(note, "");
  const img = element("img", "");
  img.src = exampleUrl(image, 640);
  img.alt = words || text(`example_${kind}`);
  img.loading = "lazy";
  const figure = element("figure", `example ${kind}`, img, element("figcaption", "", element("b", "", text(`example_${kind}`)), words && ` ${words}`));
  return figure;
};

const facts = (type) => {
  const limit = nameIn(type.limit, "");
  const steps = (type.severity ?? []).map((level) => element("li", "", nameIn(level.name, level.code)));
  return [
    element("p", "defect-book-definition", nameIn(type.definition, text("no_definition"))),
    limit && element("p", "defect-book-limit", element("b", "", text("limit")), ` ${limit}`),
    steps.length ? element("ol", "defect-book-steps", ...steps) : "",
  ].filter(Boolean);
};

const show = () => {
  const type = standard.defect_types[index];
  const examples = [...(type.examples ?? [])].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  find("book-title").replaceChildren(badge(index), nameIn(type.name, type.code));
  find("book-text").replaceChildren(...facts(type), ...examples.map(picture));
  find("book-text").scrollTop = 0;
};

// What lies under the book cannot be tapped through it, nor reached by the keyboard.
const cover = (covered) => {
  for (const node of book.parentElement.children) {
    if (node !== book && !node.matches(".stage, dialog, script")) node.inert = covered;
  }
  open.setAttribute("aria-expanded", String(covered));
};

/** Opens at a defect type, the first one without `code`. */
export const openBook = (document_, code) => {
  standard = document_;
  index = Math.max(0, standard.defect_types.findIndex((type) => type.code === code));
  book.hidden = false;
  cover(true);
  show();
  book.focus({ preventScroll: true });
};

export const closeBook = () => {
  if (book.hidden) return;
  book.hidden = true;
  cover(false);
  open.focus({ preventScroll: true });
};

/** The next defect type, or with -1 the one before. */
export const turnPage = (step) => {
  index = (index + step + standard.defect_types.length) % standard.defect_types.length;
  show();
};

book.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") closeBook();
  else if (key === "ArrowRight") turnPage(1);
  else if (key === "ArrowLeft") turnPage(-1);
});
