"""Whom to train and what to look at again: orders from a project's reviews."""

import pytest

from labeler.core.agreement.values import Reason
from labeler.core.terms import ImageState
from labeler.flows import projects
from labeler.flows.adjudicate import RulingRequest, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.images import get_image
from labeler.flows.import_references import import_references
from labeler.flows.reviewer_quality import ReviewerQuality, reviewer_quality
from labeler.flows.site import Site
from labeler.flows.third_look import ThirdLook
from tests.cast import STANDARD, Cast, fill, found, hire, present
from tests.flows.test_review import answer


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site, majority=True, overlap=3)
    return hire(site)


def judge(site: Site, cast: Cast, *marking: str) -> str:
    """One image that these people mark and the other two or three leave."""
    [image] = fill(site)
    for who in (cast.anna, cast.ben, cast.chris):
        [lease] = [one for one in claim(site, who, "plates", 10) if one.image_id == image]
        answer(site, who, lease, *([present("bubble")] if who.name in marking else []))
    return image


def season(site: Site, cast: Cast) -> None:
    """Chris marks what nobody else does and misses what the others see."""
    for _ in range(5):
        judge(site, cast, "anna", "ben", "chris")
    for _ in range(12):
        judge(site, cast)
    for _ in range(3):
        judge(site, cast, "anna", "ben")
    for _ in range(3):
        judge(site, cast, "chris")


def looks(site: Site, cast: Cast) -> list[ThirdLook]:
    return [
        one
        for one in reviewer_quality(site, cast.lead, "plates").third_look
        if one.defect_type == "bubble"
    ]


def test_whoever_differs_from_the_others_is_trained_first(site: Site, cast: Cast) -> None:
    season(site, cast)
    found = reviewer_quality(site, cast.lead, "plates")
    bubble = next(one for one in found.training if one.defect_type == "bubble")
    assert bubble.raters[0] == "chris"
    assert set(bubble.raters) == {"anna", "ben", "chris"}


def test_what_is_in_doubt_comes_first_and_what_a_lead_decided_is_left_out(
    site: Site, cast: Cast
) -> None:
    season(site, cast)
    split = judge(site, cast, "anna")
    found = looks(site, cast)
    assert [one.rank for one in found] == sorted(one.rank for one in found)
    [own] = [one for one in found if one.image == split]
    assert own.state is ImageState.SETTLED, "a majority settled it, and it is in doubt still"
    known = found[-1].image
    sha256 = get_image(site, cast.lead, known).sha256
    import_references(site, cast.lead, "plates", f"image,defect_type\n{sha256},\n")
    left = {one.image for one in looks(site, cast)}
    assert known not in left
    assert split in left


def test_an_image_in_dispute_leads_to_it_and_a_ruled_one_is_done(site: Site) -> None:
    found(site)
    cast = hire(site)
    people = (cast.anna, cast.ben, cast.chris)
    for number in range(24):
        [image] = fill(site)
        for who in (people[number % 3], people[(number + 1) % 3]):
            [lease] = [one for one in claim(site, who, "plates", 10) if one.image_id == image]
            marks = number < 6 or (number < 10 and who is people[number % 3])
            answer(site, who, lease, *([present("bubble")] if marks else []))
    disputes = {one.image: one for one in list_disputes(site, cast.lead, "plates")}
    assert {one.image: one.dispute for one in looks(site, cast)} == {
        image: one.id for image, one in disputes.items()
    }
    first = next(iter(disputes.values()))
    rule(site, cast.lead, first.id, RulingRequest("absent", "Dust.", first.version))
    assert {one.image for one in looks(site, cast)} == set(disputes) - {first.image}


def test_two_reviewers_have_no_order(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    for who in (cast.anna, cast.ben):
        answer(site, who, *claim(site, who, "plates", 1), present("bubble"))
    told = reviewer_quality(site, cast.lead, "plates")
    assert {one.reason for one in told.training} == {Reason.TOO_FEW_RATERS}
    assert told.third_look == ()
    assert told.training[0].document()["raters"] is None
    assert image


def test_whoever_never_judged_a_type_does_not_hide_the_order_of_the_others(
    site: Site, cast: Cast
) -> None:
    fill(site)
    for who in (cast.dora, cast.anna, cast.ben):
        answer(site, who, *claim(site, who, "plates", 1), present("bubble"))
    types = [*STANDARD["defect_types"], {**STANDARD["defect_types"][1], "code": "gloss"}]
    projects.publish(site, cast.lead, "plates", {"defect_types": types})
    for marking in ({"anna", "ben", "chris"}, {"anna", "ben"}, {"chris"}, set(), set(), set()):
        fill(site)
        for who in (cast.anna, cast.ben, cast.chris):
            [lease] = claim(site, who, "plates", 1)
            answer(site, who, lease, *([present("gloss")] if who.name in marking else []))
    found = reviewer_quality(site, cast.lead, "plates")
    gloss = next(one for one in found.training if one.defect_type == "gloss")
    assert gloss.reason is None
    assert (gloss.raters[0], set(gloss.raters)) == ("chris", {"anna", "ben", "chris"})
    assert {one.rank for one in found.third_look if one.defect_type == "gloss"}


def numbers(told: object) -> list[float]:
    if isinstance(told, dict):
        return [n for value in told.values() for n in numbers(value)]
    if isinstance(told, list):
        return [n for value in told for n in numbers(value)]
    return [told] if isinstance(told, int | float) and not isinstance(told, bool) else []


def test_the_orders_hold_names_and_ranks_and_nothing_that_looks_like_an_accuracy(
    site: Site, cast: Cast
) -> None:
    season(site, cast)
    told: ReviewerQuality = reviewer_quality(site, cast.lead, "plates")
    document = told.document()
    assert numbers(document["training"]) == []
    ranks = numbers(document["third_look"])
    assert ranks
    assert all(isinstance(one, int) and one >= 1 for one in ranks)
