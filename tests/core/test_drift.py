"""What an alarm names: the reviewers, the defect types and the standard that moved with it."""

import pytest

from labeler.core.control_chart import Sample, Signal, control_chart
from labeler.core.drift import exceeds_by_chance, find_alarms

PERIODS = [f"2026-W{week:02}" for week in range(1, 13)]


def alarms(counts, *, reviewers=None, types=None, versions=None, of=100):
    periods = PERIODS[: len(counts)]
    samples = [Sample(p, n, of) for p, n in zip(periods, counts, strict=True)]
    chart = control_chart(samples)
    assert chart is not None
    return find_alarms(
        chart,
        measure="disputes",
        defect_type=None,
        reviewers={
            name: {
                p: n if isinstance(n, tuple) else (n, of)
                for p, n in zip(periods, own, strict=True)
                if n is not None
            }
            for name, own in (reviewers or {}).items()
        },
        defect_types={
            name: {p: (n, of) for p, n in zip(periods, own, strict=True) if n is not None}
            for name, own in (types or {}).items()
        },
        versions=dict(zip(periods, versions or [{1}] * len(periods), strict=True)),
    )


def test_fisher_s_exact_test_worked_by_hand():
    # 3 white of 6 drawn into two halves: all three in the first is 1 of C(6, 3) = 20 ways.
    assert exceeds_by_chance((3, 3), (0, 3)) == pytest.approx(1 / 20)
    # At least 2 of them: C(3, 2) C(3, 1) + 1 = 10 of 20 ways.
    assert exceeds_by_chance((2, 3), (1, 3)) == pytest.approx(10 / 20)
    assert exceeds_by_chance((0, 3), (3, 3)) == pytest.approx(1)
    assert exceeds_by_chance((0, 5), (0, 5)) == pytest.approx(1)
    # More marked than the other side holds.
    assert exceeds_by_chance((4, 4), (1, 2)) == pytest.approx(2 / 6)


def test_a_peak_names_whoever_moved_with_it_and_nobody_else():
    counts = [5, 4, 6, 5, 5, 25]
    [alarm] = alarms(
        counts,
        reviewers={"anna": [3] * 6, "ben": [2, 2, 3, 2, 2, 22]},
        types={"scratch": [4, 3, 5, 4, 4, 24], "stain": [1] * 6, "dent": [0] * 6},
    )
    assert (alarm.signal, alarm.periods) == (Signal.ABOVE, ("2026-W06",))
    assert (alarm.count, alarm.of) == (25, 100)
    assert alarm.reviewers == ("ben",)
    assert alarm.defect_types == ("scratch",)
    assert alarm.versions == ()


def test_a_drop_names_those_who_fell():
    [alarm] = alarms(
        [30, 31, 29, 30, 4], reviewers={"anna": [20, 20, 20, 20, 1], "ben": [10, 11, 9, 10, 9]}
    )
    assert alarm.signal is Signal.BELOW
    assert alarm.reviewers == ("anna",)


def test_a_run_is_one_alarm_over_all_its_periods():
    found = alarms([4, 5, 4, 4, *[9] * 8])
    [run] = [alarm for alarm in found if alarm.signal is Signal.RUN_ABOVE]
    assert run.periods == tuple(PERIODS[4:])
    assert (run.count, run.of) == (72, 800)


def test_a_standard_that_came_with_the_alarm_is_named():
    versions = [{1}] * 4 + [{1, 2}, {2}]
    first, second = alarms([5, 5, 5, 5, 30, 5], versions=versions), alarms([5] * 6)
    assert first[0].versions == (2,)
    assert second == []
    late = alarms([5, 5, 5, 5, 5, 30], versions=versions)
    assert late[0].versions == (), "it came a period before"
    only = alarms([40, 5, 5, 5, 5, 5], versions=[{1}] * 6)
    assert only[0].versions == (), "nothing is known of before the first period"


def test_the_latest_alarm_comes_first():
    found = alarms([5, 30, 5, 5, 5, 28, 5, 5])
    assert [alarm.periods[-1] for alarm in found] == ["2026-W06", "2026-W02"]
    assert found[0].document()["signal"] == "above"


def test_many_reviewers_must_move_more_clearly():
    counts = [5, 5, 5, 5, 20]
    own = [1, 1, 1, 1, 5]
    alone = alarms(counts, reviewers={"anna": own})
    assert alone[0].reviewers == ("anna",)
    crowd = {f"r{n}": [1] * 5 for n in range(30)}
    assert alarms(counts, reviewers={"anna": own, **crowd})[0].reviewers == ()


def test_whoever_came_with_the_alarm_is_held_against_the_others():
    # Carl judges with either of the two, and they dispute: all three are in every such dispute.
    before = [2, 1, 2, 2, 1]
    counts = {"anna": [*before, 14], "ben": [*before, 13]}
    newcomer = {"carl": [None] * 5 + [25], "dora": [None] * 5 + [2]}
    [alarm] = alarms([*before, 27], reviewers=counts | newcomer)
    assert alarm.reviewers == ("carl", "anna", "ben")
    late = {"carl": [None] * 4 + [(0, 1)] + [25]}
    [alarm] = alarms([*before, 27], reviewers=counts | late)
    assert alarm.reviewers == ("carl", "anna", "ben"), "a single image before is no history"
    [alarm] = alarms([*before, 27], types={"stain": [*before, 1], "gloss": [None] * 5 + [26]})
    assert alarm.defect_types == ("gloss",), "it came into the standard with the alarm"
    only = alarms([*before, 27], reviewers={"carl": [None] * 5 + [25]})
    assert only[0].reviewers == (), "nobody to hold a newcomer against"
