"""Promising the next images to a reviewer."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from labeler.core.assignments import MAX_CLAIM, PRODUCTION, AssignmentState, lowest_free_place
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.people import Principal
from labeler.flows.places import hand_on
from labeler.flows.scope import project_for, terms_for
from labeler.flows.site import Site
from labeler.store import assignments, audit, images, planned, station_goldens
from labeler.store.assignments import Lease, QueuedImage
from labeler.store.engine import Deed
from labeler.store.projects import ProjectTerms

_ABOVE_ALL_LANES = 1 << 30


def claim(
    site: Site, who: Principal, code: str, count: int, answered: Collection[str] = ()
) -> list[Lease]:
    """This reviewer's open leases, topped up to `count` (1…10) with the next images.

    `answered` are assignments whose reviews are on their way: they are left out and count
    for nothing, so that a device with many unsent reviews does not run dry. What is planned
    for them and due (an audit, a study's trial, a repeat) comes before fresh images; nothing
    in a lease tells the one from the other. Fewer, or none, when nothing is left. Exact under
    any concurrency: it runs alone. Raises `NotFound`, `InvalidInput`.
    """
    return site.database.write(claiming(site, who, code, count, answered))


def claiming(
    site: Site, who: Principal, code: str, count: int, answered: Collection[str] = ()
) -> Deed[list[Lease]]:
    """The deed of `claim`, for a caller that waits in its own way. Raises `InvalidInput`."""
    if not 1 <= count <= MAX_CLAIM:
        raise InvalidInput("Ask for 1 to 10 images.", fields=[FieldError("count", "Give 1 to 10.")])

    def deed(session: Session) -> list[Lease]:
        project = terms_for(session, who, code)
        now = site.now()
        take_back_lapsed(site, session, project, now)
        listed = assignments.open_leases(
            session, project_id=project.id, user_id=who.user_id, now=now,
            count=count + len(answered),
        )  # fmt: skip
        held = [lease for lease in listed if lease.id not in answered][:count]
        if len(held) < count:
            held += _hand_out_planned(site, session, project, who, count - len(held))
        if len(held) < count:
            held += _top_up(site, session, project, who, count - len(held))
        return [_with_golden(session, project, lease) for lease in held]

    return deed


def _with_golden(session: Session, project: ProjectTerms, lease: Lease) -> Lease:
    """The lease with the good part that can be shown: its own, else its station's."""
    file = lease.golden_file
    if file is not None and images.has_golden(session, project.id, file):
        return lease
    kept = station_goldens.beside(session, lease.image_id)
    if file is None and kept is None:
        return lease
    return replace(lease, golden_file=None, station_golden=kept)


def take_back_lapsed(site: Site, session: Session, project: ProjectTerms, now: datetime) -> None:
    """End leases whose time is over and hand their places on."""
    for assignment_id, image_id, user_id, occasion in assignments.lapsed_leases(
        session, project_id=project.id, now=now
    ):
        audit.append(
            session, at=now, actor=user_id, action="assignment.lapsed", subject=assignment_id
        )
        if occasion != PRODUCTION:
            assignments.change(session, assignment_id, state=AssignmentState.PLANNED.value)
            continue
        assignments.change(session, assignment_id, state=AssignmentState.LAPSED.value, place=None)
        assignments.change_free_places(session, image_id, 1)
        hand_on(site, session, project, image_id, user_id)


def _hand_out_planned(
    site: Site, session: Session, project: ProjectTerms, who: Principal, wanted: int
) -> list[Lease]:
    now = site.now()
    expires = now + timedelta(seconds=site.settings.lease_s)
    given = [
        replace(lease, expires_at=expires)
        for lease in planned.due(
            session, project_id=project.id, user_id=who.user_id, now=now, count=wanted
        )
    ]
    for lease in given:
        assignments.change(
            session, lease.id, state=AssignmentState.LEASED.value, expires_at=expires
        )
    _note_claim(site, session, project, who, given)
    return given


def _note_claim(
    site: Site, session: Session, project: ProjectTerms, who: Principal, given: list[Lease]
) -> None:
    if given:
        audit.append(
            session, at=site.now(), actor=who.user_id, action="assignment.claimed",
            subject=project.id, data={"images": [lease.image_id for lease in given]},
        )  # fmt: skip


def _top_up(
    site: Site, session: Session, project: ProjectTerms, who: Principal, wanted: int
) -> list[Lease]:
    given: list[Lease] = []
    reached = assignments.cursors(session, project_id=project.id, user_id=who.user_id)
    lane = assignments.next_lane(session, project_id=project.id, below=_ABOVE_ALL_LANES)
    while lane is not None and len(given) < wanted:
        missing = wanted - len(given)
        found = assignments.next_images(
            session, project_id=project.id, user_id=who.user_id, lane=lane,
            after=reached.get(lane, -1), count=missing,
        )  # fmt: skip
        given += _lease(site, session, project, who, found)
        _advance(session, project, who, lane, reached.get(lane, -1), found, missing)
        if len(given) < wanted:
            lane = assignments.next_lane(session, project_id=project.id, below=lane)
    _note_claim(site, session, project, who, given)
    return given


def _advance(
    session: Session,
    project: ProjectTerms,
    who: Principal,
    lane: int,
    before: int,
    found: list[QueuedImage],
    missing: int,
) -> None:
    """Move the cursor: to the last image given, or past the lane's end if it gave too few."""
    position = found[-1].position if found else before
    if len(found) < missing:
        end = assignments.end_of_lane(session, project_id=project.id, lane=lane)
        position = max(position, -1 if end is None else end)
    if position > before:
        assignments.move_cursor(
            session, project_id=project.id, user_id=who.user_id, lane=lane, position=position
        )


def _lease(
    site: Site, session: Session, project: ProjectTerms, who: Principal, found: list[QueuedImage]
) -> list[Lease]:
    expires = site.now() + timedelta(seconds=site.settings.lease_s)
    given, rows = [], []
    for image in found:
        fresh = image.free_places == project.overlap
        place = 0 if fresh else lowest_free_place(assignments.places_taken(session, image.id))
        terms = {
            "state": AssignmentState.LEASED.value,
            "place": place,
            "standard_version": project.standard_version,
            "expires_at": expires,
        }
        assignment_id = image.assignment_id or site.new_id()
        if image.assignment_id:
            assignments.change(session, assignment_id, **terms)
        else:
            rows.append(
                {
                    "id": assignment_id,
                    "project_id": project.id,
                    "image_id": image.id,
                    "user_id": who.user_id,
                    "occasion": PRODUCTION,
                    **terms,
                }
            )
        assignments.change_free_places(session, image.id, -1)
        given.append(
            Lease(
                assignment_id,
                image.id,
                image.width_px,
                image.height_px,
                project.standard_version,
                expires,
                image.golden_file,
                image.bits,
            )
        )
    if rows:
        assignments.add(session, rows)
    return given


@dataclass(frozen=True, slots=True)
class OwnProgress:
    """How far one reviewer has come: reviews they made, and what there is for them to do.

    What is planned for them and due counts like images, before and after it is handed out,
    so that nothing gives it away.
    """

    done: int
    total: int


def own_progress(site: Site, who: Principal, code: str) -> OwnProgress:
    """A reviewer's own progress; it says nothing about anybody else. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        done = assignments.count_held(session, project.id, who.user_id)
        besides = planned.count_shown_or_due(session, project.id, who.user_id, site.now())
        return OwnProgress(done, images.count(session, project.id) + besides)
