"""Regions under mirroring, quarter turns and shrinking: exact, and of the same kind."""

import numpy as np

from labeler.core.masks import from_rle, to_rle
from labeler.core.regions import Box, Mask, Polygon, Region

Size = tuple[int, int]
"""(width_px, height_px)."""


def turned_size(size: Size, quarter_turns: int) -> Size:
    """The size of a picture after quarter turns."""
    return (size[1], size[0]) if quarter_turns % 2 else size


def turned_region(region: Region, size: Size, *, mirror: bool, quarter_turns: int) -> Region:
    """The region after mirroring left to right, then quarter turns against the clock.

    `size` is that of the picture before. As `numpy.rot90(picture[:, ::-1], quarter_turns)`.
    """
    if isinstance(region, Mask):
        pixels = from_rle(region)
        return to_rle(np.rot90(pixels[:, ::-1] if mirror else pixels, quarter_turns))
    if isinstance(region, Polygon):
        return Polygon(
            tuple(_turned_point(x, y, size, mirror, quarter_turns) for x, y in region.points)
        )
    one = _turned_point(region.x, region.y, size, mirror, quarter_turns)
    other = _turned_point(
        region.x + region.width, region.y + region.height, size, mirror, quarter_turns
    )
    (left, right), (top, bottom) = (sorted(pair) for pair in zip(one, other, strict=True))
    return Box(left, top, right - left, bottom - top)


def _turned_point(
    x: float,
    y: float,
    size: Size,
    mirror: bool,  # noqa: FBT001 - never called but from above
    quarter_turns: int,
) -> tuple[float, float]:
    width, height = size
    if mirror:
        x = width - x
    for _ in range(quarter_turns % 4):
        x, y = y, width - x
        width, height = height, width
    return x, y


def scaled_region(region: Region, size: Size, target: Size) -> Region:
    """The region in the picture resized from `size` to `target`; a mask keeps ≥ 1 px."""
    if size == target:
        return region
    across, down = target[0] / size[0], target[1] / size[1]
    if isinstance(region, Box):
        return Box(region.x * across, region.y * down, region.width * across, region.height * down)
    if isinstance(region, Polygon):
        return Polygon(tuple((x * across, y * down) for x, y in region.points))
    rows, columns = np.nonzero(from_rle(region))
    pixels = np.zeros((target[1], target[0]), dtype=bool)
    # By pixel centres; shrinking maps several onto one, so nothing marked gets lost.
    pixels[((rows + 0.5) * down).astype(int), ((columns + 0.5) * across).astype(int)] = True
    return to_rle(pixels)
