// Small SVG drawings: the sign of a defect type, the same on its button and on the picture.

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = 8;

export const svg = (name, attributes = {}, ...children) => {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};

/** A, B, … Z, AA, AB, … */
export const letter = (index) =>
  (index >= 26 ? letter(Math.floor(index / 26) - 1) : "") + String.fromCharCode(65 + (index % 26));

/** What stands for a mark: a sign of its own, else the letter of its place in the book. */
export const signOf = ({ sign }, index) => sign ?? letter(index);

/** Colour and dash repeat after eight, but not the same pair: the dash moves on by three each round. */
export const lineClass = (index) => {
  const round = Math.floor(index / COLOURS);
  return `line hue-${index % COLOURS} dash-${(index + 3 * round) % COLOURS}`;
};

export const badge = (index) => {
  const frame = (kind) => svg("rect", { class: kind, x: 4, y: 4, width: 36, height: 36, rx: 4 });
  return svg(
    "svg",
    { class: "type-letter", viewBox: "0 0 44 44", "aria-hidden": "true" },
    frame("face"),
    frame("case-dark"),
    frame("case-light"),
    frame(lineClass(index)),
    svg("text", { x: 22, y: 23 }, letter(index)),
  );
};

export const icon = (name, extra = "") => {
  const node = document.createElement("span");
  node.className = `icon icon-${name} ${extra}`.trim();
  node.setAttribute("aria-hidden", "true");
  return node;
};

export const element = (name, className, ...children) => {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
};

/** A severity as rising bars, `full` of `count`. */
export const stepMarks = (full, count) =>
  element("span", "step-marks", ...Array.from({ length: count }, (_, i) => element("i", i < full ? "full" : "")));
