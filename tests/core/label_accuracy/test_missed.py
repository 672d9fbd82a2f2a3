"""Chao's lower bound, without any audit: worked by hand, and below the truth by simulation."""

import numpy as np
import pytest

from labeler.core.agreement.values import Reason, Undefined
from labeler.core.label_accuracy.missed import MarkCounts, MissedByAll, missed_by_all


def test_of_two_reviewers_it_is_the_square_of_the_single_ones_over_four_times_the_double() -> None:
    found = missed_by_all([MarkCounts(2, {1: 12, 2: 30})])
    assert isinstance(found, MissedByAll)
    assert found.missed == pytest.approx(12**2 / (4 * 30))
    assert found.recall_at_most == pytest.approx(42 / (42 + 1.2))


def test_lincoln_petersens_estimate_is_never_larger() -> None:
    for only_first in range(13):
        found = missed_by_all([MarkCounts(2, {1: 12, 2: 30})])
        assert isinstance(found, MissedByAll)
        assert only_first * (12 - only_first) / 30 <= found.missed + 1e-12


@pytest.mark.parametrize("marks", [{}, {1: 5}, {0: 2, 1: 5}])
def test_where_nothing_was_marked_twice_nothing_can_be_said(marks: dict[int, int]) -> None:
    assert missed_by_all([MarkCounts(2, marks)]) == Undefined(Reason.NONE_MARKED_TWICE)


def test_what_everybody_marked_hides_nothing() -> None:
    assert missed_by_all([MarkCounts(2, {2: 30})]) == MissedByAll(0.0, 30)


def test_what_came_to_light_without_a_mark_is_found_not_missed() -> None:
    found = missed_by_all([MarkCounts(2, {0: 1, 1: 12, 2: 30})])
    assert isinstance(found, MissedByAll)
    assert (found.found, found.missed) == (43, pytest.approx(0.2))
    many = missed_by_all([MarkCounts(2, {0: 9, 1: 12, 2: 30})])
    assert many == MissedByAll(0.0, 51)


def test_images_with_other_numbers_of_reviews_add_up() -> None:
    found = missed_by_all([MarkCounts(2, {1: 8, 2: 8}), MarkCounts(3, {1: 6, 2: 6, 3: 9})])
    assert isinstance(found, MissedByAll)
    assert found.missed == pytest.approx(8 * 8 / 32 + 2 / 3 * 36 / 12)
    assert found.found == 37


@pytest.mark.parametrize("spread", [0.0, 0.3])
def test_it_is_a_lower_bound_whether_or_not_some_defects_are_harder(spread: float) -> None:
    chance = np.random.default_rng(2)
    bounds, missed = [], []
    for _ in range(400):
        easy = np.clip(chance.normal(0.7, spread, 300), 0.02, 0.98)
        marks = chance.binomial(2, easy)
        counts = {m: int((marks == m).sum()) for m in (1, 2)}
        found = missed_by_all([MarkCounts(2, counts)])
        assert isinstance(found, MissedByAll)
        bounds.append(found.missed)
        missed.append((marks == 0).sum())
    assert np.mean(bounds) <= 1.03 * np.mean(missed)
    if spread:
        assert np.mean(bounds) < 0.7 * np.mean(missed), "hard ones are hard for everybody"
