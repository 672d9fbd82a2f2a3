"""Nobody rules on an image they reviewed, unless they are the only lead; then it is recorded."""

import pytest
from sqlmodel import Session, select

from labeler.core.errors import Conflict
from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import people
from labeler.flows.adjudicate import DisputeView, RulingRequest, get_dispute, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.reading import list_events
from labeler.flows.site import Site
from labeler.store.tables import RulingRow
from tests.cast import Cast, fill, found, hire, person, present
from tests.flows.test_review import answer


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def dispute_with(site: Site, cast: Cast, reviewer: Principal) -> DisputeView:
    """One image on which this person and Anna differ."""
    fill(site)
    answer(site, reviewer, *claim(site, reviewer, "plates", 1), present("bubble"))
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1))
    [dispute] = list_disputes(site, cast.lead, "plates")
    return dispute


def another_lead(site: Site, cast: Cast) -> Principal:
    other = person(site, "lou", Role.LEAD)
    people.add_member(site, "plates", other.name, cast.admin)
    return other


def decide(site: Site, who: Principal, dispute: DisputeView) -> DisputeView:
    return rule(site, who, dispute.id, RulingRequest("absent", "Dust.", dispute.version))


def recorded(site: Site) -> list[tuple[str, bool, bool]]:
    """(who ruled, of an own review, the same as the event tells it) per ruling."""

    def rulings(session: Session) -> list[RulingRow]:
        return list(session.execute(select(RulingRow)).scalars())

    told = {
        event.data["ruling"]: event.data["own_review"]
        for event in list_events(site, limit=500)
        if event.action == "dispute.ruled"
    }
    with site.database.read() as session:
        found = [(one.user_id, one.own_review, told.pop(one.id)) for one in rulings(session)]
    assert told == {}
    return found


def test_a_lead_who_reviewed_the_image_leaves_it_to_another_lead(site: Site, cast: Cast) -> None:
    dispute = dispute_with(site, cast, cast.lead)
    other = another_lead(site, cast)
    with pytest.raises(Conflict, match="Let another lead decide"):
        decide(site, cast.lead, dispute)
    assert get_dispute(site, cast.lead, dispute.id) == dispute
    assert recorded(site) == []
    assert decide(site, other, dispute).state == "ruled"
    assert recorded(site) == [(other.user_id, False, False)]


def test_the_only_lead_rules_on_an_own_review_and_that_is_recorded(site: Site, cast: Cast) -> None:
    dispute = dispute_with(site, cast, cast.lead)
    assert decide(site, cast.lead, dispute).state == "ruled"
    assert recorded(site) == [(cast.lead.user_id, True, True)]


def test_a_lead_who_reviewed_nothing_rules_although_there_is_another(
    site: Site, cast: Cast
) -> None:
    dispute = dispute_with(site, cast, cast.ben)
    another_lead(site, cast)
    assert decide(site, cast.lead, dispute).state == "ruled"
    assert recorded(site) == [(cast.lead.user_id, False, False)]
