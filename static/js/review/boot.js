// What the server wrote into the page: project, standards, translated texts.

export const boot = JSON.parse(document.getElementById("review-boot").textContent);

/** The translated text for a key, with {name} placeholders filled. */
export const text = (key, values = {}) =>
  boot.texts[key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** A name in the page's language, else English, else the fallback. */
export const nameIn = (names, fallback) => names?.[boot.language] || names?.en || fallback;

export const find = (name) => document.querySelector(`[data-${name}]`);
