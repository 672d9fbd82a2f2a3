"""An interval belongs to the table: not to names, not to an order, not to how it was reached."""

import json

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labeler.core.agreement import draws, group_totals
from labeler.core.agreement.draws import WEIGHT_GRID, group_weights, item_counts, item_weights
from labeler.core.agreement.intervals import Method
from labeler.core.agreement.ratings import ALONE, Column, PatternCounts, rating_table
from labeler.core.agreement.report import measure
from tests.core.agreement.made_tables import PRESENT_ABSENT, figures, interval, table

BINARY = st.lists(st.tuples(*[st.sampled_from((None, 0, 1))] * 3), min_size=1, max_size=12)


def told(one, **settings_of) -> str:
    """A report to the last digit."""
    found = measure({"scratch": one}, positive="present", replicates=80, **settings_of)
    return json.dumps(found.document())


def test_weights_are_gamma_draws_of_their_shapes():
    shapes = np.array([0.5, 3.0, 400.0])
    [(_, weights)] = item_weights([b"a", b"b", b"c"], shapes, 20_000, seed=0)
    assert weights.mean(axis=1) == pytest.approx(shapes, rel=0.03)
    assert weights.var(axis=1) == pytest.approx(shapes, rel=0.05)
    assert np.corrcoef(weights) == pytest.approx(np.eye(3), abs=0.03)


def test_a_pattern_keeps_its_weights_among_other_neighbours():
    [(_, few)] = item_weights([b"a", b"c"], np.array([2.0, 5.0]), 50, seed=0)
    [(_, more)] = item_weights([b"a", b"b", b"c"], np.array([2.0, 9.0, 5.0]), 50, seed=0)
    assert (few == more[[0, 2]]).all()
    [(_, other)] = item_weights([b"a", b"c"], np.array([2.0, 5.0]), 50, seed=1)
    assert (few != other).all()


def test_one_group_more_changes_no_other_groups_weights():
    [(_, few)] = group_weights(3, 50, seed=0)
    [(_, more)] = group_weights(100, 50, seed=0)
    assert (more % WEIGHT_GRID == 0).all()
    assert (few[:3] == more[:3]).all()
    assert more.mean() == pytest.approx(1, abs=0.05)


def test_many_groups_have_the_same_weights_part_by_part(monkeypatch):
    [(_, whole)] = group_weights(70, 50, seed=0)
    monkeypatch.setattr(draws, "_CHUNK", 1_000)
    parts = list(group_weights(70, 50, seed=0))
    assert [start for start, _ in parts] == [0, 20, 40, 60]
    assert (np.concatenate([part for _, part in parts]) == whole[:70]).all()


def test_very_many_patterns_are_drawn_together(monkeypatch):
    monkeypatch.setattr(draws, "_MOST_APART", 2)
    monkeypatch.setattr(draws, "_CHUNK", 40_000)
    shapes = np.array([1.0, 8.0, 30.0, 2.0, 2.0])
    parts = list(item_weights([b"a", b"b", b"c", b"d", b"e"], shapes, 20_000, seed=0))
    assert [start for start, _ in parts] == [0, 2, 4]
    means = np.concatenate([part.mean(axis=1) for _, part in parts])
    assert means == pytest.approx(shapes, rel=0.05)


def test_counts_of_every_replicate_add_up(monkeypatch):
    monkeypatch.setattr(draws, "_CHUNK", 30)
    parts = list(item_counts(np.array([0.25, 0.75]), 40, 50, seed=0))
    assert [start for start, _ in parts] == [0, 15, 30, 45]
    assert all((part.sum(axis=1) == 40).all() for _, part in parts)


def test_what_is_remembered_cannot_be_changed():
    [(_, weights)] = group_weights(3, 50, seed=0)
    with pytest.raises(ValueError, match="read-only"):
        weights *= 2


@settings(max_examples=30, deadline=None)
@given(BINARY, st.sampled_from(list(Method)))
def test_remembered_draws_and_fresh_ones_give_the_same_report(rows, method):
    one = table(rows)
    draws.forget()
    fresh = told(one, method=method)
    assert told(one, method=method) == fresh
    draws.forget()
    assert told(one, method=method) == fresh


@settings(max_examples=40, deadline=None)
@given(BINARY, st.randoms(use_true_random=False))
def test_the_order_of_images_changes_no_interval(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert told(table(shuffled)) == told(table(rows))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from((None, 0, 1))] * 2), min_size=1, max_size=12))
@example([(0, 0), (0, 1), (0, 1), (0, 1), (1, 0), (1, 1), (1, 1), (1, 1)])  # once the last digit
def test_two_raters_can_change_places_without_changing_an_interval(rows):
    swapped = [(second, first) for first, second in rows]
    assert figures(table(swapped), replicates=80) == figures(table(rows), replicates=80)


@settings(max_examples=40, deadline=None)
@given(BINARY, st.permutations(range(3)))
def test_raters_can_change_places_without_changing_what_is_said_of_all(rows, order):
    """Light's kappa of three and more keeps its value; its draws follow the raters' order."""
    moved = [tuple(row[index] for index in order) for row in rows]
    before, after = figures(table(rows), replicates=80), figures(table(moved), replicates=80)
    for name in set(before) - {"light_kappa"}:
        assert after[name] == before[name], name


def test_names_of_raters_and_of_defect_types_change_no_interval():
    rows = [(1, 1), (1, 0), (0, 0), (0, 0), (0, 1)]
    one = table(rows, columns=[Column("Anna"), Column("Ben")])
    other = table(rows, columns=[Column("r1"), Column("r2")])
    both = {"scratch": one, "dent": other}
    scratch, dent = measure(both, positive="present", replicates=80).defect_types
    assert scratch.statistics == dent.statistics


def grouped(groups: list[int]):
    """One image with each of four patterns, over and over, in these groups."""
    patterns = np.array([[0, 0], [0, 0], [1, 1], [0, 1]] * (len(groups) // 4), dtype=np.int8)
    return rating_table(
        PatternCounts(
            PRESENT_ABSENT,
            (Column("Anna"), Column("Ben")),
            patterns,
            np.ones(len(groups), dtype=np.int64),
            groups=np.array(groups, dtype=np.int64),
        )
    )


GROUP_SUMS = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 6).map(lambda n: n / 6), st.just(3.0)),
    min_size=1, max_size=30,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(GROUP_SUMS, st.integers(0, 29), st.integers(0, 9))
def test_totals_that_follow_a_change_are_those_from_scratch_to_the_last_bit(rows, at, more):
    before, after = np.array(rows, dtype=float), np.array(rows, dtype=float)
    after[at % len(rows)] += more / 3
    group_totals.forget()
    group_totals.group_totals(before, 300, seed=0)
    followed = group_totals.group_totals(after, 300, seed=0)
    group_totals.forget()
    assert (group_totals.group_totals(after, 300, seed=0) == followed).all()
    [(_, weights)] = group_weights(len(rows), 300, seed=0)
    assert followed == pytest.approx(after.T @ weights[: len(rows)], abs=0.02)


def test_only_what_changed_is_added(monkeypatch):
    sums = np.arange(60.0).reshape(20, 3)
    products = []
    real = group_totals._product
    spied = lambda *some: products.append(1) or real(*some)  # noqa: E731  short
    monkeypatch.setattr(group_totals, "_product", spied)
    group_totals.forget()
    for _ in range(5):
        sums = sums.copy()
        sums[4, 1] += 1
        group_totals.group_totals(sums, 50, seed=0)
    assert len(products) == 1
    group_totals.group_totals(sums + 1, 50, seed=0)  # every group
    group_totals.group_totals(sums, 50, seed=1)
    group_totals.group_totals(sums, 51, seed=0)
    assert len(products) == 4


def test_sums_too_large_to_add_exactly_are_always_added_from_scratch():
    sums = np.full((20, 3), 2.0**27)
    group_totals.forget()
    group_totals.group_totals(sums, 50, seed=0)
    assert not group_totals._MEMORY.known


def test_more_groups_than_fit_are_added_part_by_part(monkeypatch):
    sums = np.arange(60.0).reshape(20, 3)
    group_totals.forget()
    whole = group_totals.group_totals(sums, 50, seed=0)
    group_totals.forget()
    monkeypatch.setattr(draws, "_CHUNK", 300)
    assert group_totals.group_totals(sums, 50, seed=0) == pytest.approx(whole)
    assert not group_totals._MEMORY.known


def test_an_image_of_no_group_is_drawn_by_itself():
    alone, apart = grouped([ALONE] * 200), grouped(list(range(200)))
    one, other = (figures(t, replicates=8_000)["krippendorff_alpha"] for t in (alone, apart))
    assert one.value == other.value
    assert interval(one) == pytest.approx(interval(other), abs=0.015)


def test_images_of_no_group_stand_beside_those_of_one():
    mixed = [ALONE if index % 2 else index // 8 for index in range(400)]
    found = interval(figures(grouped(mixed), replicates=8_000)["krippendorff_alpha"])
    whole = interval(figures(grouped([ALONE] * 400), replicates=8_000)["krippendorff_alpha"])
    assert found[1] - found[0] > 0.02
    assert found == pytest.approx(whole, abs=0.06)
    for method in Method:
        assert figures(grouped(mixed), replicates=200, method=method)["gwet_ac1"].low is not None
