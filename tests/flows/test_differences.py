"""The images behind a pair's counts, and who is named when."""

from itertools import combinations

import pytest

from labeler.core.agreement.report import AgreementReport
from labeler.core.errors import NotFound
from labeler.core.terms import ImageState, Verdict
from labeler.flows import people
from labeler.flows.adjudicate import RulingRequest, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.differences import DifferingImage, list_differences
from labeler.flows.measure import Intervals, measure
from labeler.flows.site import Site
from tests.cast import Cast, fill, found, hire, present
from tests.flows.test_measure import a_season
from tests.flows.test_review import answer


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def differing(site: Site, cast: Cast, code: str, *pair: str, **more: int) -> list[DifferingImage]:
    one, other = pair
    return list_differences(
        site, cast.lead, "plates", defect_type=code, reviewers=(one, other), **more
    )


def test_there_are_as_many_images_as_the_pair_is_told(site: Site, cast: Cast) -> None:
    a_season(site, cast)
    report = measure(site, cast.lead, "plates", intervals=Intervals(replicates=0))
    assert isinstance(report, AgreementReport)
    tables = {(one.defect_type, *one.raters): one.table for one in report.pairs}
    names = [who.name for who in cast.reviewers]
    total = 0
    for code in ("bubble", "stain", "gloss"):
        for one, other in combinations(names, 2):
            table = tables[code, one, other]
            images = differing(site, cast, code, one, other)
            assert len(images) == table[1][0] + table[0][1], (code, one, other)
            assert {i.id for i in images} == {i.id for i in differing(site, cast, code, other, one)}
            total += len(images)
    assert total > 5


def test_nobody_is_named_until_it_is_decided(site: Site, cast: Cast) -> None:
    fill(site)
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), present("bubble"))
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    [image] = differing(site, cast, "bubble", "ben", "anna")
    [dispute] = list_disputes(site, cast.lead, "plates")
    assert (image.state, image.dispute) == (ImageState.DISPUTED, dispute.id)
    assert (image.marked_by, image.left_by) == (None, None)
    rule(site, cast.lead, dispute.id, RulingRequest(Verdict.PRESENT, "Seen.", dispute.version))
    [image] = differing(site, cast, "bubble", "ben", "anna")
    assert (image.marked_by, image.left_by, image.dispute) == ("anna", "ben", None)


def test_of_two_out_of_three_nobody_is_named_before_the_third(site: Site, cast: Cast) -> None:
    found(site, "rings", overlap=3)
    fill(site, "rings")
    for who in (cast.anna, cast.ben, cast.lead):
        people.add_member(site, "rings", who.name, cast.admin)
    answer(site, cast.anna, *claim(site, cast.anna, "rings", 1), present("bubble"))
    answer(site, cast.ben, *claim(site, cast.ben, "rings", 1))
    [image] = list_differences(
        site, cast.lead, "rings", defect_type="bubble", reviewers=("anna", "ben")
    )
    assert (image.state, image.marked_by, image.left_by) == (ImageState.WAITING, None, None)


def test_the_list_goes_on_after_an_image(site: Site, cast: Cast) -> None:
    fill(site, count=3)
    for who in (cast.anna, cast.ben):
        for _ in range(3):
            marks = [present("stain")] if who is cast.ben else []
            answer(site, who, *claim(site, who, "plates", 1), *marks)
    first = differing(site, cast, "stain", "anna", "ben", limit=2)
    rest = differing(site, cast, "stain", "anna", "ben", after=first[-1].number)
    assert (len(first), len(rest)) == (2, 1)
    assert rest[0].id not in {image.id for image in first}


def test_somebody_who_does_not_exist_differs_from_nobody(site: Site, cast: Cast) -> None:
    with pytest.raises(NotFound):
        differing(site, cast, "stain", "anna", "nobody")
    with pytest.raises(NotFound):
        list_differences(
            site, cast.outsider, "plates", defect_type="stain", reviewers=("anna", "ben")
        )
