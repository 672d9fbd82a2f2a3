// Fills in what this browser can do; a needed ability that is missing is marked so.

const table = document.querySelector("[data-checks]");

const storageOpens = () =>
  new Promise((resolve) => {
    try {
      const asked = indexedDB.open("labeler-check");
      asked.onsuccess = () => {
        asked.result.close();
        indexedDB.deleteDatabase("labeler-check");
        resolve(true);
      };
      asked.onerror = () => resolve(false);
    } catch {
      resolve(false); // some private modes throw at once
    }
  });

const checks = {
  storage: storageOpens,
  random: () => typeof crypto?.getRandomValues === "function",
  pointer: () => "PointerEvent" in window,
  held: async () => Boolean(await navigator.storage?.persisted?.()),
  vibration: () => typeof navigator.vibrate === "function",
  secure: () => location.protocol === "https:",
  worker: () => "serviceWorker" in navigator && isSecureContext,
  touch: () => String(navigator.maxTouchPoints ?? 0),
  screen: () => `${innerWidth} × ${innerHeight}, ${devicePixelRatio}`,
};

const badge = (found, needed) => {
  const shown = document.createElement("span");
  const kind = found ? "done" : needed ? "ng" : "plain";
  shown.className = `badge ${kind}`;
  shown.textContent = found ? table.dataset.yes : needed ? table.dataset.missing : table.dataset.no;
  return shown;
};

for (const row of table.querySelectorAll("[data-check]")) {
  const found = await checks[row.dataset.check]();
  const cell = row.querySelector("td");
  cell.replaceChildren(typeof found === "boolean" ? badge(found, "needed" in row.dataset) : found);
}
