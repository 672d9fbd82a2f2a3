// How large this screen is, as /device has measured it with a bank card.

export const KEY = "labeler.pxPerMm";
export const USUAL = 6.4; // 160 dpi, what the sizes are made for without a measurement

/** CSS px per millimetre as measured, or null where nobody has. */
export const measured = () => {
  try {
    const kept = Number(localStorage.getItem(KEY));
    return kept > 0 ? kept : null;
  } catch {
    return null; // storage can be locked on a kiosk
  }
};

export const pxPerMm = () => measured() ?? USUAL;

/** What the sizes on this page go by: preferences.js has set it, within its limits. */
export const usedPxPerMm = () => Number(document.documentElement.style.getPropertyValue("--px-per-mm")) || USUAL;
