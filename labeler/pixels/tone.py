"""How the values of a 16-bit picture are spread, for a person who sets black and white."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from labeler.pixels.decode import Pixels
from labeler.pixels.preview import Window, default_window, even_sample

BINS = 64


@dataclass(frozen=True, slots=True)
class Tone:
    """The values of a picture; `window` is shown when nobody chose one.

    `counts` are `BINS` equal bins from `lowest` to `highest`, of an even sample of the pixels.
    """

    window: Window
    lowest: int
    highest: int
    counts: tuple[int, ...]

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "window": [self.window.low, self.window.high],
            "range": [self.lowest, self.highest],
            "counts": list(self.counts),
        }


def tone_of(pixels: Pixels) -> Tone:
    """Measure a 16-bit picture."""
    lowest, highest = int(pixels.min()), int(pixels.max())
    counts, _ = np.histogram(even_sample(pixels), BINS, (lowest, max(highest, lowest + 1)))
    return Tone(default_window(pixels), lowest, highest, tuple(int(n) for n in counts))


def parse_tone(document: object) -> Tone:
    """Check what a child or a file says. Raises `ValueError`."""
    told = document if isinstance(document, Mapping) else {}
    low, high = _numbers(told.get("window"), 2)
    lowest, highest = _numbers(told.get("range"), 2)
    if not low < high or not lowest <= highest:
        raise ValueError("ends in the wrong order")
    return Tone(Window(low, high), lowest, highest, _numbers(told.get("counts"), BINS))


def _numbers(value: object, count: int) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) != count:
        raise ValueError(f"not {count} numbers")
    if not all(type(number) is int and 0 <= number < 2**32 for number in value):
        raise ValueError("a number out of range")
    return tuple(value)
