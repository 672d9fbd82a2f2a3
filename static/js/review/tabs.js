// What the tabs of one browser tell each other. Nothing depends on it: a tab that hears nothing looks by itself.

const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("labeler-review") : null;

/** Tells every other tab; `about` says what, the rest is data. */
export const tellTabs = (about, detail = {}) => channel?.postMessage({ about, ...detail });

/** `hears` maps what is told to what to do with it. */
export const hearTabs = (hears) =>
  channel?.addEventListener("message", ({ data }) => hears[data.about]?.(data));
