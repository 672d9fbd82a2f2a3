"""Reading reviews: held against the standard's version, absent by default."""

import pytest

from labeler.core.errors import InvalidInput
from labeler.core.regions import Box
from labeler.core.reviews import (
    MAX_REGIONS,
    Judgement,
    Review,
    parse_judgement,
    parse_judgements,
)
from labeler.core.standard import DefectType, SeverityLevel, Standard
from labeler.core.terms import Geometry, Unusable, Verdict

LEVELS = tuple(SeverityLevel(code, {"en": code}) for code in ("light", "medium", "deep"))
STANDARD = Standard(
    4,
    (
        DefectType("scratch", {"en": "Scratch"}, severity=LEVELS, geometry=(Geometry.BOX,)),
        DefectType("bubble", {"en": "Bubble"}, geometry=(Geometry.BOX,), region_required=True),
        DefectType("colour", {"en": "Colour"}),
    ),
)
BOX = {"kind": "box", "x": 1, "y": 1, "width": 2, "height": 2}
POLYGON = {"kind": "polygon", "points": [[0, 0], [4, 0], [4, 4]]}


def said(defect_type: object, verdict: object = "present", **more: object) -> dict[str, object]:
    return {"defect_type": defect_type, "verdict": verdict} | more


def parse(*raw: object, unusable: Unusable | None = None) -> tuple[Judgement, ...]:
    return parse_judgements(raw, STANDARD, unusable=unusable, width_px=10, height_px=8)


def fault(*raw: object, unusable: Unusable | None = None) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as caught:
        parse(*raw, unusable=unusable)
    [found] = caught.value.fields
    return found.path, found.message


@pytest.mark.parametrize(
    ("raw", "judgement"),
    [
        (said("scratch", severity=1), Judgement("scratch", Verdict.PRESENT, 1)),
        (said("scratch", severity=3, regions=None), Judgement("scratch", Verdict.PRESENT, 3)),
        (
            said("scratch", severity=2, regions=[BOX, BOX]),
            Judgement("scratch", Verdict.PRESENT, 2, (Box(1, 1, 2, 2), Box(1, 1, 2, 2))),
        ),
        (
            said("bubble", severity=None, regions=[BOX]),
            Judgement("bubble", Verdict.PRESENT, None, (Box(1, 1, 2, 2),)),
        ),
        (said("colour"), Judgement("colour", Verdict.PRESENT)),
        (said("scratch", "unsure"), Judgement("scratch", Verdict.UNSURE)),
        (said("bubble", "unsure", regions=[]), Judgement("bubble", Verdict.UNSURE)),
    ],
)
def test_a_judgement_that_the_standard_knows_is_read(raw, judgement) -> None:
    assert parse(raw) == (judgement,)


@pytest.mark.parametrize(
    "raw",
    [
        said("scratch", "absent"),
        said("bubble", "absent", severity=None, regions=[]),
    ],
)
def test_plainly_absent_is_the_default_and_not_kept(raw) -> None:
    assert parse(raw, said("colour")) == (Judgement("colour", Verdict.PRESENT),)
    whole = parse_judgement(raw, STANDARD, width_px=10, height_px=8, path="judgements.0")
    assert whole.verdict is Verdict.ABSENT


def test_an_ok_image_has_no_judgements() -> None:
    assert parse() == ()


NO_TYPE = "Version 4 of the standard has no such defect type."
NO_VERDICT = "A verdict is present, absent or unsure."
NO_SEVERITY = "Severity is null here: not present, or a type without levels."
A_SEVERITY = "Give the severity as 1 to 3."
A_LIST = f"Give a list of at most {MAX_REGIONS} regions."
NO_PLACE = "Only a defect that is present has a place."
UNKNOWN = "This key is not known; see the documentation."
NO_OBJECT = "A judgement is an object with at least defect_type and verdict."
A_PLACE = "The standard asks where: mark at least one region."


@pytest.mark.parametrize(
    ("raw", "field", "message"),
    [
        (said("dent"), "defect_type", NO_TYPE),
        (said(None), "defect_type", NO_TYPE),
        (said(["scratch"]), "defect_type", NO_TYPE),
        ({"verdict": "present"}, "defect_type", NO_TYPE),
        (said("colour", "maybe"), "verdict", NO_VERDICT),
        (said("colour", "PRESENT"), "verdict", NO_VERDICT),
        (said("colour", None), "verdict", NO_VERDICT),
        (said("colour", True), "verdict", NO_VERDICT),
        ({"defect_type": "colour"}, "verdict", NO_VERDICT),
        (said("scratch"), "severity", A_SEVERITY),
        (said("scratch", severity=None), "severity", A_SEVERITY),
        (said("scratch", severity=0), "severity", A_SEVERITY),
        (said("scratch", severity=4), "severity", A_SEVERITY),
        (said("scratch", severity=1.0), "severity", A_SEVERITY),
        (said("scratch", severity=True), "severity", A_SEVERITY),
        (said("scratch", severity="1"), "severity", A_SEVERITY),
        (said("scratch", "absent", severity=1), "severity", NO_SEVERITY),
        (said("scratch", "unsure", severity=1), "severity", NO_SEVERITY),
        (said("colour", severity=1), "severity", NO_SEVERITY),
        (said("colour", severity=0), "severity", NO_SEVERITY),
        (said("colour", regions="box"), "regions", A_LIST),
        (said("colour", regions=BOX), "regions", A_LIST),
        (said("colour", regions={}), "regions", A_LIST),
        (said("colour", regions=""), "regions", A_LIST),
        (said("colour", regions=0), "regions", A_LIST),
        (said("colour", regions=False), "regions", A_LIST),
        (said("bubble", regions=[BOX] * (MAX_REGIONS + 1)), "regions", A_LIST),
        (said("bubble", "absent", regions=[BOX]), "regions", NO_PLACE),
        (said("bubble", "unsure", regions=[BOX]), "regions", NO_PLACE),
        (said("bubble", regions=[]), "regions", A_PLACE),
        (said("bubble"), "regions", A_PLACE),
        (said("colour", regions=[BOX]), "regions.0", "The standard does not ask for a box here."),
        (
            said("bubble", regions=[BOX, POLYGON]),
            "regions.1",
            "The standard does not ask for a polygon here.",
        ),
        (
            said("bubble", regions=[BOX, BOX | {"x": 9}]),
            "regions.1",
            "The box reaches beyond the image.",
        ),
        (said("colour", note="hm"), "note", UNKNOWN),
    ],
)
def test_a_wrong_judgement_is_refused_at_its_field(raw, field, message) -> None:
    assert fault(said("scratch", "absent"), raw) == (f"judgements.1.{field}", message)


@pytest.mark.parametrize("raw", [None, "scratch", 1, ["scratch"]])
def test_what_is_not_a_judgement_is_refused(raw: object) -> None:
    assert fault(raw) == ("judgements.0", NO_OBJECT)


@pytest.mark.parametrize("raw", [None, "scratch", {"scratch": "present"}, 0])
def test_judgements_that_are_no_list_are_refused(raw: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_judgements(raw, STANDARD, unusable=None, width_px=10, height_px=8)
    assert caught.value.fields[0].message == "Give a list of judgements."


@pytest.mark.parametrize("second", ["present", "absent", "unsure"])
def test_a_defect_type_judged_twice_is_refused(second: str) -> None:
    path, message = fault(said("colour", "absent"), said("colour", second))
    assert (path, message) == ("judgements.1.defect_type", "This defect type is judged twice.")


@pytest.mark.parametrize("reason", list(Unusable))
def test_an_unusable_image_is_not_judged(reason: Unusable) -> None:
    assert parse(unusable=reason) == ()
    found = fault(said("colour", "absent"), unusable=reason)
    assert found == ("judgements", "An unusable image is not judged: send no judgements.")


def test_the_most_regions_are_read() -> None:
    [judgement] = parse(said("bubble", regions=[BOX] * MAX_REGIONS))
    assert len(judgement.regions) == MAX_REGIONS


def test_a_type_that_a_review_does_not_mention_was_judged_absent() -> None:
    scratch = Judgement("scratch", Verdict.PRESENT, 2)
    review = Review("A", 4, (scratch, Judgement("bubble", Verdict.UNSURE)))
    assert review.verdict("scratch") is Verdict.PRESENT
    assert review.verdict("bubble") is Verdict.UNSURE
    assert review.verdict("colour") is Verdict.ABSENT
    assert review.judgement("scratch") is scratch
    assert review.judgement("colour") is None
