"""Assignments outside production: handed out like any other, settling nothing."""

from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.event import listen
from sqlalchemy.exc import IntegrityError

from labeler.core.agreement.report import AgreementReport
from labeler.core.assignments import audit_occasion, repeat_occasion, trial_occasion
from labeler.core.errors import NotFound
from labeler.core.people import Principal
from labeler.flows.assign import OwnProgress, claim, own_progress
from labeler.flows.images import get_image, image_history, list_images
from labeler.flows.measure import measure
from labeler.flows.reading import list_reviews
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from labeler.store import audit, planned
from labeler.store.assignments import Lease
from labeler.store.tables import Project
from tests.cast import Cast, fill, found, hire, present
from tests.conftest import TurnableClock
from tests.flows.test_review import answer, state

AUDIT = audit_occasion("sample-1")


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def plan(
    site: Site,
    who: Principal,
    images: list[str],
    occasion: str = AUDIT,
    *,
    after: timedelta = timedelta(0),
) -> None:
    with site.database.read() as session:
        project_id = session.execute(select(Project.id)).scalar_one()
    rows = [
        {
            "id": site.new_id(), "project_id": project_id, "image_id": image,
            "user_id": who.user_id, "occasion": occasion, "standard_version": 1,
            "due_at": site.now() + after, "turn": turn,
        }
        for turn, image in enumerate(images)
    ]  # fmt: skip
    site.database.write(lambda session: planned.plan(session, rows))


def said(site: Site, *occasions: str) -> list[tuple[str, str | None]]:
    with site.database.read() as session:
        project_id = session.execute(select(Project.id)).scalar_one()
        found = planned.answers(session, project_id, occasions or (AUDIT,))
    return [(one.state.value, one.review_id) for one in found]


def both_judge(site: Site, cast: Cast, count: int) -> list[str]:
    """Images that Anna and Ben have settled as OK."""
    made = fill(site, count=count)
    for who in (cast.anna, cast.ben):
        for lease in claim(site, who, "plates", count):
            answer(site, who, lease)
    return made


def test_what_is_planned_comes_in_its_order_before_fresh_images(site: Site, cast: Cast) -> None:
    first, second, third = both_judge(site, cast, 3)
    [fresh] = fill(site, count=1)
    plan(site, cast.chris, [third, first, second])
    held = claim(site, cast.chris, "plates", 2)
    assert [lease.image_id for lease in held] == [third, first]
    again = claim(site, cast.chris, "plates", 4)
    assert [lease.image_id for lease in again] == [third, first, second, fresh]
    assert [lease.id for lease in again[:2]] == [lease.id for lease in held]


def test_nothing_in_a_lease_tells_what_it_is_for(site: Site, cast: Cast) -> None:
    [settled] = both_judge(site, cast, 1)
    fill(site, count=1)
    plan(site, cast.chris, [settled])
    audited, fresh = claim(site, cast.chris, "plates", 2)
    told = {field.name for field in fields(Lease)} - {"id", "image_id", "expires_at"}
    assert {name: getattr(audited, name) for name in told} == {
        name: getattr(fresh, name) for name in told
    }


def test_what_is_not_due_yet_is_neither_handed_out_nor_seen(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image], after=timedelta(hours=1))
    assert claim(site, cast.chris, "plates", 3) == []
    assert list_images(site, cast.chris, "plates") == []
    with pytest.raises(NotFound):
        get_image(site, cast.chris, image)
    clock.turn(seconds=1 * 3600)
    [lease] = claim(site, cast.chris, "plates", 3)
    assert lease.image_id == image
    assert get_image(site, cast.chris, image).id == image


def test_only_its_reviewer_gets_it(site: Site, cast: Cast) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    assert claim(site, cast.anna, "plates", 3) == claim(site, cast.ben, "plates", 3) == []


def test_the_same_image_is_planned_once_for_a_reviewer_and_occasion(site: Site, cast: Cast) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    with pytest.raises(IntegrityError):
        plan(site, cast.chris, [image])
    plan(site, cast.chris, [image], trial_occasion("study", 1))


def test_an_answer_settles_nothing_and_counts_for_no_agreement(site: Site, cast: Cast) -> None:
    settled, waiting = both_judge(site, cast, 1)[0], fill(site, count=1)[0]
    [lease] = claim(site, cast.anna, "plates", 1)
    answer(site, cast.anna, lease)
    before: AgreementReport = measure(site, cast.lead, "plates")
    plan(site, cast.chris, [settled, waiting])
    for lease in claim(site, cast.chris, "plates", 2):
        receipt = answer(site, cast.chris, lease, present("bubble"))
        assert not receipt.extra
    assert state(site, settled) == "settled 0"
    assert state(site, waiting) == "waiting 1"
    assert measure(site, cast.lead, "plates").document() == before.document()
    assert [one.occasion for one in list_reviews(site, cast.lead, "plates")][-2:] == [AUDIT] * 2
    assert image_history(site, cast.lead, settled)[-1]["occasion"] == AUDIT


def test_an_audit_does_not_take_the_place_of_the_auditors_own_review(
    site: Site, cast: Cast
) -> None:
    [image] = fill(site, count=1)
    plan(site, cast.anna, [image], repeat_occasion(1))
    audited, fresh = claim(site, cast.anna, "plates", 2)
    assert audited.image_id == fresh.image_id == image
    assert state(site, image) == "waiting 1"
    answer(site, cast.anna, audited)
    answer(site, cast.anna, fresh)
    [other] = claim(site, cast.ben, "plates", 1)
    answer(site, cast.ben, other)
    assert state(site, image) == "settled 0"


def test_a_lapsed_one_is_planned_again(site: Site, cast: Cast, clock: TurnableClock) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    [lease] = claim(site, cast.chris, "plates", 1)
    clock.turn(seconds=24 * 3600)
    claim(site, cast.anna, "plates", 1)
    assert said(site) == [("planned", None)]
    [again] = claim(site, cast.chris, "plates", 1)
    assert again.id == lease.id


def test_a_late_answer_is_taken(site: Site, cast: Cast, clock: TurnableClock) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    [lease] = claim(site, cast.chris, "plates", 1)
    clock.turn(seconds=24 * 3600)
    claim(site, cast.anna, "plates", 1)
    receipt = answer(site, cast.chris, lease)
    assert said(site) == [("submitted", receipt.id)]


def test_an_answer_can_be_taken_back_although_the_image_is_settled(site: Site, cast: Cast) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    [lease] = claim(site, cast.chris, "plates", 1)
    receipt = answer(site, cast.chris, lease)
    withdraw(site, cast.chris, receipt.id, "A slip.")
    assert said(site) == [("leased", None)]
    [again] = claim(site, cast.chris, "plates", 1)
    second = answer(site, cast.chris, again, present("bubble"))
    assert said(site) == [("submitted", second.id)]
    assert state(site, image) == "settled 0"


def test_what_is_called_off_is_handed_out_no_more(site: Site, cast: Cast) -> None:
    first, second = both_judge(site, cast, 2)
    plan(site, cast.chris, [first, second])
    [lease] = claim(site, cast.chris, "plates", 1)
    with site.database.read() as session:
        project_id = session.execute(select(Project.id)).scalar_one()
    site.database.write(lambda session: planned.call_off(session, project_id, [AUDIT]))
    assert [one.image_id for one in claim(site, cast.chris, "plates", 3)] == [first]
    answer(site, cast.chris, lease)
    assert sorted(state for state, _ in said(site)) == ["lapsed", "submitted"]


def test_progress_does_not_tell_when_one_is_handed_out(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    plan(site, cast.chris, [image], repeat_occasion(1), after=timedelta(hours=1))
    assert own_progress(site, cast.chris, "plates") == OwnProgress(0, 2)
    [lease] = claim(site, cast.chris, "plates", 1)
    assert own_progress(site, cast.chris, "plates") == OwnProgress(0, 2)
    answer(site, cast.chris, lease)
    assert own_progress(site, cast.chris, "plates") == OwnProgress(1, 2)
    clock.turn(seconds=3600)
    assert own_progress(site, cast.chris, "plates") == OwnProgress(1, 3)


def test_an_answer_that_is_taken_back_after_the_end_is_asked_for_no_more(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    [lease] = claim(site, cast.chris, "plates", 1)
    receipt = answer(site, cast.chris, lease)
    with site.database.read() as session:
        project_id = session.execute(select(Project.id)).scalar_one()
    site.database.write(lambda session: planned.call_off(session, project_id, [AUDIT]))
    withdraw(site, cast.chris, receipt.id, "A slip.")
    clock.turn(seconds=24 * 3600)
    assert claim(site, cast.chris, "plates", 3) == []


def test_a_lapse_is_an_event_whatever_it_was_for(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    [image] = both_judge(site, cast, 1)
    plan(site, cast.chris, [image])
    [lease] = claim(site, cast.chris, "plates", 1)
    clock.turn(seconds=24 * 3600)
    claim(site, cast.anna, "plates", 1)
    with site.database.read() as session:
        [event] = [one for one in audit.walk(session) if one.action == "assignment.lapsed"]
    assert event.subject == lease.id


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_answers_of_an_occasion_are_read_without_the_other_reviews(site: Site, cast: Cast) -> None:
    with site.database.read() as session:
        asked: list[tuple[str, object]] = []
        listen(
            site.database.readers, "before_cursor_execute",
            lambda _connection, _cursor, text, values, *_more: asked.append((text, values)),
        )  # fmt: skip
        planned.answers(session, "plates", [AUDIT])
        text, values = asked[-1]
        steps = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        said = " ".join(str(step) for step in steps)
    assert "SEARCH review USING INDEX ix_review_assignment_id" in said
    assert "MATERIALIZE" not in said
