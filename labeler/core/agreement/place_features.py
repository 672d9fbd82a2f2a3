"""What one image adds when two raters' regions of one defect type are compared.

Presence is kept apart: regions are compared only where both raters said present. An image
becomes a row of numbers, rows add up, and every statistic on places is one sum over
another, so that intervals come from the same resampling as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from labeler.core.agreement.values import Floats
from labeler.core.errors import InvalidInput
from labeler.core.masks import Runs, area, marked_by, pixel_count, runs_of
from labeler.core.outlines import apart, box_edges_apart_px, outline
from labeler.core.region_matching import MATCH_IOU, frame_of, match
from labeler.core.regions import Box, Region

# Growing by more than this would match whatever lies in the same corner of a picture.
MOST_GROWN_PX = 50.0
# Where size classes end: the side in px of a square of the region's area. The last has no end.
SIZE_LIMITS_PX = (8, 16, 32, 64, 128)


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    """How regions are compared.

    Regions match from an IoU of `iou` on. What would match if two boxes were first grown by
    `grow_px` on each side is counted beside it (0: not at all), since a pixel matters to a
    small box. Outlines count as the same within `boundary_px`.
    """

    iou: float = MATCH_IOU
    grow_px: float = 2.0
    boundary_px: float = 2.0


def place_settings(
    iou: float = MATCH_IOU, grow_px: float = 2.0, boundary_px: float = 2.0
) -> PlaceSettings:
    """The settings, if they make sense. Raises `InvalidInput`."""
    if not 0 < iou <= 1:
        raise InvalidInput("The IoU from which regions match lies above 0 and is 1 at most.")
    if not (0 <= grow_px <= MOST_GROWN_PX and 0 <= boundary_px <= MOST_GROWN_PX):
        raise InvalidInput(
            "Boxes grow by 0 to {most} pixels, and outlines may differ by as much.",
            most=int(MOST_GROWN_PX),
        )
    return PlaceSettings(iou, grow_px, boundary_px)


class Part(IntEnum):
    """The columns of a row.

    `COMPARED` images where both said present and one at least drew, `ONE_DREW` those of them
    where the other drew nothing. `FIRST` and `SECOND` count the raters' regions on compared
    images, `ALONE` those on images where the other rater said absent. `MATCHED` pairs, `GROWN`
    pairs after growing, `OVERLAP` the sum of the matched pairs' IoU, `APART` that of the px
    between their outlines. `DRAWN` images with a polygon or mask; `DICE`, `UNION` (IoU) and
    `BOUNDARY` (F1) are sums over them, each rater's regions as one. `SIZES` begins the counts
    by size: for each class regions, matched ones, and matched ones after growing.
    """

    COMPARED = 0
    ONE_DREW = 1
    FIRST = 2
    SECOND = 3
    ALONE = 4
    MATCHED = 5
    GROWN = 6
    OVERLAP = 7
    APART = 8
    DRAWN = 9
    DICE = 10
    UNION = 11
    BOUNDARY = 12
    SIZES = 13


WIDTH = Part.SIZES + 3 * (len(SIZE_LIMITS_PX) + 1)


def alone(regions: int) -> Floats:
    """The row of an image on which one rater drew so many regions and the other said absent."""
    row = np.zeros(WIDTH)
    row[Part.ALONE] = regions
    return row


def compare(a: Sequence[Region], b: Sequence[Region], settings: PlaceSettings) -> Floats:
    """The row of an image on which both raters said present, all 0 if neither drew.

    Shape (WIDTH,). Swapping the raters swaps `FIRST` and `SECOND` and nothing else, the
    order of regions changes nothing. Raises `ValueError` for masks of two sizes.
    """
    row = np.zeros(WIDTH)
    if not a and not b:
        return row
    row[Part.COMPARED] = 1
    row[Part.ONE_DREW] = not a or not b
    row[Part.FIRST], row[Part.SECOND] = len(a), len(b)
    matched = match(a, b, settings.iou)
    grown = matched
    if settings.grow_px > 0 and all(any(isinstance(one, Box) for one in of) for of in (a, b)):
        grown = match(a, b, settings.iou, grow_px=settings.grow_px)
    row[Part.MATCHED], row[Part.GROWN] = len(matched), len(grown)
    row[Part.OVERLAP] = sum(sorted(value for _, _, value in matched))
    row[Part.APART] = sum(sorted(_apart_px(a[i], b[j]) for i, j, _ in matched))
    if not all(isinstance(region, Box) for region in (*a, *b)):
        _add_pixels(row, a, b, settings.boundary_px)
    for regions, place in ((a, 0), (b, 1)):
        found = {pair[place] for pair in matched}, {pair[place] for pair in grown}
        for index, region in enumerate(regions):
            size = Part.SIZES + 3 * int(np.searchsorted(_SQUARES, area(region), side="right"))
            row[size : size + 3] += 1, index in found[0], index in found[1]
    return row


_SQUARES = np.array([side**2 for side in SIZE_LIMITS_PX], dtype=np.float64)


def _apart_px(a: Region, b: Region) -> float:
    """Of two boxes the mean over their edges, else over the pixels of both outlines."""
    if a == b:
        return 0.0
    if isinstance(a, Box) and isinstance(b, Box):
        return box_edges_apart_px(a, b)
    height_px, width_px = frame_of((a, b))
    found = apart(*(outline(runs_of(r, height_px, width_px), height_px) for r in (a, b)))
    return found.mean_px if found else 0.0


def _add_pixels(row: Floats, a: Sequence[Region], b: Sequence[Region], boundary_px: float) -> None:
    """Compare all that one rater marked with all that the other marked, pixel by pixel."""
    height_px, width_px = frame_of((*a, *b))
    one, other = (_together(regions, height_px, width_px) for regions in (a, b))
    marked = pixel_count(one) + pixel_count(other)
    if not marked:
        return  # outlines too thin to hold the centre of any pixel
    shared = pixel_count(marked_by((one, other), 2))
    row[Part.DRAWN] = 1
    row[Part.DICE] = 2 * shared / marked
    row[Part.UNION] = shared / (marked - shared)
    found = apart(outline(one, height_px), outline(other, height_px))
    row[Part.BOUNDARY] = found.f1(boundary_px) if found else 0.0


def _together(regions: Sequence[Region], height_px: int, width_px: int) -> Runs:
    return marked_by([runs_of(region, height_px, width_px) for region in regions], 1)
