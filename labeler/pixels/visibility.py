"""Can a defect still be seen in a variant? Area, and contrast against its surroundings."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from labeler.core.masks import area
from labeler.core.regions import Region
from labeler.pixels.decode import Pixels
from labeler.pixels.windows import marked_in, window_around

MIN_AREA_SHARE = 0.4
MIN_AREA_PX2 = 16
MIN_CONTRAST_SHARE = 0.5
_MEASURABLE = 2.0  # gray levels of 255; below, there is no contrast to lose
_RING_PX = 6


def hidden(
    before: Sequence[tuple[Region, float]],
    after: Sequence[Region | None],
    pixels: Pixels | None,
    zoom: float,
) -> str | None:
    """Why a variant hides a defect: `area`, `size` or `contrast`; None if all are in sight.

    `before` are regions with their contrast in the unchanged picture, `after` where they went,
    `pixels` the variant (None if neither tone nor light nor noise touched it), `zoom` how much
    a length grew. A defect that was small or faint to begin with needs only to stay so.
    """
    for (region, contrast_before), moved in zip(before, after, strict=True):
        if moved is None:
            return "area"
        whole, left = area(region), area(moved)
        if left < MIN_AREA_SHARE * whole * zoom**2:
            return "area"
        if left < min(MIN_AREA_PX2, whole):
            return "size"
        faded = pixels is not None and contrast_before >= _MEASURABLE
        if faded and contrast(pixels, moved) < MIN_CONTRAST_SHARE * contrast_before:
            return "contrast"
    return None


def contrast(pixels: Pixels | None, region: Region) -> float:
    """How a region stands out, in gray levels of 255.

    The difference of the means inside and in a ring around it plus that of the standard
    deviations: a stain shows in the first, a rough patch in the second. 0 where there is no
    inside or no ring. `pixels` is gray, or blue, green, red.
    """
    if pixels is None:
        return 0.0
    window = window_around(region, pixels.shape[0], pixels.shape[1], _RING_PX)
    piece: Any = np.ascontiguousarray(
        pixels[window.top : window.bottom, window.left : window.right]
    )
    gray: Any = cv2.cvtColor(piece, cv2.COLOR_BGR2GRAY) if piece.ndim == 3 else piece
    marked = marked_in(region, window)
    if marked.all() or not marked.any():
        return 0.0
    mean, spread = cv2.meanStdDev(gray, mask=marked.view(np.uint8))
    mean_around, spread_around = cv2.meanStdDev(gray, mask=(~marked).view(np.uint8))
    found = abs(mean - mean_around) + abs(spread - spread_around)
    levels = 65_535 if pixels.dtype == np.uint16 else 255
    return float(found.item()) * 255 / levels
