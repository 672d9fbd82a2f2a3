// What this station has chosen (theme, mode, hand, pen): on the root element now, and kept for the next page.

/** Chooses and tells the document as "labeler:switched". */
export const choose = (name, value) => {
  document.documentElement.dataset[name] = value;
  try {
    localStorage.setItem(`labeler.${name}`, value);
  } catch {
    // The choice still holds for this page.
  }
  document.dispatchEvent(new CustomEvent("labeler:switched", { detail: { name, value } }));
};
