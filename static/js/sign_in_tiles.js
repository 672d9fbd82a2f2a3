// A glove that rests on a name: a browser takes that for a long press and opens a menu instead of the link.

import { onTap } from "./tap.js";

onTap(document, "a.tile", { act: ({ href }) => location.assign(href) });
document.addEventListener("contextmenu", (event) => event.target.closest?.("a.tile") && event.preventDefault());
