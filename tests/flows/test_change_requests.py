"""Something else, from a reviewer's tablet to the lead's answer, on both databases."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from labeler.core.change_requests import AnswerKind
from labeler.core.errors import Conflict, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.terms import DisputeKind
from labeler.flows import change_requests, projects
from labeler.flows.adjudicate import RulingRequest, get_dispute, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.change_requests import AnswerRequest, ChangeRequestView, answer_request
from labeler.flows.reading import list_reviews
from labeler.flows.review import Receipt, Submission, submit, withdraw
from labeler.flows.settled_images import settled_images
from labeler.flows.site import Site
from labeler.store import projects as project_rows
from labeler.store.tables import Event, Image
from tests.cast import STANDARD, Cast, fill, found, hire, present

_numbers = itertools.count()
ODD: dict[str, Any] = {
    "note": "foreign_object", "text": "a hair",
    "regions": [{"kind": "box", "x": 5, "y": 6, "width": 7, "height": 8}],
}  # fmt: skip
NO_DEFECT = AnswerRequest(AnswerKind.NO_DEFECT, "A hair of the brush.", based_on=0)
IS_BUBBLE = AnswerRequest(AnswerKind.IS, "", based_on=0, defect_type="bubble")
RULED = RulingRequest(
    "present", "As answered.", based_on=0, regions=present("bubble", None, (5, 6, 7, 8))["regions"]
)


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def say(site: Site, who: Principal, *odd: dict, name: str = "", **more: Any) -> Receipt:
    [lease] = claim(site, who, "plates", 1)
    sent = Submission(
        name or f"s{next(_numbers)}", lease.id, lease.standard_version,
        more.get("judgements", ()), something_else=odd,
    )  # fmt: skip
    return submit(site, who, sent)


def state(site: Site, image_id: str) -> str:
    with site.database.read() as session:
        return str(session.get(Image, image_id).state)


def requests(site: Site, cast: Cast, *, is_open: bool = True) -> list[ChangeRequestView]:
    return change_requests.list_requests(site, cast.lead, "plates", is_open=is_open)


def exported(site: Site, cast: Cast) -> list[dict[str, str]]:
    """(defect type → verdict) of every image that an export would have."""
    with site.database.read() as session:
        project = project_rows.visible(session, "plates", user_id="", everywhere=True)
        chosen = list(settled_images(site, session, project))
    return [{label.defect_type: label.verdict.value for label in one.labels} for one in chosen]


def test_the_lead_can_tell_a_review_with_something_else_from_an_ok(site: Site, cast: Cast) -> None:
    fill(site)
    say(site, cast.anna, ODD)
    say(site, cast.ben)
    odd, plain = list_reviews(site, cast.lead, "plates")
    assert [(one["note"], one["regions"]) for one in odd.something_else] == [
        (ODD["note"], ODD["regions"])
    ]
    assert (odd.judgements, plain.judgements, plain.something_else) == ([], [], [])


def test_an_image_on_which_both_saw_no_defect_does_not_settle_while_one_saw_something_else(
    site: Site, cast: Cast
) -> None:
    [image] = fill(site)
    say(site, cast.anna, ODD)
    say(site, cast.ben)
    assert state(site, image) == "disputed"
    assert exported(site, cast) == []
    [request] = requests(site, cast)
    assert (request.image, request.note, request.text) == (image, "foreign_object", "a hair")
    assert request.regions == ODD["regions"]
    assert list_disputes(site, cast.lead, "plates") == []
    told = answer_request(site, cast.lead, request.id, NO_DEFECT)
    assert state(site, image) == "settled"
    assert exported(site, cast) == [dict.fromkeys(("scratch", "bubble", "stain"), "absent")]
    assert requests(site, cast) == []
    assert requests(site, cast, is_open=False) == [told]
    assert told.answer.lead == "lea"
    with site.database.read() as session:
        events = session.execute(select(Event).order_by(col(Event.number))).scalars().all()
    answered, after = events[-2:]
    assert (answered.action, answered.subject) == ("request.answered", request.id)
    assert (answered.actor, answered.data["answer"]) == (cast.lead.user_id, "no_defect")
    assert after.action == "image.settled"


def test_an_answer_that_names_a_type_asks_for_the_ruling_on_it(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    say(site, cast.anna)
    say(site, cast.ben, ODD)
    [request] = requests(site, cast)
    told = answer_request(site, cast.lead, request.id, IS_BUBBLE)
    [dispute] = list_disputes(site, cast.lead, "plates")
    assert (dispute.id, dispute.defect_type, dispute.kind) == (
        told.dispute, "bubble", DisputeKind.VERDICT,
    )  # fmt: skip
    assert state(site, image) == "disputed"
    rule(site, cast.lead, dispute.id, replace(RULED, based_on=dispute.version))
    assert state(site, image) == "settled"
    assert exported(site, cast)[0]["bubble"] == "present"


def test_a_type_added_for_it_is_ruled_on_by_the_new_version(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    say(site, cast.anna, ODD)
    say(site, cast.ben)
    hair = {"code": "hair", "name": {"en": "Hair"}, "geometry": ["box"]}
    document = {"defect_types": [*STANDARD["defect_types"], hair]}
    [request] = requests(site, cast)
    added = AnswerRequest(AnswerKind.ADDED, "New in version 2.", 0, "hair")
    with pytest.raises(InvalidInput):
        answer_request(site, cast.lead, request.id, added)
    projects.publish(site, cast.lead, "plates", document)
    told = answer_request(site, cast.lead, request.id, added)
    view = get_dispute(site, cast.lead, told.dispute)
    assert view.standard_version == 2
    rule(site, cast.lead, view.id, replace(RULED, based_on=view.version))
    assert state(site, image) == "settled"
    assert exported(site, cast)[0]["hair"] == "present"


def test_the_same_delivery_again_is_one_request_and_other_content_is_refused(
    site: Site, cast: Cast
) -> None:
    fill(site)
    [lease] = claim(site, cast.anna, "plates", 1)
    sent = Submission("once", lease.id, 1, (), something_else=[ODD])
    first, again = (submit(site, cast.anna, sent) for _ in range(2))
    assert (first.id, again.first) == (again.id, False)
    assert len(requests(site, cast)) == 1
    for other in ([], [ODD | {"text": "two hairs"}]):
        with pytest.raises(InvalidInput):
            submit(site, cast.anna, replace(sent, something_else=other))


def test_a_review_without_it_keeps_the_fingerprint_that_it_always_had() -> None:
    plain = Submission("once", "a", 1, ())
    assert plain.fingerprint() == replace(plain, something_else=[]).fingerprint()
    assert plain.fingerprint() != replace(plain, something_else=[ODD]).fingerprint()
    was = "338dd025f661c41aeee307892b8d3701625dd6f26f9e46c9273506d4cd34976d"
    assert plain.fingerprint() == was


def test_undo_takes_the_request_along(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    told = say(site, cast.anna, ODD)
    [request] = requests(site, cast)
    withdraw(site, cast.anna, told.id, "undo")
    assert requests(site, cast) == []
    assert change_requests.count_open(site, cast.lead, "plates") == 0
    with pytest.raises(Conflict):
        answer_request(site, cast.lead, request.id, NO_DEFECT)
    say(site, cast.anna)
    say(site, cast.ben)
    assert state(site, image) == "settled"


def test_an_answer_before_the_second_review_holds_nothing_back(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    say(site, cast.anna, ODD)
    [request] = requests(site, cast)
    answer_request(site, cast.lead, request.id, NO_DEFECT)
    assert state(site, image) == "waiting"
    say(site, cast.ben)
    assert state(site, image) == "settled"


def test_answering_again_replaces_the_answer_and_needs_to_have_seen_it(
    site: Site, cast: Cast
) -> None:
    [image] = fill(site)
    say(site, cast.anna, ODD)
    say(site, cast.ben)
    [request] = requests(site, cast)
    answer_request(site, cast.lead, request.id, NO_DEFECT)
    with pytest.raises(Conflict) as caught:
        answer_request(site, cast.lead, request.id, IS_BUBBLE)
    assert caught.value.current == {"version": 1}
    answer_request(site, cast.lead, request.id, replace(IS_BUBBLE, based_on=1))
    assert state(site, image) == "disputed"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(NO_DEFECT, text=" "),
        replace(NO_DEFECT, defect_type="bubble"),
        replace(IS_BUBBLE, defect_type=None),
        replace(IS_BUBBLE, defect_type="nothing"),
        replace(NO_DEFECT, text="x" * 2_001),
    ],
)
def test_an_answer_says_what_it_must_and_no_more(
    site: Site, cast: Cast, wrong: AnswerRequest
) -> None:
    fill(site)
    say(site, cast.anna, ODD)
    [request] = requests(site, cast)
    with pytest.raises(InvalidInput):
        answer_request(site, cast.lead, request.id, wrong)
    assert requests(site, cast) == [request]


def test_somebody_elses_project_shows_nothing(site: Site, cast: Cast) -> None:
    fill(site)
    say(site, cast.anna, ODD)
    [request] = requests(site, cast)
    with pytest.raises(NotFound):
        answer_request(site, cast.outsider, request.id, NO_DEFECT)
    with pytest.raises(NotFound):
        change_requests.list_requests(site, cast.outsider, "plates")
