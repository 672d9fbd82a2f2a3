"""Whose region is whose: intersection over union, one-to-one matching, and what several agree on.

Two boxes are compared by their exact areas; as soon as a polygon or a mask is involved,
pixels are counted (`labeler.core.masks` has the rule).
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from labeler.core.masks import Runs, bounding_box, marked_by, pixel_count, runs_of, to_mask
from labeler.core.regions import Box, Mask, Polygon, Region

MATCH_IOU = 0.5

# 0.5 means 0.5: boxes with decimals may miss it by a rounding error.
_ROUNDING = 1e-9

Pair = tuple[int, int, float]


def iou(a: Region, b: Region) -> float:
    """Intersection over union of two regions of one image, 0–1; equal regions have 1.

    Symmetric. 0 when neither marks a pixel. Raises `ValueError` for masks of two sizes.

    >>> iou(Box(0, 0, 10, 10), Box(0, 0, 10, 5))
    0.5
    """
    if a == b:
        return 1.0
    if isinstance(a, Box) and isinstance(b, Box):
        return _iou_of_boxes(a, b)
    height_px, width_px = frame_of((a, b))
    return _iou_of_runs(runs_of(a, height_px, width_px), runs_of(b, height_px, width_px))


def _iou_of_boxes(a: Box, b: Box) -> float:
    across = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    down = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return min(1.0, shared / (a.width * a.height + b.width * b.height - shared))


def _iou_of_runs(a: Runs, b: Runs) -> float:
    if not len(a) or not len(b) or a[-1, 1] <= b[0, 0] or b[-1, 1] <= a[0, 0]:
        return 0.0
    shared = pixel_count(marked_by((a, b), 2))
    return shared / (pixel_count(a) + pixel_count(b) - shared)


def frame_of(regions: Sequence[Region]) -> tuple[int, int]:
    """Height and width in px of an image that holds the regions: the masks' own, if any.

    Raises `ValueError` without a region, or for masks of two sizes.
    """
    sizes = {(region.height, region.width) for region in regions if isinstance(region, Mask)}
    if len(sizes) > 1:
        raise ValueError("the masks belong to images of different sizes")
    if sizes:
        return sizes.pop()
    around = [bounding_box(region) for region in regions]
    height_px = max(math.ceil(box.y + box.height) for box in around)
    return height_px, max(math.ceil(box.x + box.width) for box in around)


def match(
    a: Sequence[Region],
    b: Sequence[Region],
    threshold: float = MATCH_IOU,
    *,
    grow_px: float = 0.0,
) -> list[Pair]:
    """Pair the regions of two reviewers one-to-one: (index in a, index in b, IoU), by index.

    Pairs have at least `threshold` (above 0). As many pairs as possible come first, then
    the largest sum of IoU; among equals the regions' coordinates decide, never the order
    in which they or the reviewers came, so `match(b, a)` is the mirror of `match(a, b)`.

    With `grow_px` two boxes are compared as if both were larger by so much on each side. A box
    and an outline are compared as they are: were the box alone to grow, they would match less.
    """
    possible = [pair for pair in _overlaps(a, b, grow_px) if pair[2] >= threshold - _ROUNDING]
    first, second = Counter(i for i, _, _ in possible), Counter(j for _, j, _ in possible)
    if all(count == 1 for count in chain(first.values(), second.values())):
        return possible  # nobody has a choice: the usual case, without SciPy
    return _assigned(a, b, possible)


def _overlaps(a: Sequence[Region], b: Sequence[Region], grow_px: float) -> list[Pair]:
    """The IoU of every region of `a` with every region of `b`; each becomes runs once."""

    def overlap(p: Region, q: Region) -> float:
        if grow_px and isinstance(p, Box) and isinstance(q, Box):
            return iou(_grown(p, grow_px), _grown(q, grow_px))
        return iou(p, q)

    if all(isinstance(region, Box) for region in chain(a, b)) or not a or not b:
        return [(i, j, overlap(p, q)) for i, p in enumerate(a) for j, q in enumerate(b)]
    height_px, width_px = frame_of((*a, *b))
    runs_a = [runs_of(region, height_px, width_px) for region in a]
    runs_b = [runs_of(region, height_px, width_px) for region in b]
    found = []
    for i, p in enumerate(a):
        for j, q in enumerate(b):
            same = p == q or (isinstance(p, Box) and isinstance(q, Box))
            found.append((i, j, overlap(p, q) if same else _iou_of_runs(runs_a[i], runs_b[j])))
    return found


def _grown(box: Box, px: float) -> Box:
    return Box(box.x - px, box.y - px, box.width + 2 * px, box.height + 2 * px)


def _assigned(a: Sequence[Region], b: Sequence[Region], possible: Sequence[Pair]) -> list[Pair]:
    # SciPy is slow to load and seldom needed: only where somebody's regions overlap.
    from scipy.optimize import linear_sum_assignment

    worth = np.zeros((len(a), len(b)))
    # One more pair outweighs any sum of IoU.
    for i, j, value in possible:
        worth[i, j] = min(len(a), len(b)) + 1 + value
    by_a = sorted(range(len(a)), key=lambda i: _order(a[i]))
    by_b = sorted(range(len(b)), key=lambda j: _order(b[j]))
    grid = worth[np.ix_(by_a, by_b)]
    mirrored = [_order(b[j]) for j in by_b] < [_order(a[i]) for i in by_a]
    rows, columns = linear_sum_assignment(grid.T if mirrored else grid, maximize=True)
    if mirrored:
        rows, columns = columns, rows
    chosen = {(by_a[row], by_b[column]) for row, column in zip(rows, columns, strict=True)}
    return [pair for pair in possible if pair[:2] in chosen]


def _order(region: Region) -> tuple[str, tuple[float, ...]]:
    """A sort key that depends on nothing but the region itself."""
    if isinstance(region, Box):
        return region.kind, (region.x, region.y, region.width, region.height)
    if isinstance(region, Polygon):
        return region.kind, tuple(chain.from_iterable(region.points))
    return region.kind, (region.height, region.width, *region.counts)


@dataclass(frozen=True, slots=True)
class Places:
    """What several reviewers' regions come to: the agreed ones, and how many found no match."""

    regions: tuple[Region, ...]
    unmatched: int


def agree_on_places(
    reviewed: Sequence[Sequence[Region]],
    *,
    width_px: int | None = None,
    height_px: int | None = None,
) -> Places:
    """One consensus region per group of matching regions, one sequence per reviewer given.

    A group has exactly one region of every reviewer, and each two of them are matched
    (`match`) with each other; with two reviewers that is a matched pair. A region outside
    a group is unmatched. Boxes become their coordinate-wise mean; any other group becomes
    the mask of the pixels that at least half of its regions mark. A single reviewer's
    regions stay as they are. The order of the reviewers makes no difference.

    Raises `ValueError` when a mask must be made and neither the image's size nor a mask
    among the regions tells how large.
    """
    if len(reviewed) < 2:
        return Places(tuple(chain.from_iterable(reviewed)), 0)
    groups = _groups(reviewed)
    size = (height_px, width_px) if height_px and width_px else None
    regions = sorted((_merged(group, size) for group in groups), key=_order)
    return Places(tuple(regions), sum(map(len, reviewed)) - len(groups) * len(reviewed))


def _groups(reviewed: Sequence[Sequence[Region]]) -> list[list[Region]]:
    partners = {
        (p, q): {i: j for i, j, _ in match(reviewed[p], reviewed[q])}
        for p, q in combinations(range(len(reviewed)), 2)
    }
    groups = []
    for start in range(len(reviewed[0])):
        found = [start] + [partners[0, q].get(start, -1) for q in range(1, len(reviewed))]
        if -1 not in found and all(
            partners[p, q].get(found[p]) == found[q] for p, q in combinations(range(len(found)), 2)
        ):
            groups.append([regions[i] for regions, i in zip(reviewed, found, strict=True)])
    return groups


def _merged(group: Sequence[Region], size: tuple[int, int] | None) -> Region:
    boxes = [region for region in group if isinstance(region, Box)]
    if len(boxes) == len(group):
        x, width = _mean_span([(box.x, box.width) for box in boxes])
        y, height = _mean_span([(box.y, box.height) for box in boxes])
        return Box(x, y, width, height)
    if size is None and not any(isinstance(region, Mask) for region in group):
        raise ValueError("width_px and height_px are needed to make a mask of polygons")
    height_px, width_px = size or frame_of(group)
    several = [runs_of(region, height_px, width_px) for region in group]
    marked = marked_by(several, (len(group) + 1) // 2)
    # Equal outlines too thin to mark a pixel match as well; their outline is all there is.
    return to_mask(marked, height_px, width_px) if len(marked) else group[0]


def _mean_span(spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean start and length of [start, start + length)."""
    # fsum rounds once, so the order of the reviewers cannot change the last digit.
    start = math.fsum(s for s, _ in spans) / len(spans)
    end = math.fsum(s + length for s, length in spans) / len(spans)
    # Through the ends, not the lengths: so the mean of boxes that reach the edge just reaches it.
    return start, end - start
