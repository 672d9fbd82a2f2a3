// What lies on this tablet: looked at, tried again, saved to a file.

import { dialog, open } from "./dialogs.js";
import { fillTray } from "./messages.js";
import { saveToFile } from "./rescue.js";

/** Buttons of the tray and of the warning that the tablet stores nothing, by their data-act. */
export const trayActs = (outbox) => ({
  tray: () => {
    fillTray(outbox);
    open("tray");
  },
  "tray-save": () => saveToFile(outbox),
  "tray-retry": () => {
    dialog("tray").close();
    outbox.retryTray();
  },
  "unstored-go-on": () => {
    dialog("unstored").close();
    outbox.allowMore();
  },
});
