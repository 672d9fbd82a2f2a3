// A form that is sent without the network ends on the browser's own page, from which a tablet has no way back:
// the server is asked first whether it is there.

const TIMEOUT_MS = 10_000;
const MOMENT_MS = 400; // as in waiting.js, which hears of no such form
const bar = document.querySelector("[data-waiting]");
const note = document.querySelector("[data-unreachable]");
const { offline } = document.querySelector("[data-badge-form]").dataset;

const say = (words) => {
  note.textContent = words;
  note.parentElement.hidden = !words;
};

const send = async (form) => {
  const slow = setTimeout(() => { bar.hidden = false; }, MOMENT_MS);
  try {
    await fetch("/api/v1/station", { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) });
    form.submit();
  } catch {
    clearTimeout(slow);
    bar.hidden = true;
    form.reset(); // it can be sent again
    say(offline);
  }
};

for (const form of document.querySelectorAll("[data-pin-pad], [data-badge-form]")) {
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    event.preventDefault();
    send(form);
  });
}
