// A page that is on its way for longer than a moment says so: a large project's figures can take seconds the first time.

const MOMENT_MS = 400;
// What is stored as a file leaves the page where it is.
const FILE = /\.\w+$|\/download$/;
const bar = document.querySelector("[data-waiting]");
let timer = 0;

const wait = () => {
  clearTimeout(timer);
  timer = setTimeout(() => { bar.hidden = false; }, MOMENT_MS);
};

const leads = (link) =>
  link.origin === location.origin &&
  !link.target &&
  !link.hasAttribute("download") &&
  !FILE.test(link.pathname) &&
  !(link.hash && link.pathname === location.pathname && link.search === location.search);

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const elsewhere = event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
  if (link && !elsewhere && !event.defaultPrevented && leads(link)) wait();
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) wait();
});
// A page that comes back from the browser's memory waits for nothing.
addEventListener("pageshow", () => {
  clearTimeout(timer);
  bar.hidden = true;
});
