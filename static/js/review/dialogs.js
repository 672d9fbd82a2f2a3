// The page's dialogs, of which one at most is open.

const page = document.getElementById("content");

export const dialog = (name) => page.querySelector(`[data-dialog=${name}]`);

export const shutDialogs = () => {
  for (const each of page.querySelectorAll("dialog[open]")) each.close();
};

export const open = (name) => {
  shutDialogs();
  dialog(name).showModal();
};
