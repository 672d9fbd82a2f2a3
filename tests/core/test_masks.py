"""Pixels of regions, held against a slow reading of the rule and against pycocotools."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as coco

from labeler.core.masks import (
    area,
    bounding_box,
    from_rle,
    intersection,
    marked_by,
    pixel_count,
    rasterise,
    runs_of,
    to_mask,
    to_rle,
    union,
)
from labeler.core.regions import Box, Mask, Polygon, Region

HEIGHT, WIDTH = 9, 12

grids = arrays.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.booleans())
coordinates = st.one_of(
    st.integers(0, HEIGHT).map(float),
    st.integers(0, 2 * HEIGHT).map(lambda half: half / 2),  # exactly on pixel centres
    st.floats(0, HEIGHT, allow_nan=False, width=32),
)
outlines = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8).map(
    lambda points: Polygon(tuple(points))
)


def picture(*rows: str) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in rows])


def winding(points: tuple[tuple[float, float], ...], x: float, y: float) -> int:
    """The winding number of a closed outline around a point, edge by edge."""
    turns = 0
    for (x1, y1), (x2, y2) in zip(points, (*points[1:], points[0]), strict=True):
        step, left, right = (1, (x1, y1), (x2, y2)) if x1 <= x2 else (-1, (x2, y2), (x1, y1))
        if left[0] <= x < right[0]:
            share = (x - left[0]) / (right[0] - left[0])
            turns += step * (left[1] + share * (right[1] - left[1]) <= y)
    return turns


@pytest.mark.parametrize(
    ("region", "marked"),
    [
        (Box(1, 1, 2, 1), ["....", ".##.", "...."]),
        (Box(0.5, 0.5, 1, 1), ["#...", "....", "...."]),  # the centre on the right edge is out
        (Box(0.6, 0, 1, 1), [".#..", "....", "...."]),
        (Box(0.6, 0.6, 0.8, 0.8), ["....", "....", "...."]),  # no centre inside
        (Box(0, 0, 4, 3), ["####", "####", "####"]),
        (Box(3, 2, 40, 40), ["....", "....", "...#"]),  # cut off at the image
        (Polygon(((0, 0), (4, 0), (4, 3), (0, 3))), ["####", "####", "####"]),
        (Polygon(((0, 0), (3, 0), (0, 3))), ["##..", "#...", "...."]),
        (Polygon(((0, 3), (3, 0), (0, 0))), ["##..", "#...", "...."]),  # either way round
        (Mask(3, 4, (4, 1, 7)), ["....", ".#..", "...."]),
        (Mask(3, 4, (0, 1, 2, 0, 0, 9)), ["####", ".###", ".###"]),
    ],
)
def test_a_pixel_is_marked_when_the_region_contains_its_centre(
    region: Region, marked: list[str]
) -> None:
    assert np.array_equal(rasterise(region, 3, 4), picture(*marked))


@given(outlines)
@settings(deadline=None)
def test_a_polygon_marks_the_pixels_whose_centre_its_outline_winds_around(
    polygon: Polygon,
) -> None:
    expected = [
        [winding(polygon.points, c + 0.5, r + 0.5) != 0 for c in range(WIDTH)]
        for r in range(HEIGHT)
    ]
    assert np.array_equal(rasterise(polygon, HEIGHT, WIDTH), np.array(expected))


@given(outlines, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_where_an_outline_starts_and_which_way_it_runs_changes_no_pixel(polygon, random) -> None:
    turn = random.randrange(len(polygon.points))
    moved = polygon.points[turn:] + polygon.points[:turn]
    first = runs_of(polygon, HEIGHT, WIDTH)
    assert np.array_equal(first, runs_of(Polygon(moved), HEIGHT, WIDTH))
    assert np.array_equal(first, runs_of(Polygon(moved[::-1]), HEIGHT, WIDTH))


def test_crossing_ones_own_line_makes_no_hole() -> None:
    # Twice around the same square: even-odd would leave it empty.
    twice = Polygon(((1, 1), (4, 1), (4, 4), (1, 4), (1, 1), (4, 1), (4, 4), (1, 4)))
    assert rasterise(twice, 5, 5).sum() == 9


@given(st.tuples(coordinates, coordinates), st.tuples(coordinates, coordinates))
@settings(deadline=None)
def test_two_polygons_that_share_an_edge_share_no_pixel_and_leave_none_out(
    one: tuple[float, float], two: tuple[float, float]
) -> None:
    top, bottom = sorted([one, two], key=lambda point: point[1])
    left = Polygon(((0, 0), (top[0], 0), top, bottom, (bottom[0], HEIGHT), (0, HEIGHT)))
    right = Polygon(((WIDTH, 0), (top[0], 0), top, bottom, (bottom[0], HEIGHT), (WIDTH, HEIGHT)))
    marks = rasterise(left, HEIGHT, WIDTH).astype(int) + rasterise(right, HEIGHT, WIDTH)
    assert (marks == 1).all()


@given(st.tuples(coordinates, coordinates, coordinates, coordinates))
@settings(deadline=None)
def test_a_box_marks_the_same_pixels_as_the_polygon_of_its_corners(edges) -> None:
    (left, right), (top, bottom) = sorted(edges[:2]), sorted(edges[2:])
    width, height = right - left, bottom - top
    box = Box(left, top, width, height)
    right, bottom = left + width, top + height
    corners = Polygon(((left, top), (right, top), (right, bottom), (left, bottom)))
    assert np.array_equal(runs_of(box, HEIGHT, WIDTH), runs_of(corners, HEIGHT, WIDTH))


@given(grids)
@settings(deadline=None)
def test_run_lengths_and_back_is_the_same_picture(grid: np.ndarray) -> None:
    mask = to_rle(grid)
    assert (mask.height, mask.width) == grid.shape
    assert sum(mask.counts) == grid.size
    assert all(count > 0 for count in mask.counts[1:])
    assert np.array_equal(from_rle(mask), grid)
    assert np.array_equal(rasterise(mask, *grid.shape), grid)
    assert all(type(count) is int for count in mask.counts)


# pycocotools' compiled arrays are older than NumPy 2's copy keyword.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@given(grids)
@settings(deadline=None)
def test_run_lengths_read_as_cocos(grid: np.ndarray) -> None:
    mask = to_rle(grid)
    theirs = coco.frPyObjects(
        {"size": [mask.height, mask.width], "counts": list(mask.counts)}, *grid.shape
    )
    assert np.array_equal(coco.decode(theirs).astype(bool), grid)
    assert theirs == coco.encode(np.asfortranarray(grid.astype(np.uint8)))
    assert area(mask) == coco.area(theirs)
    if grid.any():
        box = bounding_box(mask)
        assert [box.x, box.y, box.width, box.height] == coco.toBbox(theirs).tolist()


@given(grids.flatmap(lambda one: st.tuples(st.just(one), arrays.arrays(bool, one.shape))))
@settings(deadline=None)
def test_union_and_intersection_are_or_and_and_of_the_pixels(pair) -> None:
    masks = [to_rle(grid) for grid in pair]
    assert union(masks, *pair[0].shape) == to_rle(pair[0] | pair[1])
    assert intersection(masks, *pair[0].shape) == to_rle(pair[0] & pair[1])


@given(
    st.tuples(st.integers(1, 6), st.integers(1, 6)).flatmap(
        lambda shape: st.lists(arrays.arrays(bool, shape), min_size=1, max_size=5)
    ),
    st.integers(1, 5),
)
@settings(deadline=None)
def test_marked_by_counts_how_many_mark_a_pixel(several: list[np.ndarray], needed: int) -> None:
    shape = several[0].shape
    runs = marked_by([runs_of(to_rle(grid), *shape) for grid in several], needed)
    expected = np.sum(several, axis=0) >= needed
    assert to_mask(runs, *shape) == to_rle(expected)
    assert pixel_count(runs) == expected.sum()


def test_run_lengths_with_empty_runs_inside_become_plain_ones() -> None:
    odd = Mask(3, 4, (2, 0, 0, 3, 0, 2, 5))
    assert union([odd], 3, 4) == Mask(3, 4, (2, 5, 5))
    assert bounding_box(odd) == Box(0, 0, 3, 3)


@pytest.mark.parametrize(
    ("pixels", "counts"),
    [
        (["..", ".."], (4,)),
        (["##", "##"], (0, 4)),
        (["#.", ".."], (0, 1, 3)),
        (["..", ".#"], (3, 1)),
        ([".#", "##"], (1, 3)),
    ],
)
def test_run_lengths_go_down_the_columns_and_begin_with_background(pixels, counts) -> None:
    assert to_rle(picture(*pixels)).counts == counts


def test_numbers_other_than_zero_count_as_marked() -> None:
    assert to_rle(np.array([[0, 255], [7, 0]], dtype=np.uint8)).counts == (1, 2, 1)


@pytest.mark.parametrize("pixels", [np.zeros((0, 3)), np.zeros(4), np.zeros((2, 2, 3))])
def test_only_rows_and_columns_make_a_mask(pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="rows"):
        to_rle(pixels)


@pytest.mark.parametrize("counts", [(), (3,), (3, 2), (4, 9)])
def test_run_lengths_that_do_not_fill_the_image_are_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="add up"):
        from_rle(Mask(2, 3, counts))


def test_a_mask_of_another_image_size_is_refused() -> None:
    with pytest.raises(ValueError, match="another size"):
        rasterise(Mask(2, 3, (0, 6)), 3, 2)


def test_the_union_of_nothing_marks_nothing_and_the_intersection_is_undefined() -> None:
    assert union([], 2, 3) == Mask(2, 3, (6,))
    with pytest.raises(ValueError, match="undefined"):
        intersection([], 2, 3)


@pytest.mark.parametrize(
    ("region", "box", "size"),
    [
        (Box(1, 2, 3, 4), Box(1, 2, 3, 4), 12),
        (Polygon(((1, 1), (5, 1), (5, 4))), Box(1, 1, 4, 3), 6),
        (Mask(4, 5, (5, 2, 13)), Box(1, 1, 1, 2), 2),
        (Mask(4, 5, (7, 2, 11)), Box(1, 0, 2, 4), 2),  # over the end of a column
    ],
)
def test_bounding_box_and_area_of_each_kind(region: Region, box: Box, size: float) -> None:
    assert bounding_box(region) == box
    assert area(region) == size


def test_a_mask_that_marks_nothing_has_no_bounding_box() -> None:
    with pytest.raises(ValueError, match="no bounding box"):
        bounding_box(Mask(2, 2, (4,)))


def test_a_disc_of_many_points_has_the_area_of_the_disc() -> None:
    angles = [2 * math.pi * step / 720 for step in range(720)]
    disc = Polygon(tuple((50 + 40 * math.cos(a), 50 + 40 * math.sin(a)) for a in angles))
    assert rasterise(disc, 100, 100).sum() == pytest.approx(math.pi * 1600, rel=0.005)
    assert area(disc) == pytest.approx(math.pi * 1600, rel=0.001)
