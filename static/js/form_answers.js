// A refused form comes back as a fragment with its reason and a 4xx status: show it like any other answer.

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  const isFragment = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/html");
  if (xhr.status >= 400 && isFragment) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// The reader hears and sees what changed: messages of the new fragment are brought into view.
document.addEventListener("htmx:afterSwap", (event) => {
  const said = document.getElementById(event.detail.target.id)?.querySelector(".message, .made");
  said?.scrollIntoView({ block: "nearest" });
});
