"""Places on an image: boxes, polygons and masks, in pixels of the upright image.

Coordinates are half-open: a box covers x ≤ column < x + width, its area is width × height.
Masks are COCO's uncompressed run lengths: column-major, the first run counts background.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.terms import Geometry

MAX_POINTS = 2_000
MAX_RUNS = 200_000

# A canvas that divides by its zoom ends a hair beyond the edge: that is cut off, not refused.
_EDGE_PX = 1e-6


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle; all in px, width and height above 0."""

    x: float
    y: float
    width: float
    height: float

    kind = Geometry.BOX

    def document(self) -> dict[str, object]:
        """The box as it travels."""
        return {
            "kind": "box", "x": self.x, "y": self.y, "width": self.width, "height": self.height,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Polygon:
    """A closed outline of at least three points, (x, y) in px."""

    points: tuple[tuple[float, float], ...]

    kind = Geometry.POLYGON

    def document(self) -> dict[str, object]:
        """The polygon as it travels."""
        return {"kind": "polygon", "points": [list(p) for p in self.points]}


@dataclass(frozen=True, slots=True)
class Mask:
    """Pixels of an image `height` × `width`, as alternating run lengths from background on."""

    height: int
    width: int
    counts: tuple[int, ...]

    kind = Geometry.MASK

    def document(self) -> dict[str, object]:
        """The mask as it travels."""
        return {
            "kind": "mask",
            "rle": {"size": [self.height, self.width], "counts": list(self.counts)},
        }


Region = Box | Polygon | Mask


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        return raw if math.isfinite(raw) else None
    except OverflowError:  # a whole number beyond every float
        return None


def _keys(raw: Mapping[str, object], wanted: set[str], path: str) -> None:
    if set(raw) != wanted:
        _refuse(path, "This region needs exactly: {keys}.", keys=", ".join(sorted(wanted)))


def _refuse(path: str, message: str, **values: object) -> NoReturn:
    fault = FieldError.filled(path, message, **values)
    raise InvalidInput("A region is not valid.", fields=[fault])


def _box(raw: Mapping[str, object], width_px: int, height_px: int, path: str) -> Box:
    _keys(raw, {"kind", "x", "y", "width", "height"}, path)
    values = [_number(raw[key]) for key in ("x", "y", "width", "height")]
    x, y, width, height = (math.nan if v is None else v for v in values)
    # A NaN fails every comparison, so one test covers "not a number" and "outside".
    if not (x >= 0 and y >= 0 and width > 0 and height > 0):
        _refuse(path, "Give x, y ≥ 0 and width, height > 0 in pixels.")
    beyond = x + width > width_px + _EDGE_PX or y + height > height_px + _EDGE_PX
    if beyond or x >= width_px or y >= height_px:
        _refuse(path, "The box reaches beyond the image.")
    return Box(x, y, _length(x, width, width_px), _length(y, height, height_px))


def _length(start: float, length: float, limit: int) -> float:
    return length if start + length <= limit else limit - start


def _polygon(raw: Mapping[str, object], width_px: int, height_px: int, path: str) -> Polygon:
    _keys(raw, {"kind", "points"}, path)
    points = raw["points"]
    if not isinstance(points, Sequence) or isinstance(points, str):
        _refuse(path, "Give the points as a list of [x, y].")
    if not 3 <= len(points) <= MAX_POINTS:
        _refuse(path, "A polygon has 3 to {most} points.", most=MAX_POINTS)
    found = []
    for point in points:
        if not isinstance(point, Sequence) or isinstance(point, str) or len(point) != 2:
            _refuse(path, "Give the points as a list of [x, y].")
        x, y = (_number(v) for v in point)
        if x is None or y is None:
            _refuse(path, "Give the points as a list of [x, y].")
        if not (0 <= x <= width_px + _EDGE_PX and 0 <= y <= height_px + _EDGE_PX):
            _refuse(path, "A point lies outside the image.")
        found.append((min(x, width_px), min(y, height_px)))
    if polygon_area(found) <= 0:
        _refuse(path, "The polygon has no area.")
    return Polygon(tuple(found))


def polygon_area(points: Sequence[tuple[float, float]]) -> float:
    """Area in px² by the shoelace formula.

    >>> polygon_area([(0, 0), (4, 0), (4, 3)])
    6.0
    """
    turned = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in turned)) / 2


def _mask(raw: Mapping[str, object], width_px: int, height_px: int, path: str) -> Mask:
    _keys(raw, {"kind", "rle"}, path)
    rle = raw["rle"]
    if not isinstance(rle, Mapping) or set(rle) != {"size", "counts"}:
        _refuse(path, "A mask needs rle with size and counts.")
    size, counts = rle["size"], rle["counts"]
    if not isinstance(size, Sequence) or list(size) != [height_px, width_px]:
        _refuse(
            path, "The mask's size must be [{height}, {width}].", height=height_px, width=width_px
        )
    if not isinstance(counts, Sequence) or isinstance(counts, str) or len(counts) > MAX_RUNS:
        _refuse(path, "Give counts as a list of run lengths (COCO, uncompressed).")
    if not all(isinstance(c, int) and not isinstance(c, bool) and c >= 0 for c in counts):
        _refuse(path, "Every run length is a whole number ≥ 0.")
    if sum(counts) != width_px * height_px:
        _refuse(path, "The run lengths do not add up to the image's pixels.")
    if sum(counts[1::2]) == 0:
        _refuse(path, "The mask marks no pixel.")
    return Mask(height_px, width_px, tuple(counts))


def parse_region(raw: object, *, width_px: int, height_px: int, path: str = "region") -> Region:
    """Read a region as it travels and hold it against the image's size.

    Raises `InvalidInput` with `path` on anything unknown, outside the image or empty.
    """
    if not isinstance(raw, Mapping):
        _refuse(path, "A region is an object with a kind.")
    readers: dict[str, Callable[[Mapping[str, object], int, int, str], Region]] = {
        "box": _box,
        "polygon": _polygon,
        "mask": _mask,
    }
    kind = raw.get("kind")
    if not isinstance(kind, str) or kind not in readers:
        _refuse(path, "A region's kind is box, polygon or mask.")
    return readers[str(kind)](raw, width_px, height_px, path)
