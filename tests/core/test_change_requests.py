"""Something else: reading it, and what it means for settling until and after the answer."""

import pytest

from labeler.core.change_requests import (
    Answer,
    AnswerKind,
    Asked,
    Note,
    held,
    parse_something_else,
    what_is_asked,
)
from labeler.core.consensus import Dispute, Outcome, Ruling, settle
from labeler.core.errors import InvalidInput
from labeler.core.regions import Box
from labeler.core.reviews import Judgement, Review
from labeler.core.standard import DefectType, Standard
from labeler.core.terms import DisputeKind, Geometry, ImageState, Source, Unusable, Verdict

BOOK = {1: Standard(1, tuple(DefectType(c, {"en": c}, geometry=(Geometry.BOX,)) for c in "ab"))}
BOX = {"kind": "box", "x": 1, "y": 2, "width": 3, "height": 4}
HERE = Box(1, 2, 3, 4)
OK, DEFECT = (), (Judgement("a", Verdict.PRESENT, None, (HERE,)),)
NO, IS_A, IS_NEW = (
    Answer(AnswerKind.NO_DEFECT),
    Answer(AnswerKind.IS, "a"),
    Answer(AnswerKind.ADDED, "new"),
)
RULED_A = Ruling(DisputeKind.VERDICT, "a", Verdict.PRESENT, None, (HERE,))
RULED_NEW = Ruling(DisputeKind.VERDICT, "new", Verdict.PRESENT, None, (HERE,))
RULED_ABSENT = Ruling(DisputeKind.VERDICT, "a", Verdict.ABSENT)
A, NEW = (Dispute(DisputeKind.VERDICT, code) for code in ("a", "new"))
SETTLED, DISPUTED = ImageState.SETTLED, ImageState.DISPUTED


def read(*things: object, unusable: Unusable | None = None):
    return parse_something_else(things, unusable=unusable, width_px=100, height_px=50)


def outcome(
    said: tuple[tuple[Judgement, ...], ...],
    answers: tuple[Answer | None, ...],
    *rulings: Ruling,
    **more: object,
) -> Outcome:
    given = [Review(name, 1, judged) for name, judged in zip("xyz", said, strict=False)]
    asked = what_is_asked(answers)
    found = settle(
        given, standards=BOOK, overlap=2, majority=False, rulings=rulings, width_px=100,
        height_px=50, asked=asked.defect_types, **more,
    )  # fmt: skip
    return held(found, asked)


@pytest.mark.parametrize(
    ("said", "answers", "rulings", "state", "disputes"),
    [
        ((OK, OK), (), (), SETTLED, ()),
        ((OK, OK), (None,), (), DISPUTED, ()),  # never counts as OK
        ((DEFECT, DEFECT), (None,), (), DISPUTED, ()),
        ((OK, OK), (NO,), (), SETTLED, ()),
        ((OK, OK), (NO, None), (), DISPUTED, ()),  # every one of them
        ((OK, DEFECT), (None,), (), DISPUTED, (A,)),
        ((OK, DEFECT), (NO,), (), DISPUTED, (A,)),  # as the reviews say
        ((OK, OK), (IS_A,), (), DISPUTED, (A,)),
        ((DEFECT, DEFECT), (IS_A,), (), DISPUTED, (A,)),  # one mark more: the lead rules
        ((OK, OK), (IS_A,), (RULED_A,), SETTLED, ()),
        ((OK, OK), (IS_A,), (RULED_ABSENT,), SETTLED, ()),
        ((OK, OK), (IS_A, None), (RULED_A,), DISPUTED, ()),
        ((OK, OK), (IS_NEW,), (), DISPUTED, (NEW,)),
        ((OK, OK), (IS_NEW, IS_A), (), DISPUTED, (A, NEW)),
        ((OK, OK), (IS_NEW,), (RULED_NEW,), SETTLED, ()),
        ((OK,), (None,), (), ImageState.WAITING, ()),
    ],
)
def test_an_image_waits_for_the_answer_and_then_for_the_ruling_that_it_asks_for(
    said: tuple[tuple[Judgement, ...], ...],
    answers: tuple[Answer | None, ...],
    rulings: tuple[Ruling, ...],
    state: ImageState,
    disputes: tuple[Dispute, ...],
) -> None:
    found = outcome(said, answers, *rulings)
    assert (found.state, found.disputes) == (state, disputes)


def test_a_type_younger_than_the_reviews_gets_a_label_by_the_ruling_alone() -> None:
    labels = {label.defect_type: label for label in outcome((OK, OK), (IS_NEW,), RULED_NEW).labels}
    assert list(labels) == ["a", "b", "new"]
    new = labels["new"]
    assert (new.verdict, new.source, new.regions) == (Verdict.PRESENT, Source.RULED, (HERE,))
    assert (new.n_present, new.n_absent, new.n_unsure) == (0, 0, 0)
    assert labels["a"].n_absent == 2


def test_without_an_answer_rulings_on_a_younger_type_mean_nothing() -> None:
    assert [label.defect_type for label in outcome((OK, OK), (), RULED_NEW).labels] == ["a", "b"]


def test_known_truth_waits_for_the_answer_too_and_is_not_ruled_on() -> None:
    assert outcome((OK, OK), (None,), reference={}).state is DISPUTED
    assert outcome((OK, OK), (IS_A,), reference={}).state is SETTLED


def test_an_image_that_was_ruled_out_stays_out() -> None:
    out = Outcome(ImageState.UNUSABLE, (), (), 1)
    assert held(out, Asked(1, ())) is out


def test_it_is_read_with_its_note_words_and_places() -> None:
    [thing] = read({"note": "colour", "text": "  green  ", "regions": [BOX]})
    assert (thing.note, thing.text, thing.regions) == (Note.COLOUR, "green", (HERE,))
    assert read() == ()
    assert read({"note": "other", "text": None, "regions": [BOX]})[0].text == ""


@pytest.mark.parametrize(
    ("thing", "path"),
    [
        ({"note": "odd", "regions": [BOX]}, "something_else.0.note"),
        ({"regions": [BOX]}, "something_else.0.note"),
        ({"note": "shape"}, "something_else.0.regions"),
        ({"note": "shape", "regions": []}, "something_else.0.regions"),
        ({"note": "shape", "regions": "here"}, "something_else.0.regions"),
        ({"note": "shape", "regions": [BOX] * 21}, "something_else.0.regions"),
        ({"note": "shape", "regions": [BOX | {"x": 99}]}, "something_else.0.regions.0"),
        ({"note": "shape", "text": "x" * 501, "regions": [BOX]}, "something_else.0.text"),
        ({"note": "shape", "text": 3, "regions": [BOX]}, "something_else.0.text"),
        ({"note": "shape", "regions": [BOX], "code": "a"}, "something_else.0.code"),
        ("shape", "something_else.0"),
    ],
)
def test_a_fault_names_its_place(thing: object, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(thing)
    [fault] = caught.value.fields
    assert fault.path.startswith(path)


def test_there_are_at_most_ten_and_none_on_an_unusable_image() -> None:
    thing = {"note": "shape", "regions": [BOX]}
    assert len(read(*[thing] * 10)) == 10
    for given, unusable in (([thing] * 11, None), ([thing], Unusable.DARK)):
        with pytest.raises(InvalidInput):
            read(*given, unusable=unusable)
