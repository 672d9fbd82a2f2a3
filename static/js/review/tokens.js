// Sizes that CSS decides and the drawing needs, in CSS px.

// Browsers that do not know @property give the sum instead of its result.
const WITHOUT = { "--handle-drawn": 32, "--handle-hit": 96 };

export const token_px = (name) =>
  Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue(name)) || WITHOUT[name];
