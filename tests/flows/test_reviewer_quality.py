"""Pace, "can't tell" and who marks more, from the reviews of a project."""

import pytest

from labeler.core.errors import NotFound
from labeler.flows.assign import claim
from labeler.flows.review import withdraw
from labeler.flows.reviewer_quality import reviewer_quality
from labeler.flows.site import Site
from tests.cast import Cast, fill, found, hire, present, unsure
from tests.flows.test_review import answer


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def test_the_pace_is_that_of_live_reviews_with_a_time(site: Site, cast: Cast) -> None:
    fill(site, count=25)
    for number in range(24):
        [lease] = claim(site, cast.anna, "plates", 1)
        answer(site, cast.anna, lease, elapsed_s=3.04 if number < 12 else 5.0)
    [lease] = claim(site, cast.anna, "plates", 1)
    receipt = answer(site, cast.anna, lease, elapsed_s=900.0)
    withdraw(site, cast.anna, receipt.id, "A slip.")
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    found = reviewer_quality(site, cast.lead, "plates")
    assert list(found.paces) == ["anna", "ben"]
    anna, ben = found.paces.values()
    assert (anna.reviews, anna.timed) == (24, 24)
    assert (anna.median_s, anna.low_s, anna.high_s) == pytest.approx((4.0, 3.0, 5.0))
    assert (ben.reviews, ben.timed, ben.median_s) == (1, 0, None)


def test_whoever_cannot_tell_too_often_is_warned_about(site: Site, cast: Cast) -> None:
    fill(site, count=20)
    for number in range(20):
        [lease] = claim(site, cast.anna, "plates", 1)
        said = [unsure("bubble")] if number < 2 else []
        answer(site, cast.anna, lease, *said, *([unsure("stain")] if number == 2 else []))
    [anna] = reviewer_quality(site, cast.lead, "plates").document()["raters"]
    warned = {one["defect_type"]: one["too_unsure"] for one in anna["answers"]}
    assert warned == {"scratch": False, "bubble": True, "stain": False}


def test_who_marks_more_is_named_with_both_counts(site: Site, cast: Cast) -> None:
    fill(site, count=9)
    for who in (cast.anna, cast.ben):
        for number in range(9):
            [lease] = claim(site, who, "plates", 1)
            marks = who is cast.anna or number == 0
            answer(site, who, lease, *([present("bubble")] if marks else []))
    [pair] = reviewer_quality(site, cast.lead, "plates").marks_more
    assert (pair.more, pair.less, pair.more_only, pair.less_only) == ("anna", "ben", 8, 0)
    assert pair.p == pytest.approx(2 / 2**8)
    assert pair.named


def test_somebody_outside_learns_nothing(site: Site, cast: Cast) -> None:
    with pytest.raises(NotFound):
        reviewer_quality(site, cast.outsider, "plates")
