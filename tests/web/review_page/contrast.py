"""Contrast of text as it is on the screen: from a screenshot, never asked of the page."""

import io
from dataclasses import dataclass

import numpy as np
import PIL.Image
from playwright.sync_api import Page

TEXT, VERDICT = 7, 10  # what is asked for, in the light theme

_FEWEST = 4  # device pixels that make a colour more than a speck
_CORE = 0.75  # of the strongest contrast: what counts as the letters' own colour, not their edges

# Every line of text that can be seen and is not behind something else, with what it belongs to.
# Text in the drawing over the picture is cased black and white on purpose and measured elsewhere.
LINES = """() => {
  const verdict = ".ok, .ng, .doubt, [data-verdict=present], [data-verdict=unsure], .step[aria-pressed=true], .unsure[aria-pressed=true], .extra-else[aria-pressed=true]";
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = node.textContent.trim();
    const owner = node.parentElement;
    if (!words || owner.closest("script, style, select, .stage-overlay, [inert], .visually-hidden")) continue;
    if (!owner.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, top, width, height } of range.getClientRects()) {
      if (width < 4 || height < 6) continue;
      if (left < 0 || top < 0 || left + width > innerWidth || top + height > innerHeight) continue;
      const inside = (share) => {
        const hit = document.elementFromPoint(left + width * share, top + height / 2);
        return hit && (owner.contains(hit) || hit.contains(owner));
      };
      // What is said over the picture lets touches through, and so is hit by none.
      const through = getComputedStyle(owner).pointerEvents === "none" &&
        !document.querySelector("dialog[open]") && !owner.closest(".stage.drawing .stage-tools");
      if (!through && ![0.1, 0.5, 0.9].every(inside)) continue;
      const scroller = owner.closest(".dialog-body, .defect-book-text, dialog");
      const bounds = scroller?.getBoundingClientRect();
      if (bounds && (top < bounds.top || top + height > bounds.bottom)) continue;
      found.push({
        words, left, top, width, height, verdict: Boolean(owner.closest(verdict)) && !owner.closest(":disabled"),
        size_px: parseFloat(getComputedStyle(owner).fontSize),
      });
    }
  }
  return found;
}"""  # noqa: E501  it is JavaScript


@dataclass(frozen=True)
class Line:
    """A line of text with the two colours that its pixels have."""

    words: str
    verdict: bool
    size_px: float
    ink: tuple[int, int, int]
    ground: tuple[int, int, int]

    @property
    def contrast(self) -> float:
        """WCAG 2.2: (L1 + 0.05) / (L2 + 0.05), the lighter first; 1 to 21."""
        return float(contrasts(np.array([self.ink]), np.array(self.ground))[0])

    def __str__(self) -> str:
        return f"{self.words!r} {self.ink} on {self.ground}: {self.contrast:.1f}"


def luminances(colours: np.ndarray) -> np.ndarray:
    """Relative luminance (WCAG 2.2) of sRGB colours, 0…255 in the last axis."""
    parts = colours / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrasts(colours: np.ndarray, ground: np.ndarray) -> np.ndarray:
    """The contrast of each colour with the ground."""
    one, other = luminances(colours), luminances(ground)
    return (np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)


def two_colours(pixels: np.ndarray) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """(ink, ground) of a box with one line of text.

    The ground is the colour of most pixels; the ink is the commonest of those that stand out
    from it nearly as much as any: the cores of the strokes, not their smooth edges.
    """
    packed = pixels.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    values, counts = np.unique(packed, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)
    ground = colours[counts.argmax()]
    enough = counts >= _FEWEST
    colours, counts = colours[enough], counts[enough]
    strength = contrasts(colours.astype(float), ground.astype(float))
    core = strength >= 1 + (strength.max() - 1) * _CORE
    ink = colours[core][counts[core].argmax()]
    return tuple(map(int, ink)), tuple(map(int, ground))  # type: ignore[return-value]


def lines_of(page: Page) -> list[Line]:
    """Every line of text in view, from a screenshot with two device pixels per CSS px."""
    places, scale = page.evaluate(f"() => [({LINES})(), devicePixelRatio]")
    assert scale >= 2, "thin strokes have no pixel of their own colour"
    shot = PIL.Image.open(io.BytesIO(page.screenshot()))
    screen = np.asarray(shot.convert("RGB"))
    found = []
    for place in places:
        left, top = round(place["left"] * scale), round(place["top"] * scale)
        right = round((place["left"] + place["width"]) * scale)
        bottom = round((place["top"] + place["height"]) * scale)
        ink, ground = two_colours(screen[top:bottom, left:right])
        found.append(Line(place["words"], place["verdict"], place["size_px"], ink, ground))
    return found


def faint(lines: list[Line]) -> list[str]:
    """What is hard to read in glare."""
    return [str(line) for line in lines if line.contrast < (VERDICT if line.verdict else TEXT)]
