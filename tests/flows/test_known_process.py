"""Images of known truth end as the same answers would make any other image end."""

import random

import pytest

from labeler.core.agreement.values import Reason, Undefined
from labeler.core.label_accuracy.known_process import KnownLabels
from labeler.core.people import Principal
from labeler.core.terms import Unusable
from labeler.flows.adjudicate import list_disputes
from labeler.flows.assign import claim
from labeler.flows.images import get_image
from labeler.flows.label_accuracy import accuracy
from labeler.flows.site import Site
from tests.cast import Cast, fill, found, hire, present, unsure
from tests.flows.test_review import answer

ANSWERS = (
    [present("bubble")], [present("bubble")], [], [], [], [unsure("bubble")],
    [present("bubble"), unsure("stain")], [present("stain")],
)  # fmt: skip


def judge(site: Site, image: str, said: list[tuple[Principal, list[dict] | None]]) -> None:
    """None: this reviewer cannot use the image."""
    for who, judgements in said:
        [lease] = [one for one in claim(site, who, "plates", 10) if one.image_id == image]
        if judgements is None:
            answer(site, who, lease, unusable=Unusable.DARK)
        else:
            answer(site, who, lease, *judgements)


def ending(site: Site, cast: Cast, image: str, code: str) -> str:
    """How an image that is like any other stands: present, absent or disputed."""
    labels = {
        one["defect_type"]: one["verdict"] for one in get_image(site, cast.lead, image).labels
    }
    open_on = {
        one.defect_type
        for one in list_disputes(site, cast.lead, "plates", limit=200)
        if one.image == image
    }
    return "disputed" if None in open_on or code in open_on else str(labels.get(code, "absent"))


@pytest.mark.parametrize(("overlap", "majority"), [(2, False), (3, True)])
def test_known_images_end_as_their_answers_would_make_any_other_image_end(
    site: Site, overlap: int, majority: bool
) -> None:
    found(site, overlap=overlap, majority=majority)
    cast = hire(site)
    luck = random.Random(overlap)
    expected: dict[tuple[str, str], dict[str, int]] = {}
    for _ in range(16):
        truth = luck.choice([{}, {"bubble": None}, {"bubble": None, "stain": None}])
        known, like_it = fill(site, count=2, references=[truth, None])
        said = [(who, luck.choice(ANSWERS)) for who in cast.reviewers[:overlap]]
        if luck.random() < 0.15:
            said[0] = (said[0][0], None)
        for image in (known, like_it):
            judge(site, image, said)
        for code in ("bubble", "stain"):
            there = "present" if code in truth else "absent"
            end = ending(site, cast, like_it, code)
            kind = "disputed" if end == "disputed" else "right" if end == there else "wrong"
            of_kind = expected.setdefault((code, there), dict.fromkeys(kinds(), 0))
            of_kind[kind] += 1
    told = {one.defect_type: one.known for one in accuracy(site, cast.lead, "plates").types}
    for (code, there), counts in expected.items():
        assert getattr(told[code], there) == KnownLabels(**counts), (code, there)
    assert all(sum(counts[kind] for counts in expected.values()) for kind in kinds())


def kinds() -> tuple[str, ...]:
    return ("right", "wrong", "disputed")


def test_what_waits_for_a_reviewer_does_not_count(site: Site) -> None:
    found(site)
    cast = hire(site)
    [image] = fill(site, references=[{"bubble": None}])
    judge(site, image, [(cast.anna, [])])
    one = next(one for one in accuracy(site, cast.lead, "plates").types)
    assert not one.known.any
    assert one.document()["known_images"]["recall"]["reason"] == str(Reason.NO_KNOWN_POSITIVE)  # type: ignore[index]


def test_disputes_leave_the_share_between_two_bounds() -> None:
    some = KnownLabels(right=18, wrong=1, disputed=1)
    share = some.share(Reason.NO_KNOWN_POSITIVE, Reason.TOO_FEW_KNOWN_POSITIVE)
    assert not isinstance(share, Undefined)
    assert (share.if_none, share.if_all) == (0.9, 0.95)
    assert share.at_least < share.if_none
    assert share.if_all < share.at_most
    few = KnownLabels(right=19).share(Reason.NO_KNOWN_POSITIVE, Reason.TOO_FEW_KNOWN_POSITIVE)
    assert few == Undefined(Reason.TOO_FEW_KNOWN_POSITIVE)
