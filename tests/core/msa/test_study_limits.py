"""What an interval shows about a limit, and what no study of this size can show."""

import pytest

from labeler.core.agreement.proportions import clopper_pearson, wilson
from labeler.core.agreement.values import Estimate, Reason, Undefined
from labeler.core.errors import InvalidInput
from labeler.core.msa.acceptance import Judged, Limit, Limits, parse_limits
from labeler.core.msa.limits import Answer, by_figure_alone, shown, worst
from labeler.core.msa.reach import effectiveness_reach, rate_reach
from labeler.core.msa.settings import Interval, StudySettings

LIMITS = Limits()
EFFECTIVENESS, MISS, KAPPA = Judged.EFFECTIVENESS, Judged.MISS_RATE, Judged.KAPPA


@pytest.mark.parametrize(
    ("judged", "value", "low", "high", "answer", "alone"),
    [
        (EFFECTIVENESS, 0.98, 0.90, 1.0, "good", "good"),
        (EFFECTIVENESS, 0.90, 0.786, 0.957, "cannot_tell", "good"),
        (EFFECTIVENESS, 0.92, 0.81, 0.97, "marginal", "good"),
        (EFFECTIVENESS, 0.60, 0.50, 0.79, "not_acceptable", "not_acceptable"),
        (MISS, 0.0, 0.0, 0.02, "good", "good"),
        (MISS, 0.0, 0.0, 0.12, "cannot_tell", "good"),
        (MISS, 0.02, 0.01, 0.05, "marginal", "good"),
        (MISS, 0.12, 0.051, 0.3, "not_acceptable", "not_acceptable"),
        (KAPPA, 0.90, 0.76, 0.95, "good", "good"),
        (KAPPA, 0.75, 0.75, 0.95, "marginal", "marginal"),
        (KAPPA, 0.50, 0.39, 0.70, "cannot_tell", "marginal"),
        (KAPPA, 0.20, 0.10, 0.39, "not_acceptable", "not_acceptable"),
    ],
)
def test_a_figure_is_judged_at_the_unfavourable_end(judged, value, low, high, answer, alone):
    figure = Estimate(value, low, high)
    assert (shown(judged, figure, LIMITS), by_figure_alone(judged, figure, LIMITS)) == (
        answer, alone,
    )  # fmt: skip


def test_what_is_not_measured_is_not_passed():
    nothing = Undefined(Reason.NO_REFERENCE)
    assert shown(MISS, nothing, LIMITS) is Answer.NOT_MEASURED
    assert by_figure_alone(MISS, nothing, LIMITS) is Answer.NOT_MEASURED
    assert shown(MISS, Estimate(0.0), LIMITS) is Answer.NOT_MEASURED  # no interval, nothing shown
    assert worst([Answer.GOOD, Answer.NOT_MEASURED]) is Answer.NOT_MEASURED
    assert worst([]) is Answer.NOT_MEASURED


@pytest.mark.parametrize(
    ("answers", "whole"),
    [
        (["good", "good"], "good"),
        (["good", "marginal"], "marginal"),
        (["marginal", "cannot_tell"], "cannot_tell"),
        (["cannot_tell", "not_measured"], "cannot_tell"),
        (["cannot_tell", "not_acceptable"], "not_acceptable"),
    ],
)
def test_the_verdict_is_the_worst_answer(answers, whole):
    assert worst([Answer(one) for one in answers]) == whole


def test_limits_can_be_set_one_by_one():
    found = parse_limits({"miss_rate": [0.01, 0.03]})
    assert found.of[MISS] == Limit(0.01, 0.03)
    assert found.of[EFFECTIVENESS] == Limit(0.9, 0.8)
    assert found.document()["kappa"] == [0.75, 0.4]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"speed": [1, 0]}, "Limits exist for: effectiveness, miss_rate, false_alarm_rate, kappa."),
        ({"kappa": [0.8]}, "Give two numbers from 0 to 1: good, then marginal."),
        ({"kappa": [True, 0.1]}, "Give two numbers from 0 to 1: good, then marginal."),
        ({"kappa": "75"}, "Give two numbers from 0 to 1: good, then marginal."),
        ({"kappa": [float("nan"), 0.1]}, "Give two numbers from 0 to 1: good, then marginal."),
        ({"effectiveness": [90, 80]}, "Give two numbers from 0 to 1: good, then marginal."),
        ({"effectiveness": [0.8, 0.9]}, "The good limit is the larger one."),
        ({"miss_rate": [0.05, 0.02]}, "The good limit of a rate of errors is the smaller one."),
    ],
)
def test_wrong_limits_are_named(document, message):
    with pytest.raises(InvalidInput) as caught:
        parse_limits(document)
    assert [field.message for field in caught.value.fields] == [message]


@pytest.mark.parametrize(
    ("form", "interval"), [(wilson, Interval.WILSON), (clopper_pearson, Interval.EXACT)]
)
def test_fifty_parts_show_90_percent_only_without_an_error(form, interval):
    reach = effectiveness_reach(50, LIMITS, StudySettings(interval=interval))
    assert reach.best == pytest.approx(form(50, 50)[0])
    assert (reach.errors, reach.parts_needed) == (0, None)
    assert form(49, 50)[0] < 0.9 <= form(50, 50)[0]


def test_too_few_parts_are_told_how_many_it_takes():
    reach = effectiveness_reach(20, LIMITS, StudySettings())
    assert (reach.errors, reach.parts_needed) == (None, 35)
    assert wilson(34, 34)[0] < 0.9 <= wilson(35, 35)[0]


def test_a_rate_of_2_percent_takes_many_more_bad_parts_than_a_study_has():
    settings = StudySettings()
    reach = rate_reach(MISS, 16, 3, LIMITS, settings)
    assert reach.errors is None
    assert 0.08 < reach.best < 0.17
    assert reach.parts_needed is not None
    enough = rate_reach(MISS, reach.parts_needed, 3, LIMITS, settings)
    assert enough.errors is not None
    assert enough.best <= 0.02
    too_few = rate_reach(MISS, reach.parts_needed - 1, 3, LIMITS, settings)
    assert too_few.errors is None
    # With one trial a decision is a part, and the closed interval holds.
    single = rate_reach(MISS, 16, 1, LIMITS, settings)
    assert single.best == pytest.approx(wilson(0, 16)[1])


def test_a_study_without_bad_parts_shows_nothing_of_misses():
    reach = rate_reach(MISS, 0, 2, LIMITS, StudySettings())
    assert (reach.best, reach.errors) == (1.0, None)
