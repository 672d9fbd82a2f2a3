"""How long reviewers look."""

import numpy as np
import pytest

from labeler.core.pace import FEWEST_TIMED, pace, quantile


def test_a_long_break_does_not_move_the_pace():
    usual = pace({4.0: 10, 6.0: 10, 8.0: 10})
    assert (usual.median_s, usual.low_s, usual.high_s) == (6.0, 4.0, 8.0)
    with_break = pace({4.0: 10, 6.0: 10, 8.0: 9, 3600.0: 1})
    assert (with_break.median_s, with_break.high_s) == (6.0, 8.0)


def test_a_middle_value_is_that_of_the_values_written_out():
    luck = np.random.default_rng(1)
    for size in (1, 2, 3, 7, 20, 101):
        values = np.round(luck.gamma(2, 3, size), 1)
        counts = dict(zip(*np.unique(values, return_counts=True), strict=True))
        for share in (0.25, 0.5, 0.75):
            expected = np.quantile(values, share, method="averaged_inverted_cdf")
            assert quantile(counts, share) == pytest.approx(expected), (size, share)


def test_reviews_without_a_time_are_counted_and_few_times_are_no_pace():
    few = pace({None: 5, 3.0: FEWEST_TIMED - 1})
    assert (few.reviews, few.timed, few.median_s) == (FEWEST_TIMED + 4, FEWEST_TIMED - 1, None)
    assert pace({3.0: FEWEST_TIMED}).median_s == 3.0
    assert pace({}).document() == {
        "reviews": 0, "timed": 0, "median_s": None, "low_s": None, "high_s": None,
    }  # fmt: skip
