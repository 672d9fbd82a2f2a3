"""Figures on place: by hand, on the published boxes, and their intervals."""

import csv
from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.methods import Method
from labeler.core.agreement.place_features import Part, PlaceSettings, alone
from labeler.core.agreement.place_figures import place_agreement
from labeler.core.agreement.places import Drawn
from labeler.core.agreement.values import Estimate, Reason, Undefined
from labeler.core.masks import rasterise, to_rle
from labeler.core.region_matching import match
from labeler.core.regions import Box, Polygon
from tests.core.agreement.made_places import PLAIN, QUIET, counted, measured, rows, square, value
from tests.core.agreement.made_tables import figures, interval, shared_file, two_raters

DRAWN = Resampling(replicates=2000)
SHIFTED = ([square(10, 10)], [square(11, 11)])  # IoU 81 / 119 = .68
APART = ([square(10, 10)], [square(50, 50)])
SAME = ([square(10, 10)], [square(10, 10)])


def published() -> dict[str, dict[tuple[str, str], list[Box]]]:
    """The boxes of two annotators, by frame and type."""
    path = shared_file("two_annotator_boxes.csv")
    found: dict[str, dict[tuple[str, str], list[Box]]] = defaultdict(lambda: defaultdict(list))
    with path.open(encoding="utf-8", newline="") as stream:
        for one in csv.DictReader(stream):
            box = Box(*(float(one[key]) for key in ("x", "y", "w", "h")))
            found[one["rater"]][one["frame"], one["defect_type"]].append(box)
    return found


@pytest.mark.parametrize(
    ("iou", "matched", "f1"),
    [(0.5, 2697, 0.998519), (0.7, 2682, 0.992966), (0.75, 2672, 0.989263), (0.9, 1640, 0.607183)],
)
def test_the_published_boxes_of_two_annotators(iou: float, matched: int, f1: float) -> None:
    one, other = published().values()
    wanted = PlaceSettings(iou, 0)
    both = rows([(one[key], other[key]) for key in one.keys() & other.keys()], wanted)
    lonely = [alone(len(boxes)) for a, b in ((one, other), (other, one))
              for key, boxes in a.items() if key not in b]  # fmt: skip
    counts = counted({("annotator_1", "annotator_2"): np.concatenate([both, lonely])})
    found = place_agreement(counts, wanted, QUIET)
    assert (found.compared, found.matched) == (2698, matched)
    # REFERENCE.md counts the six boxes too whose type the other annotator did not see at all.
    assert value(found, "f1_with_presence") == pytest.approx(f1, abs=1e-6)
    assert value(found, "f1") == pytest.approx(2 * matched / (2698 + 2698))
    if iou == 0.5:
        assert found.statistics["mean_iou"].value == pytest.approx(0.9139, abs=2e-4)


def test_the_published_boxes_at_any_overlap() -> None:
    one, other = published().values()
    overlaps = [
        iou for key in one.keys() & other.keys() for _, _, iou in match(one[key], other[key], 1e-9)
    ]
    assert len(overlaps) == 2698
    assert np.mean(overlaps) == pytest.approx(0.913696, abs=1e-6)
    assert np.std(overlaps) == pytest.approx(0.059853, abs=1e-5)


def test_whether_the_published_annotators_see_the_same_types() -> None:
    one, other = published().values()
    frames = {frame for found in (one, other) for frame, _ in found}
    types = {kind for found in (one, other) for _, kind in found}
    seen = Counter(((f, t) in one, (f, t) in other) for f in frames for t in types)
    both = two_raters(seen[True, True], seen[True, False], seen[False, True], 96)
    found = figures(both)
    assert (seen[True, True], seen[True, False], seen[False, True]) == (2698, 6, 0)
    assert found["percent_agreement"].value == pytest.approx(0.997857, abs=1e-6)
    assert found["cohen_kappa"].value == pytest.approx(0.968587, abs=1e-6)
    assert found["positive_agreement"].value == pytest.approx(0.998889, abs=1e-6)


def test_two_images_by_hand() -> None:
    found = measured([SHIFTED, APART])
    assert (found.compared, found.regions, found.matched, found.unmatched) == (2, 4, 1, 2)
    assert value(found, "f1") == 0.5
    assert value(found, "mean_iou") == pytest.approx(81 / 119)
    assert value(found, "boundary_distance_px") == 1
    assert found.pairs[0].statistics["f1"] == found.statistics["f1"]
    assert (found.pairs[0].compared, found.pairs[0].regions) == (2, (2, 2))


def test_presence_is_kept_apart_from_place() -> None:
    nobody = ([], [])
    plain = measured([SAME, APART])
    with_empty = measured([SAME, nobody, APART, nobody])
    assert with_empty.statistics == plain.statistics
    assert (with_empty.nobody_drew, with_empty.compared) == (2, 2)
    alone_too = counted({("Anna", "Ben"): np.concatenate([rows([SAME, APART]), [alone(3)]])})
    found = place_agreement(alone_too, PLAIN, QUIET)
    assert value(found, "f1") == value(plain, "f1") == 0.5
    assert value(found, "f1_with_presence") == pytest.approx(2 / 7)


def test_regions_without_a_partner_are_counted() -> None:
    found = measured([([square(0, 0), square(40, 40)], [square(0, 0)]), ([square(5, 5)], [])])
    assert (found.unmatched, found.one_drew) == (2, 1)
    assert value(found, "f1") == pytest.approx(2 / 4)


def test_three_raters_are_the_mean_over_pairs_by_what_each_has_compared() -> None:
    pairs = {
        ("Anna", "Ben"): rows([SAME, SAME, APART]),
        ("Anna", "Chris"): rows([SAME]),
        ("Ben", "Chris"): rows([APART]),
    }
    found = place_agreement(counted(pairs), PLAIN, QUIET)
    assert [one.statistics["f1"].value for one in found.pairs] == pytest.approx([2 / 3, 1, 0])
    assert value(found, "f1") == pytest.approx((3 * 2 / 3 + 1 + 0) / 5)
    assert [one.raters for one in found.pairs] == list(pairs)


def test_single_boxes_have_the_interval_of_positive_agreement() -> None:
    # Both present with the same box, or one drew alone: a, b, c of a table of two raters.
    wanted = Resampling(replicates=100_000)
    images = [SAME] * 9 + [([square(1, 1)], [])] * 2 + [([], [square(1, 1)])]
    boxes = measured(images, resampling=wanted).statistics["f1"]
    verdicts = figures(two_raters(9, 2, 1, 488), replicates=100_000)["positive_agreement"]
    assert boxes.value == verdicts.value
    assert interval(boxes) == pytest.approx(interval(verdicts), abs=0.015)


def test_full_agreement_on_two_images_is_not_certainty() -> None:
    found = measured([SAME, SAME], resampling=Resampling(replicates=20_000))
    assert interval(found.statistics["f1"]) == pytest.approx((0.374, 1), abs=0.015)
    low, high = interval(found.statistics["mean_iou"])
    assert (low < 0.9, high) == (True, 1)


def test_undefined_figures_say_why() -> None:
    def reasons(images) -> dict[str, Reason | None]:
        found = measured(images, resampling=DRAWN).statistics
        return {k: f.reason if isinstance(f, Undefined) else None for k, f in found.items()}

    assert set(reasons([]).values()) == {Reason.NEVER_BOTH_PRESENT}
    assert set(reasons([([], [])]).values()) == {Reason.NO_PLACE_MARKED}
    apart = reasons([APART])
    assert apart["mean_iou"] is apart["boundary_distance_px"] is Reason.NO_PLACE_MATCHES
    assert apart["union_dice"] is Reason.ONLY_BOXES
    assert apart["f1"] is None
    masks = to_rle(rasterise(square(2, 2), 20, 20)), to_rle(rasterise(square(3, 3), 20, 20))
    drawn = reasons([([masks[0]], [masks[1]])])
    assert set(drawn.values()) == {None}


def test_a_region_alone_is_a_defined_figure_with_presence_only() -> None:
    found = place_agreement(counted({("A", "B"): np.array([alone(2)])}), PLAIN, DRAWN)
    assert value(found, "f1_with_presence") == 0
    assert found.statistics["f1"] == Undefined(Reason.NEVER_BOTH_PRESENT)
    assert found.pairs == ()


def test_growing_shows_in_the_figures_and_by_size() -> None:
    images = [([square(10, 10)], [square(12, 12)]), ([square(10, 10, 60)], [square(12, 12, 60)])]
    found = measured(images, PlaceSettings())
    assert (value(found, "f1"), value(found, "f1_grown")) == (0.5, 1)
    by_size = {one.below_px: (one.regions, one.matched, one.grown) for one in found.sizes}
    assert by_size == {
        8: (0, 0, 0), 16: (2, 0, 2), 32: (0, 0, 0), 64: (2, 2, 2), 128: (0, 0, 0),
        None: (0, 0, 0),
    }  # fmt: skip


def test_a_box_does_not_outgrow_an_outline() -> None:
    outline = Polygon(((10.0, 10.0), (18.0, 10.0), (18.0, 18.0), (10.0, 18.0)))
    # IoU .62 as they are, .44 were the box alone to grow; the two boxes match when both do.
    mixed = [square(11, 11, 8), square(40, 40)], [outline, square(42, 42)]
    found = measured([mixed, mixed[::-1]], PlaceSettings())
    assert (found.matched, found.matched_grown) == (2, 4)


boxes = st.builds(square, st.integers(0, 30), st.integers(0, 30), st.sampled_from((6, 10, 14)))
images = st.lists(st.tuples(st.lists(boxes, max_size=3), st.lists(boxes, max_size=3)), max_size=5)


@given(images, st.sampled_from(list(Method)))
@settings(max_examples=40, deadline=None)
def test_an_interval_contains_its_figure(found, method) -> None:
    settled = measured(found, resampling=Resampling(replicates=60, method=method))
    for figure in (*settled.statistics.values(), *(f for p in settled.pairs
                                                   for f in p.statistics.values())):  # fmt: skip
        if isinstance(figure, Estimate) and figure.low is not None:
            assert figure.low <= figure.value <= figure.high


@given(images, st.randoms())
@settings(max_examples=40, deadline=None)
def test_neither_the_order_of_images_nor_of_raters_changes_a_figure(found, luck) -> None:
    before = {key: value(measured(found), key) for key in measured(found).statistics}
    turned = [(b, a) for a, b in found]
    luck.shuffle(turned)
    for key, expected in before.items():
        now = value(measured(turned), key)
        assert now == (None if expected is None else pytest.approx(expected)), key


def test_a_smoothed_interval_of_f1_covers_the_truth_where_the_plain_one_does_not() -> None:
    """Ten images with one defect each, nearly all marked at the same place by both."""
    luck, truth, studies = np.random.default_rng(5), 0.97, 100
    found = {Method.SMOOTHED: 0, Method.PERCENTILE: 0}
    one, other = rows([SAME])[0], rows([([square(1, 1)], []), ([], [square(1, 1)])])
    for study in range(studies):
        # One who marks alone costs F1 half of what a match gives.
        images = [one if luck.random() < truth / (2 - truth) else luck.choice(other)
                  for _ in range(10)]  # fmt: skip
        counts = counted({("Anna", "Ben"): np.array(images)})
        for method in found:
            how = Resampling(replicates=300, seed=study, method=method)
            low, high = interval(place_agreement(counts, PLAIN, how).statistics["f1"])
            found[method] += low <= truth <= high
    assert found[Method.SMOOTHED] / studies >= 0.9
    assert found[Method.PERCENTILE] / studies < 0.7


def test_groups_of_images_are_drawn_as_a_whole() -> None:
    good, bad = [SAME] * 10, [APART] * 10
    lots = np.array([rows(good).sum(axis=0), rows(bad).sum(axis=0)] * 5)
    lot = place_agreement(counted({("A", "B"): lots}, grouped=True), PLAIN, DRAWN)
    apart = measured((good + bad) * 5, resampling=DRAWN)
    assert lot.statistics["f1"].value == apart.statistics["f1"].value
    wide, narrow = (interval(one.statistics["f1"]) for one in (lot, apart))
    assert wide[1] - wide[0] > 2 * (narrow[1] - narrow[0])


@pytest.mark.parametrize("method", list(Method))
def test_a_single_group_has_no_interval(method: Method) -> None:
    one = rows([SAME, APART] * 20).sum(axis=0, keepdims=True)
    how = Resampling(replicates=100, method=method)
    figure = place_agreement(counted({("A", "B"): one}, grouped=True), PLAIN, how).statistics["f1"]
    assert isinstance(figure, Estimate)
    assert (figure.low, figure.high, figure.no_interval) == (None, None, Reason.ONE_UNIT)


def test_many_pairs_are_drawn_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = {("Anna", f"r{n}"): rows([SAME, SHIFTED, APART]) for n in range(6)}
    whole = place_agreement(counted(pairs), PLAIN, DRAWN)
    monkeypatch.setattr("labeler.core.agreement.place_figures._COLUMNS_AT_ONCE", 10)
    assert place_agreement(counted(pairs), PLAIN, DRAWN) == whole


def test_linearised_intervals_of_places_are_near_the_drawn_ones() -> None:
    images = [SAME, SHIFTED, APART, SHIFTED] * 100
    drawn = measured(images, resampling=Resampling(method=Method.PERCENTILE, replicates=8000))
    straight = measured(images, resampling=Resampling(method=Method.LINEARISED))
    for name in ("f1", "mean_iou", "boundary_distance_px"):
        one, other = interval(drawn.statistics[name]), interval(straight.statistics[name])
        assert one == pytest.approx(other, abs=0.006), name


def test_the_document_says_how_places_were_compared() -> None:
    counts = counted(
        {("Anna", "Ben"): rows([SAME])}, drawn=(Drawn("Anna", 2, 3), Drawn("Ben", 0, 0))
    )
    document = place_agreement(counts, PLAIN, QUIET).document()
    assert (document["iou"], document["grow_px"], document["boundary_px"]) == (0.5, 0, 2)
    assert "area is width * height" in document["coordinates"]
    assert document["counts"]["unmatched"] == 0
    assert [one["per_image"] for one in document["raters"]] == [1.5, None]
    assert document["pairs"][0]["raters"] == ["Anna", "Ben"]
    assert Part.SIZES + 3 * len(document["sizes"]) == counts.totals.shape[1]
