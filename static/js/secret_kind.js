// Shows the PIN for reviewers and the password for everybody else; without this script both are there.

const show = (form) => {
  const wanted = form.elements.role.value === "reviewer" ? "pin" : "password";
  for (const field of form.querySelectorAll("[data-secret]")) {
    const isWanted = field.dataset.secret === wanted;
    field.hidden = !isWanted;
    field.querySelector("input").required = isWanted;
  }
};

const bindAll = () => {
  for (const form of document.querySelectorAll("[data-secret-kind]")) show(form);
};

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("[data-secret-kind]");
  if (form) show(form);
});
document.addEventListener("htmx:afterSwap", bindAll);
bindAll();
