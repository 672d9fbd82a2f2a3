"""Decisions on one part hang together: the interval must know."""

import numpy as np
import pytest

from labeler.core.agreement.proportions import clopper_pearson, wilson
from labeler.core.agreement.values import Estimate, Reason
from labeler.core.msa.report import report_study
from labeler.core.msa.settings import Interval, StudySettings
from labeler.core.msa.shares import RESAMPLED, Unit, share_of_decisions
from tests.core.agreement.made_tables import interval
from tests.core.msa.made_studies import FIVE, study

SIMULATED = 400


def decisions(matching, of, **settings):
    return share_of_decisions(
        np.array(matching), np.array(of), StudySettings(**settings),
        Reason.NO_RATINGS, Unit.DECISIONS,
    )  # fmt: skip


def test_one_decision_a_part_has_the_closed_interval():
    one = decisions([1, 0, 1, 1], [1, 1, 1, 1])
    assert (interval(one.figure), one.interval) == (wilson(3, 4), "wilson")
    exact = decisions([1, 0, 1, 1], [1, 1, 1, 1], interval=Interval.EXACT)
    assert (interval(exact.figure), exact.interval) == (clopper_pearson(3, 4), "exact")


def test_several_decisions_a_part_are_not_taken_for_independent():
    together = decisions([3] * 3 + [0] * 17, [3] * 20)
    assert together.interval == RESAMPLED
    low, high = interval(together.figure)
    narrow = wilson(9, 60)
    assert high - low > 1.3 * (narrow[1] - narrow[0])
    assert decisions([3, 0], [3, 3], replicates=0).figure == Estimate(0.5, count=3, of=6)


def test_one_miss_on_two_bad_parts_shows_nothing():
    """Resampled alone, the interval of 1 in 4 would begin above 5 %."""
    low, high = interval(decisions([1, 0], [2, 2]).figure)
    assert low == pytest.approx(clopper_pearson(1, 4)[0])
    assert low < 0.01
    assert high > 0.7


def test_the_same_study_has_the_same_interval_twice():
    assert report_study(study(FIVE)).document() == report_study(study(FIVE)).document()


@pytest.mark.parametrize(
    ("parts", "trials", "rate", "alike"), [(16, 3, 0.06, 0.4), (50, 2, 0.1, 0.5)]
)
def test_the_interval_covers_the_truth_where_parts_differ_in_difficulty(parts, trials, rate, alike):
    """Each part has its own chance to be missed; `alike` is how far its trials go together."""
    rng = np.random.default_rng(11)
    chance = rng.beta(rate * (1 / alike - 1), (1 - rate) * (1 / alike - 1), (SIMULATED, parts))
    missed = rng.binomial(trials, chance)
    of = np.full(parts, trials)
    found = [interval(decisions(row, of, replicates=500).figure) for row in missed]
    covered = np.mean([low <= rate <= high for low, high in found])
    as_if_independent = [wilson(int(row.sum()), parts * trials) for row in missed]
    naive = np.mean([low <= rate <= high for low, high in as_if_independent])
    # Monte-Carlo error 1.1 points.
    assert covered > 0.92
    assert covered > naive
