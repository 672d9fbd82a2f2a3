"""Regions as pixels: which pixels a region marks, run lengths, union and intersection.

Pixel rule: column c, row r has its centre at (c + 0.5, r + 0.5), and a region marks the
pixels whose centre it contains. Edges are half-open: a centre on a left or upper edge is
in, on a right or lower edge out, so regions that share an edge share no pixel and leave
none between them. Polygons wind non-zero, as screens fill them: crossing one's own line
makes no hole. A region thinner than a pixel may mark none.

Runs are the working form: an int64 array (run, 2) of [start, past) positions in
column-major order (position = column × height + row), ascending, disjoint, not touching.
Work grows with the runs, not with the megapixels.
"""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from labeler.core.regions import Box, Mask, Polygon, Region, polygon_area

Integers = npt.NDArray[np.int64]
Runs = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.bool_]


def runs_of(region: Region, height_px: int, width_px: int) -> Runs:
    """The pixels of a region in an image, as runs; what reaches beyond the image is cut off.

    Raises `ValueError` when a mask belongs to an image of another size.
    """
    if isinstance(region, Box):
        return _box_runs(region, height_px, width_px)
    if isinstance(region, Polygon):
        return _polygon_runs(region, height_px, width_px)
    if (region.height, region.width) != (height_px, width_px):
        raise ValueError("the mask belongs to an image of another size")
    return _mask_runs(region)


def _first_centre(edge: float, limit: int) -> int:
    return min(max(math.ceil(edge - 0.5), 0), limit)


def _box_runs(box: Box, height_px: int, width_px: int) -> Runs:
    columns = np.arange(
        _first_centre(box.x, width_px), _first_centre(box.x + box.width, width_px), dtype=np.int64
    )
    top = _first_centre(box.y, height_px)
    bottom = _first_centre(box.y + box.height, height_px)
    return _joined(columns * height_px + top, columns * height_px + bottom)


def _mask_runs(mask: Mask) -> Runs:
    bounds = np.cumsum(np.asarray(mask.counts, dtype=np.int64))
    if bounds.size == 0 or bounds[-1] != mask.height * mask.width:
        raise ValueError("the run lengths do not add up to the image's pixels")
    past = bounds[1::2]
    return _joined(bounds[0::2][: past.size], past)


def _joined(starts: Integers, past: Integers) -> Runs:
    """Ascending runs without empty ones, touching ones made one."""
    filled = past > starts
    starts, past = starts[filled], past[filled]
    if starts.size == 0:
        return np.empty((0, 2), dtype=np.int64)
    apart = starts[1:] > past[:-1]
    return np.column_stack((starts[np.append(True, apart)], past[np.append(apart, True)]))


def _polygon_runs(polygon: Polygon, height_px: int, width_px: int) -> Runs:
    """Scan by columns: where an edge passes a column's centre line, the winding changes."""
    ends = np.asarray(polygon.points, dtype=np.float64)
    edges = np.hstack((ends, np.roll(ends, -1, axis=0)))  # (edge, [x1 y1 x2 y2])
    steps = np.where(edges[:, 0] <= edges[:, 2], 1, -1)
    # Every edge is read from left to right: two polygons that share it see the same numbers.
    edges[steps < 0] = edges[steps < 0][:, [2, 3, 0, 1]]
    first, past = np.clip(np.ceil(edges[:, [0, 2]] - 0.5), 0, width_px).astype(np.int64).T
    crossed = np.maximum(past - first, 0)
    edge = np.repeat(np.arange(len(edges)), crossed)
    column = np.arange(edge.size) - (np.cumsum(crossed) - crossed)[edge] + first[edge]
    x1, y1, x2, y2 = edges[edge].T
    y = y1 + (column + 0.5 - x1) / (x2 - x1) * (y2 - y1)
    row = np.clip(np.ceil(y - 0.5), 0, height_px).astype(np.int64)
    places, winding = _sweep(column * height_px + row, steps[edge])
    return _runs_where(places, winding != 0)


def _sweep(places: Integers, steps: Integers) -> tuple[Integers, Integers]:
    """The distinct places in order, and the sum of all steps up to and including each."""
    order = np.argsort(places, kind="stable")
    ordered = places[order]
    last = np.flatnonzero(np.diff(ordered, append=-1))
    return ordered[last], np.cumsum(steps[order])[last]


def _runs_where(places: Integers, inside: Pixels) -> Runs:
    """`inside[i]` holds from `places[i]` to the next place; it is false at the last."""
    turns = np.diff(inside.astype(np.int8), prepend=np.int8(0))
    return np.column_stack((places[turns == 1], places[turns == -1]))


def marked_by(several: Sequence[Runs], needed: int) -> Runs:
    """The pixels that at least `needed` (≥ 1) of several runs of one image mark.

    >>> marked_by([np.array([[0, 4]]), np.array([[2, 6]])], 2).tolist()
    [[2, 4]]
    """
    if not several:
        return np.empty((0, 2), dtype=np.int64)
    runs = np.concatenate(list(several))
    steps = np.repeat(np.array([1, -1]), len(runs))
    places, count = _sweep(np.concatenate((runs[:, 0], runs[:, 1])), steps)
    return _runs_where(places, count >= needed)


def pixel_count(runs: Runs) -> int:
    """How many pixels the runs mark."""
    return int((runs[:, 1] - runs[:, 0]).sum())


def to_mask(runs: Runs, height_px: int, width_px: int) -> Mask:
    """Runs as COCO's uncompressed run lengths."""
    bounds = np.concatenate(([0], runs.ravel(), [height_px * width_px]))
    counts = np.diff(bounds).tolist()
    return Mask(
        height_px, width_px, tuple(counts if counts[-1] or len(counts) == 1 else counts[:-1])
    )


def union(regions: Sequence[Region], height_px: int, width_px: int) -> Mask:
    """The pixels that any of the regions marks; no region marks no pixel."""
    several = [runs_of(region, height_px, width_px) for region in regions]
    return to_mask(marked_by(several, 1), height_px, width_px)


def intersection(regions: Sequence[Region], height_px: int, width_px: int) -> Mask:
    """The pixels that all of the regions mark. Raises `ValueError` without a region."""
    if not regions:
        raise ValueError("the intersection of no regions is undefined")
    several = [runs_of(region, height_px, width_px) for region in regions]
    return to_mask(marked_by(several, len(several)), height_px, width_px)


def rasterise(region: Region, height_px: int, width_px: int) -> Pixels:
    """The region's pixels as booleans (row, column), by the rule at the top of this file."""
    return _pixels(runs_of(region, height_px, width_px), height_px, width_px)


def _pixels(runs: Runs, height_px: int, width_px: int) -> Pixels:
    lengths = np.diff(np.concatenate(([0], runs.ravel(), [height_px * width_px])))
    marked = np.arange(lengths.size) % 2 == 1
    return np.ascontiguousarray(np.repeat(marked, lengths).reshape(width_px, height_px).T)


def from_rle(mask: Mask) -> Pixels:
    """The mask's pixels as booleans (row, column).

    Raises `ValueError` when the run lengths do not add up to height × width.
    """
    return _pixels(_mask_runs(mask), mask.height, mask.width)


def to_rle(pixels: npt.ArrayLike) -> Mask:
    """Run lengths of an array (row, column) in which anything but 0 is marked.

    Raises `ValueError` for an array that is not two-dimensional or has no pixel.

    >>> to_rle([[0, 1], [1, 1]]).counts
    (1, 3)
    """
    marked = np.asarray(pixels) != 0
    if marked.ndim != 2 or marked.size == 0:
        raise ValueError("a mask is made of rows × columns, at least one each")
    height_px, width_px = marked.shape
    flat = np.concatenate(([False], marked.ravel(order="F"), [False]))
    bounds = np.flatnonzero(flat[1:] != flat[:-1])
    return to_mask(bounds.reshape(-1, 2), height_px, width_px)


def bounding_box(region: Region) -> Box:
    """The smallest box around a region. Raises `ValueError` for a mask that marks no pixel."""
    if isinstance(region, Box):
        return region
    if isinstance(region, Polygon):
        columns, rows = zip(*region.points, strict=True)
        x, y = min(columns), min(rows)
        return Box(x, y, max(columns) - x, max(rows) - y)
    runs = _mask_runs(region)
    if not len(runs):
        raise ValueError("a mask that marks no pixel has no bounding box")
    (left, top), (right, bottom) = (
        np.divmod(edge, region.height) for edge in (runs[:, 0], runs[:, 1] - 1)
    )
    # A run that goes on in the next column has the last row of one and the first of the other.
    wraps = bool((left != right).any())
    y, past_y = (0, region.height) if wraps else (int(top.min()), int(bottom.max()) + 1)
    x = int(left[0])
    return Box(float(x), float(y), float(int(right[-1]) + 1 - x), float(past_y - y))


def area(region: Region) -> float:
    """Area in px²: width × height, the shoelace formula, or the number of pixels of a mask."""
    if isinstance(region, Box):
        return region.width * region.height
    if isinstance(region, Polygon):
        return polygon_area(region.points)
    return float(sum(region.counts[1::2]))
