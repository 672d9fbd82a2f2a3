"""What one image adds: by hand, against SciPy's assignment, against NumPy's pixel counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from labeler.core.agreement.place_features import Part, PlaceSettings, compare, place_settings
from labeler.core.errors import InvalidInput
from labeler.core.masks import area, rasterise, to_rle
from labeler.core.region_matching import iou
from labeler.core.regions import Box, Mask, Polygon, Region
from tests.core.agreement.made_places import PLAIN, square

HEIGHT, WIDTH_PX = 24, 32


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x, y = draw(st.integers(0, WIDTH_PX - 2)), draw(st.integers(0, HEIGHT - 2))
    return Box(x, y, draw(st.integers(1, WIDTH_PX - x)), draw(st.integers(1, HEIGHT - y)))


@st.composite
def masks(draw: st.DrawFn) -> Mask:
    grid = np.zeros((HEIGHT, WIDTH_PX), dtype=bool)
    for box in draw(st.lists(boxes(), min_size=1, max_size=2)):
        grid |= rasterise(box, HEIGHT, WIDTH_PX)
    return to_rle(grid)


regions = st.one_of(boxes(), masks())


@given(st.lists(boxes(), max_size=6), st.lists(boxes(), max_size=6), st.sampled_from((0.3, 0.5)))
@settings(deadline=None)
def test_the_matching_is_the_best_that_scipy_finds(a: list[Box], b: list[Box], t: float) -> None:
    row = compare(a, b, PlaceSettings(t, 0))
    table = np.array([[iou(p, q) for q in b] for p in a]).reshape(len(a), len(b))
    good = np.where(table >= t, table, 0)
    # Pairs first, then IoU: one pair more outweighs all the IoU that there can be.
    chosen = linear_sum_assignment(good + 10 * (good > 0), maximize=True)
    pairs = [table[i, j] for i, j in zip(*chosen, strict=True) if table[i, j] >= t]
    assert row[Part.MATCHED] == len(pairs)
    assert row[Part.OVERLAP] == pytest.approx(sum(pairs))


@given(st.lists(masks(), min_size=1, max_size=3), st.lists(regions, min_size=1, max_size=3))
@settings(deadline=None)
def test_unions_are_numpys_pixel_counts(a: list[Mask], b: list[Region]) -> None:
    one, other = (
        np.logical_or.reduce([rasterise(r, HEIGHT, WIDTH_PX) for r in drawn]) for drawn in (a, b)
    )
    row = compare(a, b, PLAIN)
    shared, either = (one & other).sum(), (one | other).sum()
    assert row[Part.DRAWN] == 1
    assert row[Part.UNION] == pytest.approx(shared / either)
    assert row[Part.DICE] == pytest.approx(2 * shared / (one.sum() + other.sum()))


@given(st.lists(regions, max_size=4), st.lists(regions, max_size=4), st.randoms())
@settings(deadline=None)
def test_swapping_raters_swaps_their_counts_and_no_order_matters(a, b, luck) -> None:
    row = compare(a, b, PlaceSettings())
    swapped = row.copy()
    swapped[[Part.FIRST, Part.SECOND]] = row[[Part.SECOND, Part.FIRST]]
    luck.shuffle(a)
    luck.shuffle(b)
    assert compare(b, a, PlaceSettings()).tolist() == pytest.approx(swapped.tolist())


@given(st.lists(regions, max_size=4), st.lists(regions, max_size=4))
@settings(deadline=None)
def test_every_region_stands_in_one_class_of_size(a, b) -> None:
    row = compare(a, b, PlaceSettings())
    sizes = row[Part.SIZES :].reshape(-1, 3)
    assert sizes[:, 0].sum() == len(a) + len(b)
    assert sizes[:, 1].sum() == 2 * row[Part.MATCHED]
    assert sizes[:, 2].sum() == 2 * row[Part.GROWN]
    small = sum(area(r) < 64 for r in (*a, *b))
    assert sizes[0, 0] == small


def test_one_box_each_by_hand() -> None:
    # 10 x 10, shifted by one px both ways: 81 / 119, and all four edges one px off.
    row = compare([square(10, 10)], [square(11, 11)], PLAIN)
    assert row[Part.OVERLAP] == pytest.approx(81 / 119)
    assert row[Part.APART] == 1
    assert (row[Part.COMPARED], row[Part.MATCHED], row[Part.DRAWN]) == (1, 1, 0)


def test_growing_lets_a_small_box_match_that_is_two_pixels_off() -> None:
    # Two px both ways: 64 / 136 = .47; grown by 2 to 14 x 14: 144 / 248 = .58.
    row = compare([square(10, 10)], [square(12, 12)], PlaceSettings())
    assert (row[Part.MATCHED], row[Part.GROWN]) == (0, 1)
    assert row[Part.SIZES + 3 : Part.SIZES + 6].tolist() == [2, 0, 2]
    edge = compare([square(0, 0)], [square(2, 2)], PlaceSettings())
    assert edge[Part.GROWN] == 1  # growing beyond the image is no matter


def test_growing_leaves_polygons_and_masks_as_they_are() -> None:
    a = Polygon(((10, 10), (20, 10), (20, 20), (10, 20)))
    b = Polygon(((12, 12), (22, 12), (22, 22), (12, 22)))
    row = compare([a], [b], PlaceSettings())
    assert (row[Part.MATCHED], row[Part.GROWN]) == (0, 0)


def test_who_draws_nothing_where_both_said_present_leaves_the_other_unmatched() -> None:
    row = compare([square(0, 0), square(20, 20)], [], PLAIN)
    assert (row[Part.COMPARED], row[Part.ONE_DREW]) == (1, 1)
    assert (row[Part.FIRST], row[Part.SECOND], row[Part.MATCHED]) == (2, 0, 0)
    assert not compare([], [], PLAIN).any()


def test_an_area_that_only_one_marked_has_nothing_in_common_with_the_other() -> None:
    row = compare([Mask(4, 4, (0, 8, 8))], [], PLAIN)
    assert (row[Part.DRAWN], row[Part.DICE], row[Part.BOUNDARY]) == (1, 0, 0)


def test_a_crack_one_pixel_off_overlaps_nowhere_and_agrees_at_its_boundary() -> None:
    def crack(y: int) -> Mask:
        grid = np.zeros((20, 60), dtype=bool)
        grid[y, 5:55] = True
        return to_rle(grid)

    row = compare([crack(10)], [crack(11)], PlaceSettings())
    assert (row[Part.DICE], row[Part.UNION], row[Part.BOUNDARY]) == (0, 0, 1)
    strict = compare([crack(10)], [crack(11)], PlaceSettings(boundary_px=0.5))
    assert strict[Part.BOUNDARY] == 0


def test_the_distance_of_matched_outlines_is_counted_in_pixels() -> None:
    def block(x: int) -> Mask:
        grid = np.zeros((30, 30), dtype=bool)
        grid[5:25, x : x + 20] = True
        return to_rle(grid)

    row = compare([block(4)], [block(5)], PLAIN)
    # Of 76 pixels of an outline, the 20 of the outer side and 18 of the inner one are 1 px off.
    assert row[Part.APART] == pytest.approx(38 / 76)
    assert compare([block(4)], [block(4)], PLAIN)[Part.APART] == 0


def test_outlines_too_thin_for_any_pixel_are_matched_and_not_counted_in_pixels() -> None:
    thin = Polygon(((0.6, 0.6), (0.9, 0.6), (0.9, 0.9)))
    row = compare([thin], [thin], PLAIN)
    assert (row[Part.MATCHED], row[Part.DRAWN]) == (1, 0)


def test_a_pixel_count_and_half_open_boxes_agree() -> None:
    box, mask = Box(3, 4, 10, 6), to_rle(rasterise(Box(3, 4, 10, 6), 20, 20))
    row = compare([box], [mask], PLAIN)
    assert (row[Part.OVERLAP], row[Part.DICE], row[Part.APART]) == (1, 1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iou": 0}, {"iou": 1.01}, {"iou": float("nan")}, {"grow_px": -1}, {"grow_px": 51},
        {"boundary_px": -0.1},
    ],
)  # fmt: skip
def test_settings_without_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidInput):
        place_settings(**wrong)
    assert place_settings() == PlaceSettings(0.5, 2, 2)
