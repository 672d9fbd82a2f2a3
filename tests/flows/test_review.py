import itertools

import pytest

from labeler.core.errors import Conflict, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.flows.assign import claim
from labeler.flows.review import Receipt, Submission, submit, withdraw
from labeler.flows.site import Site
from labeler.store.assignments import Lease
from labeler.store.tables import Image
from tests.cast import Cast, fill, found, hire, present, unsure
from tests.conftest import TurnableClock

_numbers = itertools.count()


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def answer(
    site: Site, who: Principal, lease: Lease, *judgements: dict, name: str = "", **more: object
) -> Receipt:
    sent = Submission(
        submission_id=name or f"s{next(_numbers)}",
        assignment=lease.id,
        standard_version=lease.standard_version,
        judgements=judgements,
        **more,
    )
    return submit(site, who, sent)


def state(site: Site, image_id: str) -> str:
    with site.database.read() as session:
        row = session.get(Image, image_id)
        return f"{row.state} {row.free_places}"


def test_two_reviewers_who_agree_settle_an_image(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    [first] = claim(site, cast.anna, "plates", 1)
    [second] = claim(site, cast.ben, "plates", 1)
    assert first.image_id == second.image_id == image
    answer(site, cast.anna, first)
    assert state(site, image) == "waiting 0"
    answer(site, cast.ben, second)
    assert state(site, image) == "settled 0"


def test_a_third_reviewer_gets_nothing_once_both_places_are_taken(site: Site, cast: Cast) -> None:
    fill(site)
    claim(site, cast.anna, "plates", 3)
    claim(site, cast.ben, "plates", 3)
    assert claim(site, cast.chris, "plates", 3) == []


def test_claiming_again_gives_the_same_leases_first(site: Site, cast: Cast) -> None:
    fill(site, count=5)
    first = claim(site, cast.anna, "plates", 2)
    again = claim(site, cast.anna, "plates", 4)
    assert again[:2] == first
    assert len({lease.image_id for lease in again}) == 4


def test_what_a_device_has_answered_counts_for_nothing_when_it_claims(
    site: Site, cast: Cast
) -> None:
    images = fill(site, count=16)
    unsent = [lease.id for lease in claim(site, cast.anna, "plates", 4)]
    assert [lease.id for lease in claim(site, cast.anna, "plates", 4)] == unsent  # nothing said
    for _ in range(2):
        unsent += [lease.id for lease in claim(site, cast.anna, "plates", 4, unsent)]
    assert len(set(unsent)) == 12
    given = claim(site, cast.anna, "plates", 4, {*unsent, "somebody else's"})
    assert [lease.image_id for lease in given] == images[12:]
    assert claim(site, cast.anna, "plates", 4, [*unsent, *(lease.id for lease in given)]) == []
    again = claim(site, cast.anna, "plates", 1, unsent[1:])
    assert [lease.id for lease in again] == unsent[:1]  # what was taken back is there again


def test_images_with_priority_come_first(site: Site, cast: Cast) -> None:
    fill(site, count=2)
    [urgent] = fill(site, priority=1)
    assert claim(site, cast.anna, "plates", 1)[0].image_id == urgent


def test_a_disagreement_opens_a_dispute(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), present("bubble"))
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1), unsure("stain"))
    assert state(site, image) == "disputed 0"


def test_the_same_submission_again_gets_the_first_answer(site: Site, cast: Cast) -> None:
    fill(site)
    [lease] = claim(site, cast.anna, "plates", 1)
    first = answer(site, cast.anna, lease, present("bubble"), name="once")
    again = answer(site, cast.anna, lease, present("bubble"), name="once")
    assert (first.first, again.first) == (True, False)
    assert (again.id, again.received_at) == (first.id, first.received_at)


def test_a_submission_id_with_other_content_is_refused(site: Site, cast: Cast) -> None:
    fill(site)
    [lease] = claim(site, cast.anna, "plates", 1)
    answer(site, cast.anna, lease, name="once")
    with pytest.raises(InvalidInput):
        answer(site, cast.anna, lease, present("bubble"), name="once")


def test_judging_an_assignment_twice_is_a_conflict_that_shows_the_first(
    site: Site, cast: Cast
) -> None:
    fill(site)
    [lease] = claim(site, cast.anna, "plates", 1)
    first = answer(site, cast.anna, lease, name="one")
    with pytest.raises(Conflict) as caught:
        answer(site, cast.anna, lease, name="two")
    assert caught.value.current == {"review": {"id": first.id, "submission_id": "one"}}


def test_nobody_submits_on_somebody_elses_assignment(site: Site, cast: Cast) -> None:
    fill(site)
    [lease] = claim(site, cast.anna, "plates", 1)
    with pytest.raises(NotFound):
        answer(site, cast.ben, lease)


def test_a_lapsed_lease_goes_to_the_next_reviewer_and_the_late_review_is_extra(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = fill(site)
    [late] = claim(site, cast.anna, "plates", 1)
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    clock.turn(seconds=601)
    [taken_over] = claim(site, cast.chris, "plates", 1)
    receipt = answer(site, cast.anna, late, present("bubble"))
    assert receipt.extra
    assert state(site, image) == "waiting 0"
    assert not answer(site, cast.chris, taken_over).extra
    assert state(site, image) == "settled 0"


def test_a_late_review_counts_while_its_place_is_still_free(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = fill(site)
    [late] = claim(site, cast.anna, "plates", 1)
    clock.turn(seconds=601)
    claim(site, cast.ben, "plates", 1)  # takes the lapsed lease back
    assert not answer(site, cast.anna, late).extra
    assert state(site, image) == "waiting 0"


def test_the_lapsed_reviewer_is_given_the_image_again(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    images = fill(site, count=3)
    [first] = claim(site, cast.anna, "plates", 1)
    clock.turn(seconds=601)
    again = claim(site, cast.anna, "plates", 3)
    assert [lease.image_id for lease in again] == images
    assert again[0].id == first.id


def test_a_withdrawn_review_leaves_the_image_to_its_author(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    [lease] = claim(site, cast.anna, "plates", 1)
    receipt = answer(site, cast.anna, lease, present("bubble"))
    withdraw(site, cast.anna, receipt.id, "undo")
    [again] = claim(site, cast.anna, "plates", 1)
    assert again.id == lease.id
    answer(site, cast.anna, again)
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    assert state(site, image) == "settled 0"


def test_an_extra_review_takes_the_place_of_a_withdrawn_one(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = fill(site)
    [late] = claim(site, cast.anna, "plates", 1)
    clock.turn(seconds=601)
    mine = answer(site, cast.ben, *claim(site, cast.ben, "plates", 1), present("bubble"))
    answer(site, cast.chris, *claim(site, cast.chris, "plates", 1))
    assert answer(site, cast.anna, late).extra
    assert state(site, image) == "disputed 0"
    withdraw(site, cast.ben, mine.id, "looked again")
    assert state(site, image) == "settled 0"
    assert claim(site, cast.ben, "plates", 1) == []


def test_a_settled_image_keeps_its_reviews(site: Site, cast: Cast) -> None:
    fill(site)
    receipt = answer(site, cast.anna, *claim(site, cast.anna, "plates", 1))
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    with pytest.raises(Conflict):
        withdraw(site, cast.anna, receipt.id, "too late")


def test_a_reference_settles_an_image_whatever_the_reviewers_say(site: Site, cast: Cast) -> None:
    [image] = fill(site, references=[{"bubble": None}])
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1))
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1), present("stain"))
    assert state(site, image) == "settled 0"
