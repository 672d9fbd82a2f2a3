// What only this open page has would be lost with it: somebody is asked, in the page's own words, before it goes.
// And without the network it stays.

import { boot, find, text } from "./boot.js";
import { dialog, open, shutDialogs } from "./dialogs.js";
import { say } from "./messages.js";
import { reach } from "../reach.js";

let through = false; // the server has answered

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
  const leave = (event, go, instead) => {
    if (event.defaultPrevented || through) return;
    const stay = () => {
      shutDialogs();
      say(text("claim_failed"));
      outbox.abandoned = false;
      if (instead) instead.click();
    };
    const pass = () => {
      through = true; // what is clicked and sent now is heard here once more
      go();
      through = false;
    };
    ask(event, () => reach(pass, stay));
    if (event.defaultPrevented) return;
    event.preventDefault();
    reach(pass, stay);
  };
  document.body.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]:not([target], [href^='#'])");
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey;
    if (link && !elsewhere) leave(event, () => link.click());
  });
  document.body.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    const out = target.getAttribute("action") === "/sign-out"; // a shared tablet can lock at least
    leave(event, () => target.requestSubmit(submitter), out && document.querySelector("[data-switch-person]"));
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
