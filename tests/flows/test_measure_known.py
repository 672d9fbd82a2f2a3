"""Reviewers of a project against the images whose truth is known."""

import random
from collections import Counter

import pytest

from labeler.core.agreement.proportions import jeffreys
from labeler.core.agreement.report import AgreementReport, VersusReference
from labeler.core.agreement.values import Estimate, Reason, Undefined
from labeler.core.terms import Unusable
from labeler.flows import projects, rating_groups
from labeler.flows.assign import claim
from labeler.flows.measure import Intervals, measure
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from tests.cast import STANDARD, Cast, fill, found, hire, present, unsure
from tests.flows.test_measure import GLOSS, name_the_images
from tests.flows.test_review import answer

QUICK = Intervals(replicates=50)


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def versus(site: Site, cast: Cast) -> dict[tuple[str, str], VersusReference]:
    report = measure(site, cast.lead, "plates", intervals=QUICK)
    assert isinstance(report, AgreementReport)
    assert report.versus_reference is not None
    return {(one.rater, one.defect_type): one for one in report.versus_reference}


def test_every_answer_on_a_known_image_is_counted_once(site: Site, cast: Cast) -> None:
    """Against a plain recount, with two standards, withdrawals, unusable marks, unknown images."""
    luck = random.Random(4)
    said: Counter[tuple[str, str, str, str]] = Counter()
    for number in range(10):
        if number == 5:
            book = {"defect_types": [*STANDARD["defect_types"], GLOSS]}
            projects.publish(site, cast.lead, "plates", book)
        truths: list = [{"bubble": None, "stain": None}, {"bubble": None}, {}, None]
        truth = truths[number % 4]
        fill(site, references=[truth])
        for who in (cast.anna, cast.ben):
            [lease] = claim(site, who, "plates", 1)
            marks = [present("bubble")] if luck.random() < 0.6 else []
            marks += [unsure("stain")] if luck.random() < 0.4 else []
            if luck.random() < 0.2:
                answer(site, who, lease, unusable=Unusable.DARK)
                continue
            receipt = answer(site, who, lease, *marks)
            if who is cast.anna and luck.random() < 0.2:
                withdraw(site, who, receipt.id, "A slip.")
                [lease] = claim(site, who, "plates", 1)
                marks = []
                answer(site, who, lease)
            verdicts = {m["defect_type"]: m["verdict"] for m in marks}
            codes = [t["code"] for t in STANDARD["defect_types"]]
            for code in [*codes, *(["gloss"] if lease.standard_version == 2 else [])]:
                if truth is not None:
                    known = "present" if code in truth else "absent"
                    said[who.name, code, known, verdicts.get(code, "absent")] += 1
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for (rater, code), one in versus(site, cast).items():
        for known, answers in one.confusion.items():
            counted.update({(rater, code, known, word): n for word, n in answers.items()})
            counted[rater, code, known, "unsure"] += one.unsure[known]
    assert +counted == +said
    assert said["anna", "bubble", "present", "absent"]
    assert any(said[who, "stain", "present", "unsure"] for who in ("anna", "ben"))


def judge_known(site: Site, cast: Cast, *, defective: int, missed: int, good: int) -> None:
    references: list = [{"bubble": None}] * defective + [{}] * good
    images = fill(site, count=defective + good, references=references)
    for who in (cast.anna, cast.ben):
        for lease in (claim(site, who, "plates", 1)[0] for _ in images):
            place = images.index(lease.image_id)
            answer(site, who, lease, *([present("bubble")] if missed <= place < defective else []))


def test_twenty_defective_parts_give_a_share_and_nineteen_do_not(site: Site, cast: Cast) -> None:
    judge_known(site, cast, defective=19, missed=2, good=20)
    few = versus(site, cast)["anna", "bubble"]
    assert few.statistics["sensitivity"] == Undefined(Reason.TOO_FEW_KNOWN_POSITIVE)
    assert few.confusion["present"] == {"absent": 2, "present": 17}
    judge_known(site, cast, defective=1, missed=0, good=0)
    enough = versus(site, cast)["anna", "bubble"].statistics["sensitivity"]
    assert isinstance(enough, Estimate)
    assert (enough.value, enough.low, enough.high) == pytest.approx((0.9, *jeffreys(18, 20)))
    specificity = versus(site, cast)["anna", "bubble"].statistics["specificity"]
    assert isinstance(specificity, Estimate)
    assert (specificity.count, specificity.of) == (20, 20)


def test_parts_are_kept_whole_however_many_there_are(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge_known(site, cast, defective=20, missed=4, good=1)
    name_the_images(site, unit=["u1", "u1", "u2", "u3", None])
    apart = versus(site, cast)["ben", "bubble"]
    monkeypatch.setattr(rating_groups, "MOST_GROUPS", 2)
    bundled = versus(site, cast)["ben", "bubble"]
    assert apart.confusion == bundled.confusion
    assert apart.confusion["present"] == {"absent": 4, "present": 16}


def test_without_any_known_image_there_is_no_comparison(site: Site, cast: Cast) -> None:
    fill(site)
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1))
    report = measure(site, cast.lead, "plates", intervals=QUICK)
    assert isinstance(report, AgreementReport)
    assert report.versus_reference is None
