// The page's dialogs, of which one at most is open.

const page = document.getElementById("content");

export const dialog = (name) => page.querySelector(`[data-dialog=${name}]`);

export const shutDialogs = () => {
  for (const each of page.querySelectorAll("dialog[open]")) each.close();
};

/** Closes what asks about the picture on the stage: a tap there must not be said of the next one. */
export const shutQuestions = () => {
  for (const name of ["unusable", "else"]) if (dialog(name).open) dialog(name).close();
};

export const open = (name) => {
  shutDialogs();
  dialog(name).showModal();
};
