// The limit: a tap swaps two pictures that were fetched and decoded before.

const stage = document.querySelector("[data-stage]");
const addresses = [0, 1].map((number) => `/picture/${number}`);
const pictures = await Promise.all(
  addresses.map(async (address) => {
    const image = new Image();
    image.src = URL.createObjectURL(await (await fetch(address)).blob());
    await image.decode();
    return image;
  }),
);
let turn = 0;

const show = () => {
  stage.replaceChildren(pictures[turn % 2]);
  requestAnimationFrame(() => requestAnimationFrame(() => (stage.dataset.painted = String(turn))));
};

document.querySelector("[data-act=ok]").addEventListener("pointerup", () => {
  turn += 1;
  show();
});
show();
