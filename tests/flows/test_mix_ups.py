"""Defect types that reviewers take for one another: how many images, and which."""

from itertools import combinations, permutations

import pytest
from sqlmodel import select

from labeler.core.errors import NotFound
from labeler.core.terms import Verdict
from labeler.flows import people, projects
from labeler.flows.assign import claim
from labeler.flows.mix_ups import MixUp, list_mix_ups, list_mixed_up
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from labeler.store.tables import JudgementRow, ReviewRow, Withdrawal
from tests.cast import STANDARD, Cast, fill, found, hire, present, unsure
from tests.flows.test_measure import GLOSS, a_season
from tests.flows.test_review import answer


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def judged(site: Site, cast: Cast, first: list[dict], second: list[dict]) -> tuple[str, str]:
    """One image on which Anna and Ben said these things; it, and Ben's review."""
    [image] = fill(site)
    for who, said in ((cast.anna, first), (cast.ben, second)):
        [lease] = [one for one in claim(site, who, "plates", 10) if one.image_id == image]
        review = answer(site, who, lease, *said).id
    return image, review


def images_of(site: Site, cast: Cast, *pair: str, **more: int) -> list[str]:
    one, other = pair
    rows = list_mixed_up(site, cast.lead, "plates", defect_types=(one, other), **more)
    assert all(row.marked_by is None and row.left_by is None for row in rows)
    return [row.id for row in rows]


def test_one_saw_a_bubble_and_another_a_stain(site: Site, cast: Cast) -> None:
    first, _ = judged(site, cast, [present("bubble")], [present("stain")])
    second, _ = judged(site, cast, [present("stain")], [present("bubble"), unsure("scratch")])
    third, _ = judged(site, cast, [present("scratch", 1)], [present("stain")])
    assert list_mix_ups(site, cast.lead, "plates") == [
        MixUp("bubble", "stain", 2), MixUp("scratch", "stain", 1),
    ]  # fmt: skip
    for pair in permutations(("bubble", "stain")):
        assert images_of(site, cast, *pair) == [first, second]
    assert images_of(site, cast, "stain", "scratch") == [third]
    assert images_of(site, cast, "bubble", "scratch") == []
    [row] = list_mixed_up(site, cast.lead, "plates", defect_types=("stain", "scratch"))
    assert row.dispute, "the list leads to what is to be decided"


def test_whoever_marks_both_or_cannot_tell_mixes_nothing_up(site: Site, cast: Cast) -> None:
    both = [present("bubble"), present("stain")]
    judged(site, cast, both, both)
    judged(site, cast, both, [present("stain")])
    judged(site, cast, [present("bubble")], [present("stain"), unsure("bubble")])
    judged(site, cast, [present("bubble"), unsure("stain")], [present("stain")])
    judged(site, cast, [present("bubble")], [unsure("stain")])
    judged(site, cast, [present("bubble")], [])
    assert list_mix_ups(site, cast.lead, "plates") == []
    assert images_of(site, cast, "bubble", "stain") == []


def test_what_was_taken_back_mixes_nothing_up(site: Site, cast: Cast) -> None:
    _, review = judged(site, cast, [present("bubble")], [present("stain")])
    assert list_mix_ups(site, cast.lead, "plates") == [MixUp("bubble", "stain", 1)]
    withdraw(site, cast.ben, review, "Wrong image.")
    assert list_mix_ups(site, cast.lead, "plates") == []
    assert images_of(site, cast, "bubble", "stain") == []


def test_what_another_project_mixes_up_is_not_told(site: Site, cast: Cast) -> None:
    found(site, "caps")
    for who in (cast.anna, cast.ben):
        people.add_member(site, "caps", who.name, cast.admin)
    people.add_member(site, "caps", cast.lead.name, cast.admin)
    fill(site, "caps")
    for who, code in ((cast.anna, "bubble"), (cast.ben, "stain")):
        answer(site, who, *claim(site, who, "caps", 1), present(code))
    assert list_mix_ups(site, cast.lead, "plates") == []
    assert images_of(site, cast, "bubble", "stain") == []
    assert list_mix_ups(site, cast.lead, "caps") == [MixUp("bubble", "stain", 1)]


def test_the_list_goes_on_after_an_image(site: Site, cast: Cast) -> None:
    ids = [judged(site, cast, [present("bubble")], [present("stain")])[0] for _ in range(3)]
    first = list_mixed_up(
        site, cast.lead, "plates", defect_types=("bubble", "stain"), limit=2
    )  # fmt: skip
    assert [row.id for row in first] == ids[:2]
    assert images_of(site, cast, "bubble", "stain", after=first[-1].number) == ids[2:]


def test_a_standard_without_the_defect_type_leaves_nothing(site: Site, cast: Cast) -> None:
    """Who judged when there was no gloss yet could not have said it."""
    [image] = fill(site)
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), present("bubble"))
    book = {"defect_types": [*STANDARD["defect_types"], GLOSS]}
    projects.publish(site, cast.lead, "plates", book)
    [lease] = claim(site, cast.ben, "plates", 1)
    assert (lease.image_id, lease.standard_version) == (image, 2)
    answer(site, cast.ben, lease, present("gloss"))
    assert list_mix_ups(site, cast.lead, "plates") == []
    assert images_of(site, cast, "bubble", "gloss") == []


def by_hand(site: Site) -> dict[frozenset[str], int]:
    """The same counts, image by image, from the rows."""
    kinds = ("scratch", "bubble", "stain", "gloss")
    said: dict[str, dict[str, dict[str, Verdict]]] = {}
    with site.database.read() as session:
        gone = set(session.exec(select(Withdrawal.review_id)))
        for review in session.exec(select(ReviewRow)):
            if review.id in gone or review.unusable:
                continue
            known = kinds[: 3 if review.standard_version == 1 else 4]
            marks = said.setdefault(review.image_id, {})[review.user_id] = dict.fromkeys(
                known, Verdict.ABSENT
            )
            for row in session.exec(
                select(JudgementRow).where(JudgementRow.review_id == review.id)
            ):
                marks[row.defect_type] = Verdict(row.verdict)
    mark = (Verdict.PRESENT, Verdict.ABSENT)
    counts: dict[frozenset[str], int] = {}
    for one, other in combinations(kinds, 2):
        images = sum(
            any(
                (a.get(one), a.get(other)) == mark and (b.get(other), b.get(one)) == mark
                for a, b in permutations(reviews.values(), 2)
            )
            for reviews in said.values()
        )
        if images:
            counts[frozenset((one, other))] = images
    return counts


def test_a_season_of_every_sort_of_review_counts_as_by_hand(site: Site, cast: Cast) -> None:
    a_season(site, cast, rounds=40)
    found = list_mix_ups(site, cast.lead, "plates")
    wanted = by_hand(site)
    assert {frozenset((m.first, m.second)): m.images for m in found} == wanted
    assert wanted[frozenset(("bubble", "gloss"))] > 1
    for one in found:
        assert len(images_of(site, cast, one.first, one.second)) == one.images


def test_an_outsider_sees_no_mix_up(site: Site, cast: Cast) -> None:
    judged(site, cast, [present("bubble")], [present("stain")])
    with pytest.raises(NotFound):
        list_mix_ups(site, cast.outsider, "plates")
    with pytest.raises(NotFound):
        list_mixed_up(site, cast.outsider, "plates", defect_types=("bubble", "stain"))
