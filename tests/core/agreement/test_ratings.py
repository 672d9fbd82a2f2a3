"""Counting patterns: the same table however it comes in."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.agreement.ratings import (
    UNSURE,
    Column,
    PatternCounts,
    RatingTable,
    count_answers,
    count_patterns,
    distinct_rows,
    rating_table,
)
from labeler.core.agreement.report import measure
from tests.core.agreement.made_tables import PRESENT_ABSENT, patterns, report, table, two_raters


def test_equal_rows_are_one_pattern():
    counted = patterns([(1, 1), (0, 1), (1, 1)])
    assert counted.patterns.tolist() == [[0, 1], [1, 1]]
    assert counted.items.tolist() == [1, 2]


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 45).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(-2, 4), min_size=width, max_size=width), min_size=1, max_size=20
        )
    )
)
def test_distinct_rows_are_those_of_a_slow_count(rows):
    unique, items = distinct_rows(np.array(rows, dtype=np.int8), np.ones(len(rows), np.int64))
    found = {tuple(row): count for row, count in zip(unique.tolist(), items, strict=True)}
    assert len(found) == len(unique)
    assert found == {tuple(row): rows.count(row) for row in rows}


def test_wide_sparse_rows_are_counted_without_a_table_of_all_possible_ones():
    rows = np.random.default_rng(0).integers(-1, 2, (300, 20)).astype(np.int8)
    unique, items = distinct_rows(np.concatenate([rows, rows]), np.ones(600, np.int64))
    assert items.sum() == 600
    assert (items % 2 == 0).all()
    assert len(unique) == len({tuple(row) for row in rows.tolist()})


def test_a_long_list_of_answers_gives_the_same_patterns():
    listed = count_answers(
        PRESENT_ABSENT,
        [Column("a"), Column("b")],
        item=np.array([0, 0, 1, 2, 2]),
        column=np.array([0, 1, 1, 0, 1]),
        code=np.array([1, 1, 0, 1, 1]),
    )
    assert listed.patterns.tolist() == patterns([(1, 1), (None, 0), (1, 1)]).patterns.tolist()
    assert listed.items.tolist() == [1, 2]


def test_counted_patterns_measure_like_the_items_they_stand_for():
    rows = [(1, 1)] * 9 + [(1, 0)] * 2 + [(0, 1)] + [(0, 0)] * 30
    columns = [Column("Anna"), Column("Ben")]
    assert (
        report(table(rows, columns=columns), replicates=200).document()
        == report(two_raters(9, 2, 1, 30), replicates=200).document()
    )


def test_a_pattern_that_stands_there_twice_adds_up():
    codes = np.array([[1, 1], [0, 0], [1, 1]], dtype=np.int8)
    twice = PatternCounts(
        PRESENT_ABSENT, (Column("a"), Column("b")), codes, np.array([2, 5, 3], dtype=np.int64)
    )
    assert rating_table(twice).pairs[0, 1].total.tolist() == [[5, 0], [0, 5]]


def test_cant_tell_is_missing_and_has_its_own_share():
    one = table([(1, 1), (1, UNSURE), (0, 0), (UNSURE, UNSURE), (0, None)])
    found = report(one).defect_types[0]
    assert (found.images, found.ratings) == (5, 6)
    assert found.unsure_share == 3 / 9
    assert found.counts.document(found.scale) == {
        "both_present": 1, "only_one": 0, "both_absent": 1, "one_rating": 1, "unsure": 2,
    }  # fmt: skip
    without = report(table([(1, 1), (1, None), (0, 0), (0, None)])).defect_types[0]
    assert found.statistics == without.statistics


def test_two_ratings_are_compared_even_if_a_third_rater_cannot_tell():
    found = report(table([(1, 0, UNSURE)])).defect_types[0]
    assert found.counts.document(found.scale)["only_one"] == 1
    assert found.counts.document(found.scale)["unsure"] == 0


def test_an_item_that_nobody_judged_is_no_item():
    assert report(table([(1, 1), (None, None)])).defect_types[0].images == 1


def test_pairs_are_decisions_of_the_same_trial():
    columns = [Column("a", "1"), Column("a", "2"), Column("b", "1"), Column("b", "2")]
    one = table([(1, 0, 1, 0), (1, 1, 0, None)], columns=columns)
    pair = one.pairs[0, 1]
    assert one.raters == ("a", "b")
    assert pair.total.tolist() == [[1, 0], [1, 1]]
    assert pair.repeated
    assert pair.items.sum() == 2


def test_very_many_raters_are_measured_from_tallies_alone():
    """What a caller counts in the database: vectors and crossed pairs, no patterns."""
    full = table([(1, 1, 0), (0, 0, 0), (1, 1, 1), (0, 1, 0)])
    tallies = RatingTable(
        full.categories, full.raters, full.vectors, full.answers, full.unsure, full.pairs
    )
    wanted = report(full, replicates=100).defect_types[0]
    found = report(tallies, replicates=100).defect_types[0]
    assert found.statistics["fleiss_kappa"] == wanted.statistics["fleiss_kappa"]
    light = found.statistics["light_kappa"]
    assert light.value == pytest.approx(wanted.statistics["light_kappa"].value)
    assert light.low is None


def test_a_million_items_are_as_quick_as_ten():
    columns = [Column("a"), Column("b")]
    codes = np.zeros((1_000_000, 2), dtype=np.int8)
    codes[:9_000] = 1
    codes[9_000:9_500, 0] = 1
    counted = count_patterns(PRESENT_ABSENT, columns, codes)
    assert counted.items.tolist() == [990_500, 500, 9_000]
    found = measure({"dent": rating_table(counted)}, positive="present")
    assert found.defect_types[0].images == 1_000_000
