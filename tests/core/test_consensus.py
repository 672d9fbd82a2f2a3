"""Settling, sentence by sentence of the contract, then what must hold for any reviews."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.consensus import (
    Dispute,
    Label,
    Outcome,
    Ruling,
    counting_reviews,
    settle,
)
from labeler.core.masks import rasterise, to_rle
from labeler.core.regions import Box, Polygon, Region
from labeler.core.reviews import Judgement, Review
from labeler.core.standard import DefectType, SeverityLevel, Standard
from labeler.core.terms import DisputeKind, Geometry, ImageState, Source, Unusable, Verdict

PRESENT, ABSENT, UNSURE = Verdict.PRESENT, Verdict.ABSENT, Verdict.UNSURE
VERDICT, SEVERITY = DisputeKind.VERDICT, DisputeKind.SEVERITY
WHERE, UNUSABLE = DisputeKind.WHERE, DisputeKind.UNUSABLE
LEVELS = tuple(SeverityLevel(code, {"en": code}) for code in ("light", "medium", "deep", "open"))

HERE, NEAR, FAR = Box(10, 10, 20, 20), Box(12, 10, 20, 20), Box(60, 60, 20, 20)
BETWEEN = Box(11, 10, 20, 20)


def defect_type(code: str) -> DefectType:
    return DefectType(code, {"en": code}, severity=LEVELS, geometry=tuple(Geometry))


FIRST = Standard(1, (defect_type("scratch"), defect_type("bubble")))
SECOND = Standard(2, (*FIRST.defect_types, defect_type("dent")))
BOOK = {1: FIRST, 2: SECOND}


def present(severity: int | None = None, *regions: Region, code: str = "scratch") -> Judgement:
    return Judgement(code, PRESENT, severity, regions)


def unsure(code: str = "scratch") -> Judgement:
    return Judgement(code, UNSURE)


def reviews(*said: Sequence[Judgement] | Unusable | None, version: int = 1) -> list[Review]:
    """One review per reviewer: judgements, a reason why unusable, or None for an OK image."""
    found = []
    for name, item in zip("ABCDE", said, strict=False):
        if isinstance(item, Unusable):
            found.append(Review(name, version, unusable=item))
        else:
            found.append(Review(name, version, tuple(item or ())))
    return found


def outcome(
    given: Sequence[Review],
    *rulings: Ruling,
    overlap: int | None = None,
    majority: bool = False,
    reference: Mapping[str, int | None] | None = None,
) -> Outcome:
    return settle(
        given,
        standards=BOOK,
        overlap=overlap or max(len(given), 2),
        majority=majority,
        rulings=rulings,
        reference=reference,
        width_px=100,
        height_px=100,
    )


def label_of(found: Outcome, code: str = "scratch") -> Label:
    [label] = [label for label in found.labels if label.defect_type == code]
    return label


def kinds(found: Outcome, code: str | None = "scratch") -> list[DisputeKind]:
    return [dispute.kind for dispute in found.disputes if dispute.defect_type == code]


# "over the reviews that count"


def test_first_independent_review_of_each_of_the_first_overlap_reviewers() -> None:
    a, b, c = reviews(None, [present()], [present()])
    again = Review("A", 1, (present(),))
    assert counting_reviews([a, again, b, c], 2) == (a, b)
    assert counting_reviews([a, again], 2) == (a,)
    assert counting_reviews([], 2) == ()


def test_an_extra_review_takes_the_place_of_a_withdrawn_one() -> None:
    a, b, extra = reviews(None, None, [present()])
    assert counting_reviews([a, b, extra], 2) == (a, b)
    assert counting_reviews([b, extra], 2) == (b, extra)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_image_waits_until_enough_reviewers_have_judged_it(count: int) -> None:
    given = reviews(*[[present(1)]] * count)
    ruling = Ruling(VERDICT, "scratch", PRESENT)
    found = outcome(given, ruling, overlap=3, reference={})
    assert found == Outcome(ImageState.WAITING, (), (), None)


@pytest.mark.parametrize(
    ("given", "overlap", "message"),
    [
        (reviews(None, None, None), 2, "more reviews"),
        (reviews(None) * 2, 2, "counts twice"),
        (reviews(None), 1, "at least 2"),
    ],
)
def test_reviews_that_cannot_be_a_fair_vote_are_refused(given, overlap, message) -> None:
    with pytest.raises(ValueError, match=message):
        settle(given, standards=BOOK, overlap=overlap, majority=False)


def test_a_missing_standard_is_refused() -> None:
    with pytest.raises(KeyError):
        settle(reviews(None, None, version=7), standards=BOOK, overlap=2, majority=False)


# "Per image × defect type … all equal → unanimous"


def test_all_equal_is_unanimous_for_each_defect_type_on_its_own() -> None:
    found = outcome(reviews([present(2)], [present(2)]))
    assert found == Outcome(
        ImageState.SETTLED,
        (
            Label("scratch", PRESENT, 2, (), Source.UNANIMOUS, 2, 0, 0),
            Label("bubble", ABSENT, None, (), Source.UNANIMOUS, 0, 2, 0),
        ),
        (),
        1,
    )


@pytest.mark.parametrize("overlap", [2, 3, 5])
def test_an_image_that_everybody_calls_ok_is_unanimously_absent(overlap: int) -> None:
    found = outcome(reviews(*[None] * overlap))
    assert found.state is ImageState.SETTLED
    assert [label.defect_type for label in found.labels] == ["scratch", "bubble"]
    assert {(x.verdict, x.source, x.n_present, x.n_absent, x.n_unsure) for x in found.labels} == {
        (ABSENT, Source.UNANIMOUS, 0, overlap, 0)
    }


def test_a_written_absent_counts_like_one_left_out() -> None:
    written = [Judgement("scratch", ABSENT)]
    assert outcome(reviews(written, None)) == outcome(reviews(None, None))


def test_one_type_in_dispute_leaves_the_other_types_settled() -> None:
    found = outcome(reviews([present(1)], [unsure("bubble"), present(1)]))
    assert found.state is ImageState.DISPUTED
    assert [label.defect_type for label in found.labels] == ["scratch"]
    assert found.disputes == (Dispute(VERDICT, "bubble"),)


def test_a_type_that_one_reviewers_version_lacks_is_not_judged() -> None:
    older = Review("A", 1, (present(1),))
    newer = Review("B", 2, (present(1), present(3, code="dent")))
    found = outcome([newer, older])
    assert found.judged_version == 1
    assert [label.defect_type for label in found.labels] == ["scratch", "bubble"]
    assert found.state is ImageState.SETTLED
    both = outcome([newer, Review("A", 2)])
    assert both.judged_version == 2
    assert kinds(both, "dent") == [VERDICT]


# "Any unsure, or any difference at overlap 2 → dispute verdict. Overlap ≥ 3 with majority…"

VOTES = [
    # votes, majority allowed, expected
    ("pp", False, (PRESENT, Source.UNANIMOUS)),
    ("aa", True, (ABSENT, Source.UNANIMOUS)),
    ("pa", False, VERDICT),
    ("pa", True, VERDICT),
    ("pu", True, VERDICT),
    ("au", False, VERDICT),
    ("uu", False, VERDICT),
    ("ppp", False, (PRESENT, Source.UNANIMOUS)),
    ("ppa", False, VERDICT),
    ("ppa", True, (PRESENT, Source.MAJORITY)),
    ("paa", True, (ABSENT, Source.MAJORITY)),
    ("ppu", True, VERDICT),
    ("ppp", True, (PRESENT, Source.UNANIMOUS)),
    ("uuu", True, VERDICT),
    ("ppaa", True, VERDICT),
    ("pppa", True, (PRESENT, Source.MAJORITY)),
    ("pppu", True, VERDICT),
    ("pppaa", True, (PRESENT, Source.MAJORITY)),
    ("ppaaa", True, (ABSENT, Source.MAJORITY)),
    ("ppaaa", False, VERDICT),
    ("pppau", True, VERDICT),
]


@pytest.mark.parametrize(("votes", "majority", "expected"), VOTES)
def test_unanimous_majority_or_dispute_verdict(votes, majority, expected) -> None:
    said = {"p": [present(1)], "a": None, "u": [unsure()]}
    found = outcome(reviews(*[said[vote] for vote in votes]), majority=majority)
    if expected is VERDICT:
        assert found.disputes == (Dispute(VERDICT, "scratch"),)
        assert found.state is ImageState.DISPUTED
        assert [label.defect_type for label in found.labels] == ["bubble"]
    else:
        label = label_of(found)
        assert (label.verdict, label.source) == expected
        counted = (label.n_present, label.n_absent, label.n_unsure)
        assert counted == tuple(votes.count(letter) for letter in "pau")
        assert label.severity == (1 if label.verdict is PRESENT else None)
        assert found.state is ImageState.SETTLED


# "Severity one step apart → the higher; more → dispute severity"


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ((1, 1), 1),
        ((1, 2), 2),
        ((3, 2), 3),
        ((1, 3), SEVERITY),
        ((4, 1), SEVERITY),
        ((None, None), None),
        ((2, 2, 3), 3),
        ((1, 2, 3), SEVERITY),  # the ends are two steps apart
        ((None, 3), None),  # the older version of the standard had no levels yet
    ],
)
def test_severity_one_step_apart_is_the_higher_and_more_a_dispute(severities, expected) -> None:
    found = outcome(reviews(*[[present(severity)] for severity in severities]))
    if expected is SEVERITY:
        assert found.disputes == (Dispute(SEVERITY, "scratch"),)
        assert [label.defect_type for label in found.labels] == ["bubble"]
    else:
        assert label_of(found).severity == expected
        assert found.state is ImageState.SETTLED


def test_under_a_majority_only_those_who_said_present_settle_severity_and_regions() -> None:
    found = outcome(reviews([present(1, HERE)], None, [present(2, NEAR)]), majority=True)
    label = label_of(found)
    assert (label.severity, label.regions, label.source) == (2, (BETWEEN,), Source.MAJORITY)
    apart = outcome(reviews([present(1, HERE)], None, [present(3, FAR)]), majority=True)
    assert kinds(apart) == [SEVERITY, WHERE]


# Regions where the consensus is present


def test_matched_boxes_become_their_mean() -> None:
    assert label_of(outcome(reviews([present(1, HERE)], [present(1, NEAR)]))).regions == (BETWEEN,)


def test_matched_polygons_become_the_pixels_marked_by_at_least_half() -> None:
    one = Polygon(((0, 0), (10, 0), (10, 10), (0, 10)))
    two = Polygon(((2, 0), (12, 0), (12, 10), (2, 10)))
    either = to_rle(rasterise(Box(0, 0, 12, 10), 100, 100))
    assert label_of(outcome(reviews([present(1, one)], [present(1, two)]))).regions == (either,)


def test_polygons_cannot_settle_without_the_image_size() -> None:
    one = Polygon(((0, 0), (10, 0), (10, 10)))
    with pytest.raises(ValueError, match="width_px"):
        settle(
            reviews([present(1, one)], [present(1, one)]),
            standards=BOOK,
            overlap=2,
            majority=False,
        )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((HERE,), (FAR,)),
        ((HERE,), ()),
        ((HERE, FAR), (NEAR,)),
        ((HERE, HERE), (HERE,)),
        ((Box(0, 0, 10, 10),), (Box(0, 0, 10, 4.9),)),
    ],
)
def test_any_unmatched_region_is_a_dispute_where(first, second) -> None:
    found = outcome(reviews([present(1, *first)], [present(1, *second)]))
    assert found.disputes == (Dispute(WHERE, "scratch"),)
    assert [label.defect_type for label in found.labels] == ["bubble"]


def test_iou_of_one_half_matches() -> None:
    found = outcome(reviews([present(1, Box(0, 0, 10, 10))], [present(1, Box(0, 0, 10, 5))]))
    assert label_of(found).regions == (Box(0, 0, 10, 7.5),)


def test_no_region_by_anybody_is_no_dispute() -> None:
    assert label_of(outcome(reviews([present(1)], [present(1)]))).regions == ()


def test_three_reviewers_need_one_matching_region_of_each() -> None:
    three = outcome(reviews([present(1, HERE)], [present(1, NEAR)], [present(1, HERE)]))
    [region] = label_of(three).regions
    assert region == Box(32 / 3, 10, 20, 20)
    missing = outcome(reviews([present(1, HERE)], [present(1, NEAR)], [present(1)]))
    assert kinds(missing) == [WHERE]


def test_severity_and_where_can_both_be_open_on_one_defect_type() -> None:
    found = outcome(reviews([present(1, HERE)], [present(3, FAR)]))
    assert found.disputes == (Dispute(SEVERITY, "scratch"), Dispute(WHERE, "scratch"))


def test_a_dispute_about_the_verdict_comes_before_severity_and_where() -> None:
    found = outcome(reviews([present(1, HERE)], [present(3, FAR)], None))
    assert kinds(found) == [VERDICT]


# Rulings


def test_a_verdict_ruling_of_present_is_final_with_its_severity_and_regions() -> None:
    given = reviews([present(1, HERE)], [present(4, FAR)], [unsure()])
    found = outcome(given, Ruling(VERDICT, "scratch", PRESENT, 3, (NEAR,)))
    assert label_of(found) == Label("scratch", PRESENT, 3, (NEAR,), Source.RULED, 2, 0, 1)
    assert found.state is ImageState.SETTLED
    assert found.disputes == ()


def test_a_verdict_ruling_of_absent_clears_severity_and_where() -> None:
    given = reviews([present(1, HERE)], [present(4, FAR)])
    found = outcome(given, Ruling(VERDICT, "scratch", ABSENT, regions=(HERE,)))
    assert label_of(found) == Label("scratch", ABSENT, None, (), Source.RULED, 2, 0, 0)
    assert found.disputes == ()


@pytest.mark.parametrize(
    ("said", "severity", "regions"),
    [
        (([present(2, HERE)], None), 2, (HERE,)),
        (([present(2, HERE, FAR)], [present(3, NEAR)], None), 3, (BETWEEN,)),
        (([present(1, HERE)], [present(3, FAR)], None), None, ()),
        (([unsure()], None), None, ()),
    ],
)
def test_what_a_verdict_ruling_leaves_open_comes_from_those_who_said_present(
    said, severity, regions
) -> None:
    label = label_of(outcome(reviews(*said), Ruling(VERDICT, "scratch", PRESENT)))
    assert (label.severity, label.regions) == (severity, regions)
    assert label.source is Source.RULED


def test_a_rulings_empty_regions_mark_no_place() -> None:
    given = reviews([present(2, HERE)], None)
    assert label_of(outcome(given, Ruling(VERDICT, "scratch", PRESENT, 2, ()))).regions == ()


@pytest.mark.parametrize("verdict", [None, UNSURE])
def test_a_ruling_that_does_not_decide_leaves_the_dispute_open(verdict: Verdict | None) -> None:
    found = outcome(reviews([present(1)], None), Ruling(VERDICT, "scratch", verdict))
    assert kinds(found) == [VERDICT]


def test_severity_and_where_are_ruled_one_by_one() -> None:
    given = reviews([present(1, HERE)], [present(3, FAR)])
    severity = Ruling(SEVERITY, "scratch", PRESENT, 2)
    where = Ruling(WHERE, "scratch", PRESENT, None, (FAR,))
    assert kinds(outcome(given, severity)) == [WHERE]
    assert kinds(outcome(given, where)) == [SEVERITY]
    for order in ((severity, where), (where, severity)):
        found = outcome(given, *order)
        expected = Label("scratch", PRESENT, 2, (FAR,), Source.RULED, 2, 0, 0)
        assert label_of(found) == expected
        assert found.state is ImageState.SETTLED


def test_a_severity_ruling_with_regions_replaces_them_but_leaves_where_to_its_own() -> None:
    given = reviews([present(1, HERE)], [present(3, FAR)])
    severity = Ruling(SEVERITY, "scratch", PRESENT, 2, (NEAR,))
    assert kinds(outcome(given, severity)) == [WHERE]
    kept = outcome(given, severity, Ruling(WHERE, "scratch", PRESENT))
    assert label_of(kept).regions == (NEAR,)
    matched = reviews([present(1, HERE)], [present(3, NEAR)])
    assert label_of(outcome(matched, severity)).regions == (NEAR,)


def test_a_severity_ruling_without_a_severity_leaves_the_dispute_open() -> None:
    given = reviews([present(1)], [present(3)])
    assert kinds(outcome(given, Ruling(SEVERITY, "scratch", PRESENT))) == [SEVERITY]


def test_a_severity_ruling_keeps_the_matched_regions() -> None:
    given = reviews([present(1, HERE)], [present(3, NEAR)])
    label = label_of(outcome(given, Ruling(SEVERITY, "scratch", PRESENT, 1)))
    assert label == Label("scratch", PRESENT, 1, (BETWEEN,), Source.RULED, 2, 0, 0)


def test_a_where_ruling_keeps_the_settled_severity_and_without_regions_the_matched_ones() -> None:
    given = reviews([present(1, HERE, FAR)], [present(2, NEAR)])
    label = label_of(outcome(given, Ruling(WHERE, "scratch", PRESENT)))
    assert label == Label("scratch", PRESENT, 2, (BETWEEN,), Source.RULED, 2, 0, 0)


def test_a_rulings_regions_replace_all() -> None:
    given = reviews([present(1, HERE, FAR)], [present(1, NEAR)])
    assert label_of(outcome(given, Ruling(WHERE, "scratch", PRESENT, 1, (FAR,)))).regions == (FAR,)
    assert label_of(outcome(given, Ruling(WHERE, "scratch", PRESENT, 1, ()))).regions == ()


@pytest.mark.parametrize("kind", [SEVERITY, WHERE])
def test_a_ruling_on_a_detail_may_find_that_there_is_no_defect(kind: DisputeKind) -> None:
    given = reviews([present(1, HERE)], [present(3, FAR)])
    found = outcome(given, Ruling(kind, "scratch", ABSENT))
    assert label_of(found) == Label("scratch", ABSENT, None, (), Source.RULED, 2, 0, 0)
    assert found.disputes == ()


def test_the_last_ruling_on_the_same_dispute_wins() -> None:
    given = reviews([present(1)], None)
    yes, no = Ruling(VERDICT, "scratch", PRESENT, 2), Ruling(VERDICT, "scratch", ABSENT)
    assert label_of(outcome(given, yes, no)).verdict is ABSENT
    assert label_of(outcome(given, no, yes)).verdict is PRESENT
    apart = reviews([present(1)], [present(4)])
    rulings = [Ruling(SEVERITY, "scratch", PRESENT, level) for level in (4, 2)]
    assert label_of(outcome(apart, *rulings)).severity == 2


def test_a_later_ruling_that_names_no_regions_keeps_the_ruled_ones() -> None:
    given = reviews([present(1, HERE)], None)
    first = Ruling(VERDICT, "scratch", PRESENT, 2, (FAR,))
    label = label_of(outcome(given, first, Ruling(VERDICT, "scratch", PRESENT, 3)))
    assert (label.severity, label.regions) == (3, (FAR,))
    # Not so across an absent: that took them away.
    absent = Ruling(VERDICT, "scratch", ABSENT)
    label = label_of(outcome(given, first, absent, Ruling(VERDICT, "scratch", PRESENT, 3)))
    assert (label.severity, label.regions) == (3, (HERE,))


def test_a_ruling_touches_its_own_defect_type_only() -> None:
    given = reviews([present(1)], [present(1, code="bubble")])
    found = outcome(given, Ruling(VERDICT, "bubble", ABSENT))
    assert found.disputes == (Dispute(VERDICT, "scratch"),)
    assert label_of(found, "bubble").source is Source.RULED


def test_a_ruling_on_a_type_that_not_everybody_judged_is_left_aside() -> None:
    ruling = Ruling(VERDICT, "dent", PRESENT, 1)
    assert outcome(reviews(None, None), ruling) == outcome(reviews(None, None))


# "An unusable mark → dispute unusable … the image's other disputes wait"


def test_an_unusable_mark_is_a_dispute_and_the_others_wait() -> None:
    given = reviews([present(1, HERE)], Unusable.DARK, [unsure("bubble"), present(4, FAR)])
    found = outcome(given, majority=True)
    assert found == Outcome(
        ImageState.DISPUTED,
        (),
        (
            Dispute(UNUSABLE, None),
            Dispute(SEVERITY, "scratch", waiting=True),
            Dispute(WHERE, "scratch", waiting=True),
            Dispute(VERDICT, "bubble", waiting=True),
        ),
        1,
    )


@pytest.mark.parametrize("other", [Unusable.BLURRED, Unusable.DARK])
def test_even_when_everybody_calls_it_unusable_it_is_a_dispute(other: Unusable) -> None:
    found = outcome(reviews(Unusable.BLURRED, other))
    assert found == Outcome(ImageState.DISPUTED, (), (Dispute(UNUSABLE, None),), 1)


@pytest.mark.parametrize("said", [None, [present(1)], Unusable.OTHER])
def test_ruled_unusable_the_image_leaves(said) -> None:
    found = outcome(reviews(said, Unusable.DARK), Ruling(UNUSABLE, None, usable=False))
    assert found == Outcome(ImageState.UNUSABLE, (), (), 1)


def test_ruled_usable_the_other_reviews_count_as_they_are() -> None:
    usable = Ruling(UNUSABLE, None, usable=True)
    given = reviews([present(1, HERE)], Unusable.DARK, [present(2, NEAR), unsure("bubble")])
    found = outcome(given, usable)
    assert found.disputes == (Dispute(VERDICT, "bubble"),)
    expected = Label("scratch", PRESENT, 2, (BETWEEN,), Source.UNANIMOUS, 2, 0, 0)
    assert found.labels == (expected,)


def test_the_majority_is_one_of_the_reviews_that_are_left() -> None:
    usable = Ruling(UNUSABLE, None, usable=True)
    given = reviews([present(1)], [present(1)], None, Unusable.DARK)
    assert label_of(outcome(given, usable, majority=True)).source is Source.MAJORITY
    given = reviews([present(1)], None, Unusable.DARK)
    assert kinds(outcome(given, usable, majority=True)) == [VERDICT]


def test_one_remaining_reviewers_verdicts_stand_as_ruled() -> None:
    usable = Ruling(UNUSABLE, None, usable=True)
    found = outcome(reviews([present(3, HERE)], Unusable.DARK), usable)
    assert found.state is ImageState.SETTLED
    assert found.labels == (
        Label("scratch", PRESENT, 3, (HERE,), Source.RULED, 1, 0, 0),
        Label("bubble", ABSENT, None, (), Source.RULED, 0, 1, 0),
    )


def test_one_remaining_reviewers_unsure_is_still_a_dispute() -> None:
    usable = Ruling(UNUSABLE, None, usable=True)
    given = reviews([unsure()], Unusable.DARK)
    assert outcome(given, usable).disputes == (Dispute(VERDICT, "scratch"),)
    found = outcome(given, usable, Ruling(VERDICT, "scratch", PRESENT, 1))
    assert label_of(found) == Label("scratch", PRESENT, 1, (), Source.RULED, 0, 0, 1)


def test_with_nobody_remaining_every_defect_type_needs_a_ruling() -> None:
    usable = Ruling(UNUSABLE, None, usable=True)
    given = reviews(Unusable.DARK, Unusable.BLURRED)
    found = outcome(given, usable)
    assert found.disputes == (Dispute(VERDICT, "scratch"), Dispute(VERDICT, "bubble"))
    rulings = (Ruling(VERDICT, "scratch", PRESENT, 2, (HERE,)), Ruling(VERDICT, "bubble", ABSENT))
    ruled = outcome(given, usable, *rulings)
    assert ruled.state is ImageState.SETTLED
    assert ruled.labels == (
        Label("scratch", PRESENT, 2, (HERE,), Source.RULED, 0, 0, 0),
        Label("bubble", ABSENT, None, (), Source.RULED, 0, 0, 0),
    )


def test_the_last_ruling_on_unusable_wins() -> None:
    given = reviews(None, Unusable.DARK)
    yes, no = Ruling(UNUSABLE, None, usable=True), Ruling(UNUSABLE, None, usable=False)
    assert outcome(given, yes, no).state is ImageState.UNUSABLE
    assert outcome(given, no, yes).state is ImageState.SETTLED
    assert outcome(given, Ruling(UNUSABLE, None)).disputes == (Dispute(UNUSABLE, None),)


# Reference


@pytest.mark.parametrize(
    "said",
    [
        (None, None),
        ([present(1, HERE)], [present(4, FAR)]),
        ([unsure()], [present(1, code="bubble")]),
        (Unusable.DARK, None),
    ],
)
def test_a_known_truth_settles_the_image_whatever_the_reviews_say(said) -> None:
    found = outcome(reviews(*said), Ruling(VERDICT, "bubble", PRESENT), reference={"scratch": 2})
    assert found.state is ImageState.SETTLED
    assert found.disputes == ()
    found_labels = [(x.defect_type, x.verdict, x.severity, x.source) for x in found.labels]
    assert found_labels == [
        ("scratch", PRESENT, 2, Source.REFERENCE),
        ("bubble", ABSENT, None, Source.REFERENCE),
    ]


def test_a_reference_without_defects_is_an_ok_image_and_not_a_missing_reference() -> None:
    given = reviews([present(1)], [present(1)])
    label = label_of(outcome(given, reference={}))
    assert label == Label("scratch", ABSENT, None, (), Source.REFERENCE, 2, 0, 0)


@pytest.mark.parametrize(
    ("said", "regions"),
    [
        (([present(1, HERE)], [present(4, NEAR)]), (BETWEEN,)),
        (([present(1, HERE)], [present(1, FAR)]), ()),
        (([present(1, HERE, FAR)], [present(1, NEAR)]), ()),
        (([present(1, HERE)], None), ()),  # nobody confirms it
        (([present(1, HERE)], None, [present(1, NEAR)]), (BETWEEN,)),
    ],
)
def test_a_reference_takes_over_places_on_which_reviewers_match_completely(said, regions) -> None:
    assert label_of(outcome(reviews(*said), reference={"scratch": None})).regions == regions


# What must hold for any reviews

PLACES = [HERE, NEAR, FAR, Box(11, 12, 18, 20), Polygon(((10, 10), (30, 10), (30, 30), (10, 30)))]


@st.composite
def any_judgement(draw: st.DrawFn, code: str) -> Judgement:
    verdict = draw(st.sampled_from([PRESENT, PRESENT, UNSURE]))
    if verdict is UNSURE:
        return Judgement(code, UNSURE)
    places = draw(st.lists(st.sampled_from(PLACES), max_size=2))
    return Judgement(code, PRESENT, draw(st.integers(1, 4)), tuple(places))


@st.composite
def any_reviews(draw: st.DrawFn) -> list[Review]:
    found = []
    for name in "ABCDE"[: draw(st.integers(2, 5))]:
        version = draw(st.sampled_from([2, 2, 1]))
        if draw(st.integers(0, 9)) == 0:
            found.append(Review(name, version, unusable=draw(st.sampled_from(Unusable))))
            continue
        codes = draw(st.lists(st.sampled_from(BOOK[version].codes), unique=True))
        found.append(Review(name, version, tuple(draw(any_judgement(code)) for code in codes)))
    return found


any_ruling = st.one_of(
    st.builds(Ruling, st.just(UNUSABLE), st.none(), usable=st.booleans()),
    st.builds(
        Ruling,
        st.sampled_from([VERDICT, SEVERITY, WHERE]),
        st.sampled_from(SECOND.codes),
        st.sampled_from([PRESENT, PRESENT, ABSENT]),
        st.sampled_from([None, 1, 2, 3, 4]),
        st.sampled_from([None, (), (FAR,)]),
    ),
)
any_rulings = st.lists(any_ruling, max_size=4)
any_reference = st.sampled_from([None, None, None, {}, {"scratch": 2, "dent": None}])


@settings(deadline=None)
@given(any_reviews(), any_rulings, any_reference, st.booleans(), st.randoms())
def test_the_order_of_the_reviews_changes_nothing(given, rulings, reference, majority, random):
    shuffled = random.sample(given, len(given))
    rules = {"majority": majority, "reference": reference}
    assert outcome(shuffled, *rulings, **rules) == outcome(given, *rulings, **rules)


@settings(deadline=None)
@given(any_reviews(), any_rulings, st.booleans())
def test_the_names_of_defect_types_and_reviewers_change_nothing(given, rulings, majority):
    new = {"scratch": "zz", "bubble": "mm", "dent": "aa", None: None}
    book = {
        number: Standard(number, tuple(defect_type(new[code]) for code in version.codes))
        for number, version in BOOK.items()
    }
    renamed = [
        Review(
            f"someone {review.reviewer}",
            review.standard_version,
            tuple(
                Judgement(new[j.defect_type], j.verdict, j.severity, j.regions)
                for j in review.judgements
            ),
            review.unusable,
        )
        for review in given
    ]
    said = [
        Ruling(r.kind, new[r.defect_type], r.verdict, r.severity, r.regions, r.usable)
        for r in rulings
    ]
    found = settle(
        renamed,
        standards=book,
        overlap=len(given),
        majority=majority,
        rulings=said,
        width_px=100,
        height_px=100,
    )
    before = outcome(given, *rulings, majority=majority)
    assert (found.state, found.judged_version) == (before.state, before.judged_version)
    assert [(d.kind, d.defect_type, d.waiting) for d in found.disputes] == [
        (d.kind, new[d.defect_type], d.waiting) for d in before.disputes
    ]
    expected = tuple(replace(x, defect_type=new[x.defect_type]) for x in before.labels)
    assert found.labels == expected


@settings(deadline=None)
@given(any_reviews(), any_rulings, any_reference, st.booleans())
def test_every_judged_type_is_settled_or_disputed_and_never_both(
    given, rulings, reference, majority
) -> None:
    found = outcome(given, *rulings, majority=majority, reference=reference)
    settled = {label.defect_type for label in found.labels}
    disputed = {dispute.defect_type for dispute in found.disputes} - {None}
    assert not settled & disputed
    assert found.judged_version == min(review.standard_version for review in given)
    codes = set(BOOK[found.judged_version].codes)
    unusable_open = Dispute(UNUSABLE, None) in found.disputes
    assert all(d.waiting == (unusable_open and d.kind is not UNUSABLE) for d in found.disputes)
    if found.state is ImageState.UNUSABLE or unusable_open:
        assert settled == set()
    else:
        assert settled | disputed == codes
    assert (found.state is ImageState.DISPUTED) == bool(found.disputes)
    judged = sum(review.unusable is None for review in given)
    for label in found.labels:
        assert label.verdict is not UNSURE
        assert label.n_present + label.n_absent + label.n_unsure == judged
        assert label.verdict is PRESENT or (label.severity, label.regions) == (None, ())


@settings(deadline=None)
@given(any_reviews(), st.booleans())
def test_the_disputes_that_wait_are_those_that_open_when_the_image_is_usable(given, majority):
    before = outcome(given, majority=majority)
    after = outcome(given, Ruling(UNUSABLE, None, usable=True), majority=majority)
    if any(review.unusable is None for review in given):
        left = [(d.kind, d.defect_type) for d in before.disputes if d.kind is not UNUSABLE]
        assert left == [(d.kind, d.defect_type) for d in after.disputes]


@settings(deadline=None)
@given(any_reviews(), st.booleans(), st.data())
def test_ruling_on_every_open_dispute_settles_the_image(given, majority, data) -> None:
    rulings: list[Ruling] = []
    for step in itertools.count():
        found = outcome(given, *rulings, majority=majority)
        ready = [dispute for dispute in found.disputes if not dispute.waiting]
        if not ready:
            break
        assert step < 20
        dispute = data.draw(st.sampled_from(ready))
        if dispute.kind is UNUSABLE:
            rulings.append(Ruling(UNUSABLE, None, usable=True))
        else:
            verdict = data.draw(st.sampled_from([PRESENT, ABSENT]))
            rulings.append(Ruling(dispute.kind, dispute.defect_type, verdict, 2))
        # Each ruling closes its dispute and opens none but those that waited.
        after = outcome(given, *rulings, majority=majority)
        assert dispute not in after.disputes
        if dispute.kind is not UNUSABLE:
            assert set(after.disputes) < set(found.disputes)
    assert found.state is ImageState.SETTLED
