// The limit: a tap swaps two pictures that were fetched and decoded before, and two fingers move one by its transform.

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

const fingers = new Map();
let frame = 0;
let place = { scale: 1, x: 0 };

const follow = () => {
  frame = 0;
  stage.style.transform = `matrix(${place.scale}, 0, 0, ${place.scale}, ${place.x}, 0)`;
};

stage.addEventListener("pointerdown", ({ pointerId, clientX }) => {
  fingers.set(pointerId, clientX);
  stage.style.willChange = "transform";
});
stage.addEventListener("pointermove", ({ pointerId, clientX }) => {
  fingers.set(pointerId, clientX);
  const [a, b] = fingers.values();
  if (b === undefined) return;
  place = { scale: Math.abs(a - b) / 60, x: (a + b) / 2 - innerWidth / 2 };
  frame ||= requestAnimationFrame(follow);
});
stage.addEventListener("pointerup", ({ pointerId }) => fingers.delete(pointerId));
