"""Regions seen through a window: work grows with the defect, not with the picture."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labeler.core.masks import bounding_box, from_rle, rasterise, runs_of, to_mask
from labeler.core.regions import Box, Mask, Polygon, Region


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `top` ≤ r < `bottom` and columns `left` ≤ c < `right` of a picture."""

    left: int
    top: int
    right: int
    bottom: int


def window_around(region: Region, height_px: int, width_px: int, ring_px: int = 0) -> Window:
    """The window that holds all of a region and `ring_px` around it, inside the picture."""
    box = bounding_box(region)
    return Window(
        max(math.floor(box.x) - ring_px, 0),
        max(math.floor(box.y) - ring_px, 0),
        min(math.ceil(box.x + box.width) + ring_px, width_px),
        min(math.ceil(box.y + box.height) + ring_px, height_px),
    )


def marked_in(region: Region, window: Window) -> npt.NDArray[np.bool_]:
    """The region's pixels in a window that holds all of it, as `rasterise` gives them."""
    height, width = window.bottom - window.top, window.right - window.left
    if isinstance(region, Mask):
        return _mask_in(region, window, height, width)
    if isinstance(region, Box):
        moved: Region = Box(
            region.x - window.left, region.y - window.top, region.width, region.height
        )
    else:
        moved = Polygon(tuple((x - window.left, y - window.top) for x, y in region.points))
    return rasterise(moved, height, width)


def _mask_in(mask: Mask, window: Window, height: int, width: int) -> npt.NDArray[np.bool_]:
    runs = runs_of(mask, mask.height, mask.width)
    columns, past_columns = runs[:, 0] // mask.height, (runs[:, 1] - 1) // mask.height
    if (columns != past_columns).any():  # a run goes on in the next column
        whole = from_rle(mask)[window.top : window.bottom, window.left : window.right]
        return np.ascontiguousarray(whole)
    moved = runs - (columns * mask.height)[:, None] - window.top
    return rasterise(
        to_mask(moved + ((columns - window.left) * height)[:, None], height, width), height, width
    )
