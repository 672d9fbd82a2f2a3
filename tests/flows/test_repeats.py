"""Planning hidden repeats and reading them, on both databases."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from labeler.core.agreement.values import Estimate
from labeler.core.assignments import PRODUCTION, repeat_occasion
from labeler.core.errors import InvalidInput, NotFound
from labeler.core.repeats import RepeatPlan
from labeler.core.terms import ImageState, Unusable, Verdict
from labeler.flows import people, projects
from labeler.flows.assign import claim
from labeler.flows.reading import list_events
from labeler.flows.repeats import plan_repeats
from labeler.flows.review import withdraw
from labeler.flows.reviewer_quality import ReviewerQuality, reviewer_quality
from labeler.flows.site import Site
from labeler.store.tables import Assignment, Image
from tests.cast import STANDARD, Cast, fill, found, hire, present, unsure
from tests.conftest import TurnableClock
from tests.flows.test_review import answer

SOON = RepeatPlan(per_reviewer=4, min_age_h=48, spread_h=10)
DAY = 24 * 3600


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def judge(site: Site, cast: Cast, marks: list[list[dict]]) -> list[str]:
    """Anna says these things of new images, Ben nothing; the images in order."""
    images = fill(site, count=len(marks))
    for who in (cast.anna, cast.ben):
        for _ in marks:
            [lease] = claim(site, who, "plates", 1)
            said = marks[images.index(lease.image_id)] if who is cast.anna else []
            answer(site, who, lease, *said)
    return images


def planned_for(site: Site, user_id: str) -> list[Assignment]:
    with site.database.read() as session:
        statement = select(Assignment).where(
            Assignment.user_id == user_id, Assignment.occasion != PRODUCTION
        )
        return list(session.exec(statement.order_by(Assignment.due_at)))


def test_each_gets_own_old_images_half_of_them_marked_spread_over_time(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    bubbles = [[present("bubble")]] * 3
    images = judge(site, cast, [*bubbles, *[[]] * 7])
    clock.turn(seconds=2 * DAY)
    young = judge(site, cast, [[present("stain")]] * 2)
    assert plan_repeats(site, cast.lead, "plates", SOON) == {
        "anna": 4, "ben": 4, "chris": 0, "dora": 0,
    }  # fmt: skip
    rows = planned_for(site, cast.anna.user_id)
    assert {row.occasion for row in rows} == {repeat_occasion(1)}
    chosen = [row.image_id for row in rows]
    assert len(set(chosen)) == 4
    assert not set(chosen) & set(young)
    assert len(set(chosen) & set(images[:3])) == 2
    due = [row.due_at - site.now() for row in rows]
    assert due == sorted(due)
    assert timedelta(hours=7) < due[-1] < timedelta(hours=10)
    [event] = [e for e in list_events(site, limit=500) if e.action == "repeats.planned"]
    assert event.actor == cast.lead.user_id
    assert event.data["planned"][cast.anna.user_id] == 4
    assert len(event.data["seed"]) == 32


def test_again_tops_up_and_no_image_comes_twice(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    judge(site, cast, [[]] * 6)
    clock.turn(seconds=3 * DAY)
    few = RepeatPlan(per_reviewer=2, spread_h=0)
    assert plan_repeats(site, cast.lead, "plates", few)["anna"] == 2
    assert plan_repeats(site, cast.lead, "plates", few)["anna"] == 0
    assert plan_repeats(site, cast.lead, "plates", SOON)["anna"] == 2
    for _ in range(2):
        [lease] = claim(site, cast.anna, "plates", 1)
        answer(site, cast.anna, lease)
    assert plan_repeats(site, cast.lead, "plates", SOON)["anna"] == 2
    assert plan_repeats(site, cast.lead, "plates", RepeatPlan(20))["anna"] == 0
    chosen = [row.image_id for row in planned_for(site, cast.anna.user_id)]
    assert len(chosen) == len(set(chosen)) == 6


def test_what_cannot_be_compared_is_not_repeated(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    images = fill(site, count=5)
    for place in range(5):
        [lease] = claim(site, cast.anna, "plates", 1)
        if place == 0:
            answer(site, cast.anna, lease, unusable=Unusable.DARK)
        elif place == 1:
            withdraw(site, cast.anna, answer(site, cast.anna, lease).id, "A slip.")
            [again] = claim(site, cast.anna, "plates", 1)
            assert again.image_id == images[1]
            answer(site, cast.anna, again, unsure("stain"))
        else:
            answer(site, cast.anna, lease)

    def rule_out(session: Session) -> None:
        row = session.get(Image, images[2])
        assert row is not None
        row.state = ImageState.UNUSABLE
        session.add(row)

    site.database.write(rule_out)
    clock.turn(seconds=3 * DAY)
    assert plan_repeats(site, cast.lead, "plates", SOON)["anna"] == 2
    chosen = {row.image_id for row in planned_for(site, cast.anna.user_id)}
    assert chosen == set(images[3:])


def test_a_new_standard_calls_off_what_nobody_holds_and_needs_new_reviews(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    judge(site, cast, [[]] * 3)
    clock.turn(seconds=3 * DAY)
    now = RepeatPlan(per_reviewer=3, spread_h=0)
    plan_repeats(site, cast.lead, "plates", now)
    [held] = claim(site, cast.anna, "plates", 1)
    book = {"defect_types": [dict(one) for one in STANDARD["defect_types"]]}
    projects.publish(site, cast.lead, "plates", book)
    assert [lease.id for lease in claim(site, cast.anna, "plates", 5)] == [held.id]
    assert plan_repeats(site, cast.lead, "plates", now)["anna"] == 0
    answer(site, cast.anna, held)
    judge(site, cast, [[]] * 2)
    clock.turn(seconds=3 * DAY)
    assert plan_repeats(site, cast.lead, "plates", now)["anna"] == 2


def test_whoever_left_the_project_gets_none(site: Site, cast: Cast, clock: TurnableClock) -> None:
    judge(site, cast, [[]] * 2)
    clock.turn(seconds=3 * DAY)
    people.remove_member(site, "plates", cast.ben.user_id, cast.admin)
    assert plan_repeats(site, cast.lead, "plates", SOON) == {"anna": 2, "chris": 0, "dora": 0}
    assert planned_for(site, cast.ben.user_id) == []


def test_a_reviewer_s_agreement_with_themselves_is_read_from_both_answers(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    marks = [[present("bubble")] for _ in range(10)] + [[] for _ in range(10)]
    images = judge(site, cast, marks)
    clock.turn(seconds=3 * DAY)
    plan_repeats(site, cast.lead, "plates", RepeatPlan(per_reviewer=20, spread_h=0))
    for number in range(20):
        [lease] = claim(site, cast.anna, "plates", 1)
        before = images.index(lease.image_id)
        if before in (0, 1):
            said = []
        elif before == 2:
            said = [unsure("bubble")]
        else:
            said = [present("bubble")] if before < 11 else []
        receipt = answer(site, cast.anna, lease, *said)
        if number == 19:
            withdraw(site, cast.anna, receipt.id, "A slip.")
            [again] = claim(site, cast.anna, "plates", 1)
            answer(site, cast.anna, again, *said)
    found = reviewer_quality(site, cast.lead, "plates")
    bubble = next(one for one in found.repeatability if one.defect_type == "bubble")
    absent, there = Verdict.ABSENT, Verdict.PRESENT
    assert bubble.table == {there: {there: 7, absent: 2}, absent: {there: 1, absent: 9}}
    assert bubble.unsure == 1
    alike = bubble.statistics["alike"]
    assert isinstance(alike, Estimate)
    assert (alike.count, alike.of) == (16, 19)
    assert waiting(found) == {"anna": (0, 20), "ben": (20, 0)}
    # They measure and do nothing else: production has the first answers.
    [anna] = [
        one for one in found.report.raters if (one.rater, one.defect_type) == ("anna", "bubble")
    ]
    assert anna.answers["present"] == 10


def waiting(found: ReviewerQuality) -> dict[str, tuple[int, int]]:
    return {name: (one.waiting, one.answered) for name, one in found.repeats.items()}


def test_nonsense_and_strangers_are_refused(site: Site, cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        plan_repeats(site, cast.lead, "plates", RepeatPlan(per_reviewer=0))
    with pytest.raises(NotFound):
        plan_repeats(site, cast.outsider, "plates", SOON)
