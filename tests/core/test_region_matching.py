"""Who marked the same place: IoU against pycocotools, matching against brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from labeler.core.masks import rasterise, to_rle
from labeler.core.region_matching import Places, agree_on_places, iou, match
from labeler.core.regions import Box, Mask, Polygon, Region, parse_region

HEIGHT, WIDTH = 20, 30


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    numbers = st.one_of(st.integers(0, 19).map(float), st.floats(0, 19, width=32))
    x, y = draw(numbers), draw(numbers)
    return Box(x, y, draw(st.floats(0.5, WIDTH - x)), draw(st.floats(0.5, HEIGHT - y)))


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    point = st.tuples(st.floats(0, WIDTH, width=32), st.floats(0, HEIGHT, width=32))
    return Polygon(tuple(draw(st.lists(point, min_size=3, max_size=6))))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    grid = np.zeros((HEIGHT, WIDTH), dtype=bool)
    for box in draw(st.lists(boxes(), min_size=1, max_size=3)):
        grid |= rasterise(box, HEIGHT, WIDTH)
    return to_rle(grid)


regions = st.one_of(boxes(), polygons(), masks())


def as_coco(mask: Mask) -> dict[str, object]:
    size = [mask.height, mask.width]
    return coco.frPyObjects({"size": size, "counts": list(mask.counts)}, *size)


def listed(box: Box) -> list[float]:
    return [box.x, box.y, box.width, box.height]


# IoU


@given(boxes(), boxes())
@settings(deadline=None)
def test_iou_of_boxes_is_that_of_pycocotools(a: Box, b: Box) -> None:
    theirs = coco.iou([listed(a)], [listed(b)], [0])[0][0]
    assert iou(a, b) == pytest.approx(theirs, abs=1e-9)


@given(masks(), masks())
@settings(deadline=None)
def test_iou_of_masks_is_that_of_pycocotools(a: Mask, b: Mask) -> None:
    theirs = coco.iou([as_coco(a)], [as_coco(b)], [0])[0][0]
    either = sum(a.counts[1::2]) + sum(b.counts[1::2])
    assert iou(a, b) == pytest.approx(theirs if either else float(a == b), abs=1e-12)


@given(regions, regions)
@settings(deadline=None)
def test_iou_is_symmetric_and_between_0_and_1(a: Region, b: Region) -> None:
    assert iou(a, b) == iou(b, a)
    assert 0 <= iou(a, b) <= 1
    assert iou(a, a) == 1


@given(regions, polygons())
@settings(deadline=None)
def test_iou_with_a_polygon_counts_pixels(a: Region, b: Polygon) -> None:
    one, two = rasterise(a, HEIGHT, WIDTH), rasterise(b, HEIGHT, WIDTH)
    either = (one | two).sum()
    expected = (one & two).sum() / either if either else 0.0
    assert a == b or iou(a, b) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "value"),
    [
        (Box(0, 0, 10, 10), Box(0, 0, 10, 5), 0.5),
        (Box(0, 0, 10, 10), Box(5, 0, 10, 10), 1 / 3),
        (Box(0, 0, 10, 10), Box(10, 0, 10, 10), 0.0),  # half-open: touching is apart
        (Box(0, 0, 4, 4), Box(20, 20, 4, 4), 0.0),
        (Box(0, 0, 4, 4), Polygon(((0, 0), (4, 0), (4, 4), (0, 4))), 1.0),
        (Box(0, 0, 4, 4), Mask(4, 8, (0, 8, 24)), 0.5),
        (Polygon(((0, 0), (0.2, 0), (0, 0.2))), Box(0, 0, 0.2, 0.2), 0.0),  # no pixel at all
    ],
)
def test_iou_by_hand(a: Region, b: Region, value: float) -> None:
    assert iou(a, b) == pytest.approx(value)


def test_masks_of_two_image_sizes_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different sizes"):
        iou(Mask(2, 3, (0, 6)), Mask(3, 2, (0, 6)))


# Matching


def best_by_trying_all(a, b, threshold) -> tuple[int, float]:
    """Most pairs, then the largest sum, over every way to pair them."""
    table = [[iou(p, q) for q in b] for p in a]
    best = (0, 0.0)
    columns = [*range(len(b)), *[None] * len(a)]
    for chosen in set(itertools.permutations(columns, len(a))):
        values = [table[i][j] for i, j in enumerate(chosen) if j is not None]
        if all(value >= threshold for value in values):
            best = max(best, (len(values), math.fsum(values)))
    return best


crowds = st.lists(
    st.builds(Box, st.integers(0, 6), st.integers(0, 2), st.integers(4, 12), st.integers(4, 8)),
    max_size=3,
)


@settings(max_examples=60, deadline=None)
@given(crowds, crowds, st.sampled_from([0.3, 0.5]))
def test_matching_finds_the_most_pairs_then_the_largest_sum(a, b, threshold) -> None:
    pairs = match(a, b, threshold)
    count, total = best_by_trying_all(a, b, threshold)
    assert len(pairs) == count
    assert math.fsum(value for _, _, value in pairs) == pytest.approx(total)
    assert len({i for i, _, _ in pairs}) == len({j for _, j, _ in pairs}) == len(pairs)
    assert pairs == sorted(pairs)
    assert all(value == iou(a[i], b[j]) for i, j, value in pairs)


def test_two_fair_pairs_beat_one_perfect_pair() -> None:
    # The right one of A fits the left one of B perfectly, but then the others stay alone.
    a = [Box(0, 0, 10, 10), Box(4, 0, 10, 10)]
    b = [Box(4, 0, 10, 10), Box(8, 0, 10, 10)]
    assert iou(a[1], b[0]) == 1 > iou(a[0], b[0]) + iou(a[1], b[1])
    assert [pair[:2] for pair in match(a, b, 0.4)] == [(0, 0), (1, 1)]


@given(st.lists(regions, max_size=4), st.lists(regions, max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_neither_the_order_of_regions_nor_of_reviewers_changes_the_pairs(a, b, random) -> None:
    # Pairs are compared by value: equal regions are interchangeable.
    def named(first, second, pairs):
        return sorted((repr(first[i]), repr(second[j]), value) for i, j, value in pairs)

    shuffled_a, shuffled_b = random.sample(a, len(a)), random.sample(b, len(b))
    expected = named(a, b, match(a, b, 0.2))
    assert named(shuffled_a, shuffled_b, match(shuffled_a, shuffled_b, 0.2)) == expected
    mirrored = [(j, i, value) for i, j, value in match(b, a, 0.2)]
    assert named(a, b, mirrored) == expected


def test_a_tie_is_decided_by_the_coordinates_not_by_who_came_first() -> None:
    a = [Box(0, 0, 10, 10)]
    b = [Box(2, 0, 10, 10), Box(0, 2, 10, 10)]
    assert iou(a[0], b[0]) == iou(a[0], b[1])
    [(_, chosen, _)] = match(a, b)
    [(_, again, _)] = match(a, b[::-1])
    [(mirrored, _, _)] = match(b, a)
    assert b[chosen] == b[::-1][again] == b[mirrored]


def test_one_half_is_enough_even_when_decimals_round() -> None:
    for step in range(1, 200):
        x = step / 10
        assert len(match([Box(x, x, 0.2, 0.2)], [Box(x, x, 0.2, 0.1)])) == 1


def test_matching_nothing_gives_nothing() -> None:
    assert match([], [Box(0, 0, 1, 1)]) == match([Box(0, 0, 1, 1)], []) == match([], []) == []


# Agreeing


def square(x: float, y: float = 0, side: float = 10) -> Polygon:
    return Polygon(((x, y), (x + side, y), (x + side, y + side), (x, y + side)))


def test_matched_boxes_become_their_coordinate_wise_mean() -> None:
    places = agree_on_places([[Box(0, 0, 10, 10)], [Box(2, 1, 10, 9)]])
    assert places == Places((Box(1, 0.5, 10, 9.5),), 0)


def test_the_order_of_reviewers_changes_not_even_the_last_digit_of_a_mean() -> None:
    several = [[Box(0.1, 0.3, 10, 10)], [Box(0.2, 0.1, 10, 10)], [Box(0.3, 0.2, 10, 10)]]
    assert sum([0.1, 0.2, 0.3]) != sum([0.3, 0.2, 0.1])
    assert len({agree_on_places(order) for order in itertools.permutations(several)}) == 1


def test_two_polygons_become_the_pixels_that_either_marks() -> None:
    places = agree_on_places([[square(0)], [square(2)]], width_px=WIDTH, height_px=HEIGHT)
    assert places == Places((to_rle(rasterise(Box(0, 0, 12, 10), HEIGHT, WIDTH)),), 0)


def test_three_polygons_become_the_pixels_that_two_mark() -> None:
    several = [[square(0)], [square(2)], [square(3)]]
    places = agree_on_places(several, width_px=WIDTH, height_px=HEIGHT)
    assert places == Places((to_rle(rasterise(Box(2, 0, 10, 10), HEIGHT, WIDTH)),), 0)


def test_a_box_and_a_polygon_are_compared_and_joined_by_their_pixels() -> None:
    places = agree_on_places([[Box(0, 0, 10, 10)], [square(1)]], width_px=WIDTH, height_px=HEIGHT)
    assert places == Places((to_rle(rasterise(Box(0, 0, 11, 10), HEIGHT, WIDTH)),), 0)


def test_a_mask_brings_the_size_of_its_image_along() -> None:
    marked = to_rle(rasterise(Box(0, 0, 10, 10), HEIGHT, WIDTH))
    places = agree_on_places([[marked], [square(0)]])
    assert places == Places((marked,), 0)


def test_polygons_alone_need_the_size_of_the_image() -> None:
    with pytest.raises(ValueError, match="width_px and height_px"):
        agree_on_places([[square(0)], [square(0)]])


def test_regions_of_one_reviewer_stay_as_they_are() -> None:
    own = [square(3), Box(0, 0, 1, 1), Mask(2, 2, (0, 4))]
    assert agree_on_places([own]) == Places(tuple(own), 0)
    assert agree_on_places([]) == agree_on_places([[], []]) == Places((), 0)


def test_a_group_needs_one_region_of_every_reviewer() -> None:
    one, two = Box(0, 0, 10, 10), Box(15, 0, 10, 10)
    assert agree_on_places([[one, two], [two, one], [one]]) == Places((one,), 2)


def test_a_group_needs_every_two_of_its_regions_matched() -> None:
    # Each neighbour fits, the ends do not: 70 of 130 for 3 px, 40 of 160 for 6 px.
    chain = [[Box(0, 0, 10, 10)], [Box(3, 0, 10, 10)], [Box(6, 0, 10, 10)]]
    assert agree_on_places(chain[:2]).unmatched == 0
    assert agree_on_places(chain[1:]).unmatched == 0
    assert agree_on_places(chain) == Places((), 3)


def test_equal_outlines_too_thin_for_a_pixel_stay_an_outline() -> None:
    hair = Polygon(((1.1, 1), (1.2, 1), (1.2, 9)))
    assert not rasterise(hair, HEIGHT, WIDTH).any()
    places = agree_on_places([[hair], [hair]], width_px=WIDTH, height_px=HEIGHT)
    assert places == Places((hair,), 0)


@given(st.lists(st.lists(regions, max_size=3), min_size=2, max_size=4), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_reviewers_and_regions_changes_no_place(several, random) -> None:
    shuffled = [random.sample(own, len(own)) for own in random.sample(several, len(several))]
    size = {"width_px": WIDTH, "height_px": HEIGHT}
    assert agree_on_places(shuffled, **size) == agree_on_places(several, **size)


@given(st.integers(1, 3000), st.integers(1, 3000), st.data())
@settings(deadline=None)
def test_a_mean_box_stays_within_the_image(width_px: int, height_px: int, data) -> None:
    x = data.draw(st.floats(0, width_px * 0.7))
    y = data.draw(st.floats(0, height_px * 0.7))
    ends = data.draw(
        st.lists(st.tuples(st.floats(0.9, 1), st.floats(0.9, 1)), min_size=2, max_size=5)
    )
    several = []
    for across, down in ends:
        raw = Box(x, y, (width_px - x) * across, (height_px - y) * down).document()
        several.append([parse_region(raw, width_px=width_px, height_px=height_px)])
    [mean] = agree_on_places(several).regions
    assert isinstance(mean, Box)
    assert mean.x + mean.width <= width_px
    assert mean.y + mean.height <= height_px
    assert parse_region(mean.document(), width_px=width_px, height_px=height_px) == mean
