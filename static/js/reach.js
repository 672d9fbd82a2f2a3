// A page that is left without the network ends on the browser's own page, from which a tablet has no way back: the
// server is asked first whether it is there.

const TIMEOUT_MS = 10_000;
const MOMENT_MS = 400; // as in waiting.js, which hears of nothing before the server has answered

/** `go()` once the server has answered, else `stay()`. What takes longer than a moment shows itself. */
export const reach = async (go, stay) => {
  const bar = document.querySelector("[data-waiting]");
  const slow = setTimeout(() => { bar.hidden = false; }, MOMENT_MS);
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    clearTimeout(slow);
    bar.hidden = true;
    stay();
    return;
  }
  go(); // and the next page may be slow, too
};
