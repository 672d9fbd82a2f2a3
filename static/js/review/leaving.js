// What only this open page has would be lost with it: somebody is asked, in the page's own words, before it goes.

import { boot, find, text } from "./boot.js";
import { dialog, open } from "./dialogs.js";

/** Buttons of the question, by their data-act. "labeler:leaving" {go, stay} on the document asks it too. */
export const askBeforeLeaving = (outbox) => {
  let going = null;
  let staying = null;

  const ask = (event, go, stay = null) => {
    if (!outbox.loose || outbox.abandoned) return;
    event.preventDefault();
    if (!go) return; // nobody is there to answer
    going = go;
    staying = stay;
    const locked = "locked" in document.documentElement.dataset;
    const values = { name: boot.reviewer.name, n: outbox.loose };
    find("leaving-text").textContent = text(locked ? "leaving_other" : "leaving_own", values);
    find("leaving-save").hidden = locked; // what one person said is nothing to the next
    open("leaving");
  };

  document.addEventListener("labeler:leaving", (event) => ask(event, event.detail.go, event.detail.stay));
  dialog("leaving").addEventListener("close", ({ target }) => target.open || staying?.());
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]:not([target])");
    if (link) ask(event, () => location.assign(link.href));
  });
  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    if (!event.defaultPrevented) ask(event, () => target.requestSubmit(submitter));
  });

  return {
    "leaving-go": () => {
      staying = null;
      dialog("leaving").close();
      outbox.abandon();
      going?.();
    },
  };
};
