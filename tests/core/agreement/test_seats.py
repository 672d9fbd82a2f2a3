"""Counts of who sat at which images and what they said."""

import pytest

from labeler.core.agreement.seats import (
    Answers,
    MiscountedError,
    Pattern,
    PatternsOfTypes,
    Place,
    Said,
    Seat,
    answers_of,
)
from labeler.core.terms import Verdict

ANNA, BEN = Seat("anna", 1), Seat("ben", 2)
HERE, THERE = Place("line-1", "u1"), Place(None, "u2")
ABSENT, PRESENT, UNSURE = (Said(one) for one in (Verdict.ABSENT, Verdict.PRESENT, Verdict.UNSURE))
QUIET = answers_of([(ANNA, {}), (BEN, {})])
LOUD = answers_of([(BEN, {"dent": PRESENT}), (ANNA, {"burr": UNSURE, "dent": ABSENT})])


def test_answers_have_one_order_and_silence_is_absent():
    assert LOUD.seats == (ANNA, BEN)
    assert LOUD.marked == {"burr": (UNSURE, ABSENT), "dent": (ABSENT, PRESENT)}


def test_images_are_counted_by_seats_and_by_what_is_marked():
    found = PatternsOfTypes().changed([(HERE, QUIET, 3), (HERE, LOUD, 1), (THERE, LOUD, 2)])
    assert found.seated == {(HERE, (ANNA, BEN)): 4, (THERE, (ANNA, BEN)): 2}
    assert found.marked["dent"][Pattern(HERE, (ANNA, BEN), (ABSENT, PRESENT))] == 1
    assert found.users == {"anna", "ben"}


def test_what_is_taken_away_leaves_no_trace():
    before = PatternsOfTypes().changed([(HERE, QUIET, 1)])
    after = before.changed([(HERE, LOUD, 2), (HERE, LOUD, -2), (HERE, Answers((), {}), 1)])
    assert after == before
    assert after.changed([(HERE, QUIET, -1)]) == PatternsOfTypes()


def test_a_change_leaves_the_counts_it_came_from_alone():
    before = PatternsOfTypes().changed([(HERE, LOUD, 1)])
    before.changed([(HERE, LOUD, 4)])
    assert before.seated == {(HERE, (ANNA, BEN)): 1}
    assert list(before.marked["dent"].values()) == [1]


@pytest.mark.parametrize("gone", [(THERE, QUIET, -1), (HERE, QUIET, -2)])
def test_nothing_can_be_taken_away_that_was_not_counted(gone):
    with pytest.raises(MiscountedError):
        PatternsOfTypes().changed([(HERE, QUIET, 1)]).changed([gone])


def test_parts_have_their_own_counts():
    whole = PatternsOfTypes().changed([(HERE, QUIET, 3), (THERE, LOUD, 2)])
    parts = whole.by_part()
    assert set(parts) == {"line-1", ""}
    assert parts["line-1"] == PatternsOfTypes().changed([(HERE, QUIET, 3)])
    assert parts[""] == PatternsOfTypes().changed([(THERE, LOUD, 2)])


def test_units_that_are_put_together_add_up():
    whole = PatternsOfTypes().changed([(HERE, LOUD, 3), (Place("line-1", "u9"), LOUD, 2)])
    moved = whole.moved(lambda place: Place(place.part, "all"))
    assert moved == PatternsOfTypes().changed([(Place("line-1", "all"), LOUD, 5)])
