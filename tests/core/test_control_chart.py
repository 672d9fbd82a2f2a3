"""Control charts: limits worked by hand, runs counted, empty periods left out."""

from math import comb

import pytest

from labeler.core.control_chart import TAIL, Sample, Signal, control_chart, limits


def at_most(k: int, of: int, share: float) -> float:
    """The binomial distribution, written out."""
    return sum(comb(of, i) * share**i * (1 - share) ** (of - i) for i in range(k + 1))


def chart(*counts: int, of: int = 100):
    made = control_chart([Sample(f"{n:03}", count, of) for n, count in enumerate(counts)])
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("of", "share", "low", "high"),
    [
        # By hand: P(X > 4) = 1 - (.3487 + .3874 + .1937 + .0574 + .0112) = .0016 > .00135.
        (10, 0.1, 0, 5),
        (10, 0.9, 5, 10),
        # A fair coin thrown 20 times: P(X > 15) = 6196 / 2^20 = .0059, P(X > 16) = .0013.
        (20, 0.5, 4, 16),
        (50, 0.02, 0, 5),
        (100, 0.05, 0, 13),
        (1, 0.5, 0, 1),
        (30, 0.0, 0, 0),
        (30, 1.0, 30, 30),
    ],
)
def test_limits_worked_by_hand(of, share, low, high):
    assert limits(of, share) == (low, high)


def test_limits_are_the_nearest_that_leave_three_sigma_of_chance_beyond():
    for of in (7, 40, 333):
        for share in (0.003, 0.04, 0.31, 0.86):
            low, high = limits(of, share)
            assert 1 - at_most(high, of, share) <= TAIL < 1 - at_most(high - 1, of, share)
            assert (at_most(low - 1, of, share) if low else 0) <= TAIL
            assert low == of or at_most(low, of, share) > TAIL


def test_few_events_do_not_cry_out_where_the_usual_formula_does():
    # 2 of 20 where 1 % is usual: .01 + 3 sqrt(.01 x .99 / 20) = .077 < .1, and yet chance.
    assert limits(20, 0.01)[1] == 2


def test_a_period_beyond_its_limits_signals_and_the_others_do_not():
    made = chart(5, 4, 6, 5, 22, 5, 3)
    assert made.centre == pytest.approx(28 / 600), "the peak is not usual"
    assert [point.signals for point in made.points] == [(), (), (), (), (Signal.ABOVE,), (), ()]
    down = chart(50, 52, 47, 51, 20, 49)
    assert [p.signals for p in down.points][4] == (Signal.BELOW,)


def test_small_periods_have_wider_limits_than_large_ones():
    samples = [Sample("1", 50, 1000), Sample("2", 1, 20), Sample("3", 0, 0)]
    made = control_chart(samples)
    assert made is not None
    assert [point.sample.period for point in made.points] == ["1", "2"], "the empty one is out"
    large, small = ((p.high - p.low) / p.sample.of for p in made.points)
    assert small > 2 * large


def test_the_eighth_period_on_one_side_signals_a_run_and_so_does_the_ninth():
    made = chart(*[4] * 9, *[6] * 9)
    signals = [point.signals for point in made.points]
    assert signals[:7] == [()] * 7
    assert signals[7:9] == [(Signal.RUN_BELOW,)] * 2
    assert signals[9:16] == [()] * 7
    assert signals[16:] == [(Signal.RUN_ABOVE,)] * 2


def test_a_period_at_the_centre_ends_a_run():
    made = chart(*[4] * 7, 5, *[6] * 7)
    assert made.centre == 0.05
    assert not any(point.signals for point in made.points)


def test_periods_that_are_all_alike_have_no_side_to_be_on():
    assert not any(point.signals for point in chart(*[5] * 20).points)
    assert chart(*[0] * 12).points[0].high == 0


def test_one_bad_week_does_not_make_the_others_look_too_good():
    made = chart(4, 6, 3, 5, 4, 6, 4, 5, 5, 30)
    assert made.centre == pytest.approx(42 / 900)
    assert [point.signals for point in made.points[:9]] == [()] * 9
    apart = chart(0, 100)
    assert apart.centre == 0.5, "where nothing is usual it is the share of all"
    assert [p.signals for p in apart.points] == [(Signal.BELOW,), (Signal.ABOVE,)]


def test_nothing_counted_is_no_chart():
    assert control_chart([Sample("1", 0, 0)]) is None
    assert control_chart([]) is None


def test_limits_are_firm_from_twenty_periods_on():
    assert not chart(*[5] * 19).firm
    assert chart(*[5] * 20).firm
