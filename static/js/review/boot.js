// What the server wrote into the page: project, standards, translated texts.

export const boot = JSON.parse(document.getElementById("review-boot").textContent);

/** The translated text for a key, with {name} placeholders filled. */
export const text = (key, values = {}) =>
  boot.texts[key].replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** A name in the page's language, else English, else the fallback. */
export const nameIn = (names, fallback) => names?.[boot.language] || names?.en || fallback;

/** Sets the words of an element; those that stand there already are left, for a text written anew is laid out anew. */
export const write = (node, words) => {
  if (node.textContent !== words) node.textContent = words;
};

export const find = (name) => document.querySelector(`[data-${name}]`);
