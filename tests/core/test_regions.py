"""Reading regions: what is accepted, what is refused and with which words."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.errors import InvalidInput
from labeler.core.regions import (
    MAX_POINTS,
    MAX_RUNS,
    Box,
    Mask,
    Polygon,
    parse_region,
    polygon_area,
)
from labeler.core.terms import Geometry

HUGE = 10**400  # a whole number in JSON, beyond every float


def box(x: object = 1, y: object = 1, width: object = 2, height: object = 2) -> dict[str, object]:
    return {"kind": "box", "x": x, "y": y, "width": width, "height": height}


def polygon(*points: object) -> dict[str, object]:
    return {"kind": "polygon", "points": list(points)}


def mask(counts: object, size: object = (8, 10)) -> dict[str, object]:
    return {"kind": "mask", "rle": {"size": list(size), "counts": counts}}


def parse(raw: object) -> object:
    return parse_region(raw, width_px=10, height_px=8, path="judgements.0.regions.0")


def refusal(raw: object) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse(raw)
    [fault] = caught.value.fields
    assert fault.path == "judgements.0.regions.0"
    return fault.message


@pytest.mark.parametrize(
    ("raw", "region"),
    [
        (box(), Box(1, 1, 2, 2)),
        (box(0, 0, 10, 8), Box(0, 0, 10, 8)),
        (box(9.5, 7.5, 0.5, 0.5), Box(9.5, 7.5, 0.5, 0.5)),
        (polygon([0, 0], [10, 0], [10, 8]), Polygon(((0, 0), (10, 0), (10, 8)))),
        (polygon((1, 1), (2.5, 1), (2, 2)), Polygon(((1, 1), (2.5, 1), (2, 2)))),
        (mask([0, 80]), Mask(8, 10, (0, 80))),
        (mask([79, 1]), Mask(8, 10, (79, 1))),
        (mask([10, 3, 67]), Mask(8, 10, (10, 3, 67))),
    ],
)
def test_a_region_inside_the_image_is_read(raw: dict[str, object], region: object) -> None:
    assert parse(raw) == region


@pytest.mark.parametrize(
    "raw",
    [
        box(x=-0.01),
        box(y=-1),
        box(width=0),
        box(height=-2),
        box(x=math.nan),
        box(width=math.inf),
        box(x="1"),
        box(x=None),
        box(x=True),
        box(x=[1]),
        box(x=HUGE),
        box(width=-HUGE),
    ],
)
def test_a_box_of_anything_but_fitting_numbers_is_refused(raw: dict[str, object]) -> None:
    assert refusal(raw) == "Give x, y ≥ 0 and width, height > 0 in pixels."


@pytest.mark.parametrize(
    "raw",
    [
        box(0, 0, 10.01, 8),
        box(0, 0, 10, 8.01),
        box(9, 1, 2, 1),
        box(1, 8, 1, 1),
        box(10, 1, 1e-9, 1),
        box(1, 8, 1, 1e-9),
    ],
)
def test_a_box_beyond_the_image_is_refused(raw: dict[str, object]) -> None:
    assert refusal(raw) == "The box reaches beyond the image."


@pytest.mark.parametrize("missing", ["x", "y", "width", "height"])
def test_a_box_needs_exactly_its_keys(missing: str) -> None:
    short = box()
    del short[missing]
    needs = "This region needs exactly: height, kind, width, x, y."
    assert refusal(short) == needs
    assert refusal(box() | {"angle": 0}) == needs


@given(st.integers(1, 5000), st.floats(0, 1, exclude_max=True), st.floats(0.1, 8))
@settings(deadline=None)
def test_a_box_drawn_to_the_edge_at_any_zoom_fits(width_px: int, share: float, zoom: float) -> None:
    start = share * width_px * zoom
    raw = box(start / zoom, 0, (width_px * zoom - start) / zoom, 1)
    if raw["x"] < width_px and raw["width"] > 0:
        found = parse_region(raw, width_px=width_px, height_px=1)
        assert isinstance(found, Box)
        assert found.x + found.width <= width_px
        assert found.width == pytest.approx(raw["width"], abs=1e-6)


def test_a_hair_beyond_the_edge_is_cut_off() -> None:
    x, width = 190.49322554877918, 1730.506774451221  # ends at 1921.0000000000002
    found = parse_region(box(x, 0, width, 1), width_px=1921, height_px=1)
    assert found.x + found.width == 1921
    raw = polygon([0, 0], [1921.0000000000002, 0], [0, 1.0000000000000002])
    outline = parse_region(raw, width_px=1921, height_px=1)
    assert outline == Polygon(((0, 0), (1921, 0), (0, 1)))


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (None, "Give the points as a list of [x, y]."),
        ("abc", "Give the points as a list of [x, y]."),
        ({"0": [0, 0]}, "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1]], "A polygon has 3 to 2000 points."),
        ([], "A polygon has 3 to 2000 points."),
        ([[0, 0]] * (MAX_POINTS + 1), "A polygon has 3 to 2000 points."),
        ([[0, 0], [1, 1], 5], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], "12"], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], [1, 2, 3]], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], ["1", 2]], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], [None, 2]], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], [True, 2]], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], [math.nan, 2]], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], [HUGE, 2]], "Give the points as a list of [x, y]."),
        ([[0, 0], [1, 1], [10.1, 2]], "A point lies outside the image."),
        ([[0, 0], [1, 1], [1, 8.1]], "A point lies outside the image."),
        ([[0, 0], [1, 1], [-0.1, 2]], "A point lies outside the image."),
        ([[0, 0], [1, 1], [2, 2]], "The polygon has no area."),
        ([[1, 1], [1, 1], [1, 1]], "The polygon has no area."),
    ],
)
def test_a_wrong_polygon_is_refused(points: object, message: str) -> None:
    assert refusal({"kind": "polygon", "points": points}) == message


def test_a_polygon_of_the_most_points_is_read() -> None:
    points = [[index / MAX_POINTS * 10, 0.0] for index in range(MAX_POINTS - 1)] + [[5, 5]]
    assert len(parse(polygon(*points)).points) == MAX_POINTS


SIZE = "The mask's size must be [8, 10]."
SUM = "The run lengths do not add up to the image's pixels."
RUNS = "Give counts as a list of run lengths (COCO, uncompressed)."


@pytest.mark.parametrize(
    ("rle", "message"),
    [
        (None, "A mask needs rle with size and counts."),
        ([0, 80], "A mask needs rle with size and counts."),
        ({"size": [8, 10]}, "A mask needs rle with size and counts."),
        ({"size": [8, 10], "counts": [0, 80], "x": 1}, "A mask needs rle with size and counts."),
        ({"size": [10, 8], "counts": [0, 80]}, SIZE),
        ({"size": [8], "counts": [0, 80]}, SIZE),
        ({"size": "8,10", "counts": [0, 80]}, SIZE),
        ({"size": None, "counts": [0, 80]}, SIZE),
        ({"size": [8, 10], "counts": "52203"}, RUNS),  # COCO's compressed form
        ({"size": [8, 10], "counts": None}, RUNS),
        ({"size": [8, 10], "counts": [0] * (MAX_RUNS + 1)}, RUNS),
        ({"size": [8, 10], "counts": [0, 80.0]}, "Every run length is a whole number ≥ 0."),
        ({"size": [8, 10], "counts": [81, -1]}, "Every run length is a whole number ≥ 0."),
        ({"size": [8, 10], "counts": [79, True]}, "Every run length is a whole number ≥ 0."),
        ({"size": [8, 10], "counts": [79, "1"]}, "Every run length is a whole number ≥ 0."),
        ({"size": [8, 10], "counts": [0, 79]}, SUM),
        ({"size": [8, 10], "counts": [0, HUGE]}, SUM),
        ({"size": [8, 10], "counts": []}, SUM),
        ({"size": [8, 10], "counts": [80]}, "The mask marks no pixel."),
        ({"size": [8, 10], "counts": [40, 0, 40]}, "The mask marks no pixel."),
    ],
)
def test_a_wrong_mask_is_refused(rle: object, message: str) -> None:
    assert refusal({"kind": "mask", "rle": rle}) == message


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (None, "A region is an object with a kind."),
        ([1, 2, 3, 4], "A region is an object with a kind."),
        ("box", "A region is an object with a kind."),
        ({}, "A region's kind is box, polygon or mask."),
        (box() | {"kind": "circle"}, "A region's kind is box, polygon or mask."),
        (box() | {"kind": ["box"]}, "A region's kind is box, polygon or mask."),
        (box() | {"kind": "polygon"}, "This region needs exactly: kind, points."),
        (mask([0, 80]) | {"x": 1}, "This region needs exactly: kind, rle."),
    ],
)
def test_what_is_not_a_region_is_refused(raw: object, message: str) -> None:
    assert refusal(raw) == message


@pytest.mark.parametrize(
    ("points", "area"),
    [
        ([(0, 0), (4, 0), (4, 3)], 6),
        ([(4, 3), (4, 0), (0, 0)], 6),
        ([(0, 0), (4, 0), (4, 3), (0, 3)], 12),
        ([(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)], 10),
        ([(1.5, 1.5), (1.5, 1.5), (1.5, 1.5)], 0),
    ],
)
def test_the_area_of_a_polygon_by_hand(points: list[tuple[float, float]], area: float) -> None:
    assert polygon_area(points) == area


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (box(0.5, 1.25, 2, 3), Geometry.BOX),
        (polygon([0, 0], [10, 0], [10, 8]), Geometry.POLYGON),
        (mask([10, 3, 67]), Geometry.MASK),
    ],
)
def test_a_region_travels_and_comes_back_the_same(raw: dict[str, object], kind: Geometry) -> None:
    region = parse(raw)
    assert region.kind is kind
    assert region.document() == raw
    assert parse(json.loads(json.dumps(region.document()))) == region


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["kind", "x", "points", "rle", "size", "counts"]), inner)
    ),
    max_leaves=12,
)


@given(
    st.one_of(
        anything,
        st.builds(box, anything, anything, anything, anything),
        st.lists(anything, max_size=5).map(lambda points: polygon(*points)),
        st.builds(mask, anything, st.lists(anything, max_size=3)),
        anything.map(lambda rle: {"kind": "mask", "rle": rle}),
        anything.map(lambda points: {"kind": "polygon", "points": points}),
    )
)
@settings(deadline=None)
def test_whatever_comes_is_read_or_refused(raw: object) -> None:
    try:
        region = parse(raw)
    except InvalidInput:
        return
    assert parse(region.document()) == region
