"""Which images come again, and when."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from labeler.core.errors import InvalidInput
from labeler.core.repeats import Candidate, RepeatPlan, draw_repeats, due_times

START = datetime(2026, 3, 2, 6, tzinfo=UTC)


def luck(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def marked(*codes: str) -> list[Candidate]:
    return [Candidate(f"m{n}", frozenset(one.split("+"))) for n, one in enumerate(codes)]


def clean(count: int) -> list[Candidate]:
    return [Candidate(f"c{n}") for n in range(count)]


@pytest.mark.parametrize(
    ("marks", "cleans", "count", "of_marked", "in_all"),
    [
        (40, 500, 6, 3, 6),
        (40, 500, 5, 3, 5),
        (2, 500, 10, 2, 10),
        (40, 1, 10, 9, 10),
        (0, 3, 10, 0, 3),
        (3, 0, 2, 2, 2),
        (0, 0, 5, 0, 0),
    ],
)
def test_half_are_marked_and_where_one_kind_is_short_the_other_fills_in(
    marks, cleans, count, of_marked, in_all
):
    drawn = draw_repeats(marked(*["scratch"] * marks), clean(cleans), count, luck())
    assert sum(bool(one.marked) for one in drawn) == of_marked
    assert len({one.image_id for one in drawn}) == len(drawn) == in_all


def test_a_rare_defect_type_has_its_turn():
    many = marked(*["scratch"] * 200, *["dent"] * 3, "stain+scratch")
    drawn = draw_repeats(many, clean(200), 12, luck(3))
    seen = Counter(code for one in drawn for code in one.marked)
    assert seen["dent"] >= 2
    assert seen["stain"] == 1
    assert seen["scratch"] >= 2


def test_every_candidate_of_a_kind_is_as_likely_as_the_next():
    drawn = Counter(
        one.image_id
        for seed in range(2_000)
        for one in draw_repeats(marked(*["scratch"] * 10), clean(10), 4, luck(seed))
    )
    # 2 of 10 in each of 2,000 draws: 400 each, give or take four standard deviations of 18.
    assert len(drawn) == 20
    assert all(abs(count - 400) < 72 for count in drawn.values())


def test_marked_and_clean_ones_come_in_no_order():
    places = Counter(
        index
        for seed in range(400)
        for index, one in enumerate(
            draw_repeats(marked("scratch", "scratch"), clean(9), 4, luck(seed))
        )
        if one.marked
    )
    assert all(140 < places[index] < 260 for index in range(4))


def test_the_same_chance_draws_the_same():
    kinds = marked(*["scratch"] * 9), clean(9)
    assert draw_repeats(*kinds, 5, luck(7)) == draw_repeats(*kinds, 5, luck(7))
    assert draw_repeats(*kinds, 5, luck(7)) != draw_repeats(*kinds, 5, luck(8))


def test_each_is_due_in_its_own_part_of_the_time():
    due = due_times(8, START, 40, luck(1))
    for index, at in enumerate(due):
        assert START + timedelta(hours=5 * index) <= at < START + timedelta(hours=5 * (index + 1))
    minutes = {(at - START) % timedelta(hours=5) for at in due}
    assert len(minutes) == 8, "they do not come like clockwork"
    assert due_times(2, START, 0, luck()) == [START, START]
    assert due_times(0, START, 40, luck()) == []


@pytest.mark.parametrize(
    "wrong",
    [{"per_reviewer": 0}, {"per_reviewer": 51}, {"min_age_h": 0}, {"spread_h": -1},
     {"spread_h": 24 * 91}],
)  # fmt: skip
def test_numbers_without_sense_are_refused_by_their_field(wrong):
    with pytest.raises(InvalidInput) as refused:
        RepeatPlan(**wrong).check()
    assert [fault.path for fault in refused.value.fields] == list(wrong)
    RepeatPlan().check()
