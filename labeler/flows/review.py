"""Taking a review in, and letting its author take it back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from labeler.core.assignments import PRODUCTION, AssignmentState, lowest_free_place
from labeler.core.audit import canonical_json
from labeler.core.change_requests import SomethingElse, parse_something_else
from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.reviews import Judgement, parse_judgements
from labeler.core.terms import ImageState, Unusable
from labeler.flows.places import hand_on
from labeler.flows.scope import standard_of
from labeler.flows.settle import resettle
from labeler.flows.site import Site
from labeler.flows.study_trials import is_over, note_answer, note_withdrawal
from labeler.store import assignments, audit, change_requests, images, projects, reviews
from labeler.store.engine import Deed
from labeler.store.reviews import Target
from labeler.store.tables import Assignment, ReviewRow, Withdrawal


@dataclass(frozen=True, slots=True)
class Submission:
    """A review as it arrives; `judgements` are raw and held against the standard here."""

    submission_id: str
    assignment: str
    standard_version: int
    judgements: Sequence[Mapping[str, object]]
    unusable: Unusable | None = None
    reviewed_at: datetime | None = None
    elapsed_s: float | None = None
    something_else: Sequence[Mapping[str, object]] = ()

    def fingerprint(self) -> str:
        """SHA-256 of the content: the same submission delivered twice has the same one.

        Raises `InvalidInput` for what JSON cannot say: numbers that are not finite, torn text.
        """
        at = self.reviewed_at.isoformat() if self.reviewed_at else None
        content = [
            self.assignment, self.standard_version, self.unusable, self.judgements, at,
            self.elapsed_s,
        ]  # fmt: skip
        if self.something_else:  # without it, what it was before there was such a thing
            content.append(self.something_else)
        try:
            return hashlib.sha256(canonical_json(content)).hexdigest()
        except ValueError as error:
            raise InvalidInput(
                "The review is not valid.",
                fields=[FieldError("judgements", "Give finite numbers and whole characters.")],
            ) from error


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the reviewer is told: committed. `first` is False for a repeated delivery."""

    id: str
    submission_id: str
    assignment: str
    image: str
    received_at: datetime
    extra: bool
    first: bool


def submit(site: Site, who: Principal, submission: Submission) -> Receipt:
    """Store a review for good, once, whatever the network repeats.

    An assignment whose lease ran out is still taken: as an extra review if its place was
    given away meanwhile. Raises `NotFound` for somebody else's assignment, `InvalidInput`
    for a wrong field or a submission id used with other content, `Conflict` when the
    assignment already has a live review.
    """
    return site.database.write(submitting(site, who, submission))


def submitting(site: Site, who: Principal, submission: Submission) -> Deed[Receipt]:
    """The deed of `submit`, for a caller that waits in its own way."""
    digest = submission.fingerprint()

    def deed(session: Session) -> Receipt:
        return take_in(site, session, who, submission, digest)

    return deed


def take_in(
    site: Site,
    session: Session,
    who: Principal,
    submission: Submission,
    digest: str,
    *,
    actor: str | None = None,
) -> Receipt:
    """Store the review of `who` inside the caller's deed.

    Raises what `submit` raises: `NotFound`, `InvalidInput`, `Conflict`.
    `digest` is the submission's fingerprint, and `actor` who brings the review where that
    is not the reviewer: it is the actor of the event.
    """
    earlier = reviews.by_submission(session, submission.submission_id)
    if earlier is not None:
        return _again(earlier, digest, who, submission.submission_id)
    target = reviews.target(session, submission.assignment, who.user_id)
    if target is None:
        raise NotFound("This image is not assigned to you.")
    if target.state == AssignmentState.SUBMITTED:
        raise _already_judged(session, target)
    judgements = _judgements(site, session, target, submission)
    besides = parse_something_else(
        submission.something_else, unusable=submission.unusable,
        width_px=target.width_px, height_px=target.height_px,
    )  # fmt: skip
    by = who.user_id if actor is None else actor
    return _store(site, session, who, submission, digest, target, judgements, besides, by)


def _again(earlier: reviews.FirstAnswer, digest: str, who: Principal, sent: str) -> Receipt:
    if earlier.user_id != who.user_id:
        raise NotFound("This image is not assigned to you.")
    if earlier.payload_sha256 != digest:
        raise InvalidInput(
            "This submission id was used for another review.",
            fields=[FieldError("submission_id", "Make a new submission id for a new review.")],
        )
    return Receipt(
        earlier.id, sent, earlier.assignment_id, earlier.image_id, earlier.received_at,
        earlier.extra, first=False,
    )  # fmt: skip


def _already_judged(session: Session, target: Target) -> Conflict:
    live = [
        given.row
        for given in reviews.of_image(session, target.id)
        if given.row.assignment_id == target.assignment_id and not given.withdrawn
    ]
    current = {"id": live[-1].id, "submission_id": live[-1].submission_id} if live else {}
    return Conflict(
        "You judged this image already. Take that review back first to judge it again.",
        current={"review": current},
    )


def _judgements(
    site: Site, session: Session, target: Target, submission: Submission
) -> tuple[Judgement, ...]:
    try:
        standard = standard_of(site, session, target.project_id, submission.standard_version)
    except NotFound as error:
        raise InvalidInput(
            "The review is not valid.",
            fields=[FieldError("standard_version", "The standard has no such version.")],
        ) from error
    return parse_judgements(
        submission.judgements, standard, unusable=submission.unusable,
        width_px=target.width_px, height_px=target.height_px,
    )  # fmt: skip


def _store(
    site: Site,
    session: Session,
    who: Principal,
    submission: Submission,
    digest: str,
    target: Target,
    judgements: tuple[Judgement, ...],
    besides: tuple[SomethingElse, ...],
    actor: str,
) -> Receipt:
    extra, place, free = _place(session, target)
    now = site.now()
    review_id = site.new_id()
    reviews.add(
        session,
        {
            "id": review_id,
            "submission_id": submission.submission_id,
            "payload_sha256": digest,
            "project_id": target.project_id,
            "image_id": target.id,
            "assignment_id": target.assignment_id,
            "user_id": who.user_id,
            "station_id": who.station_id,
            "standard_version": submission.standard_version,
            "unusable": submission.unusable,
            "extra": extra,
            "reviewed_at": submission.reviewed_at,
            "elapsed_s": submission.elapsed_s,
            "received_at": now,
        },
        [
            {
                "review_id": review_id,
                "defect_type": j.defect_type,
                "verdict": j.verdict.value,
                "severity": j.severity,
                "regions": [r.document() for r in j.regions],
            }
            for j in judgements
        ],
    )
    _keep_requests(session, target, review_id, besides, now)
    assignments.change(
        session, target.assignment_id, state=AssignmentState.SUBMITTED.value, place=place
    )
    audit.append(
        session, at=now, actor=actor, action="review.submitted", subject=review_id,
        data={"image": target.id, "content": digest, "extra": extra},
    )  # fmt: skip
    if target.occasion != PRODUCTION:
        note_answer(site, session, target.occasion, who.user_id)
    if place is not None and free == 0:
        resettle(
            site, session, target, overlap=target.overlap,
            majority=target.majority, reference=target.reference, actor=actor,
        )  # fmt: skip
    return Receipt(
        review_id, submission.submission_id, target.assignment_id, target.id, now,
        extra, first=True,
    )  # fmt: skip


def _keep_requests(
    session: Session,
    target: Target,
    review_id: str,
    besides: tuple[SomethingElse, ...],
    now: datetime,
) -> None:
    # Their ids follow from the review's: drawing them uses no chance that others could notice.
    rows = [
        {
            "id": f"{review_id}.{number}", "project_id": target.project_id,
            "image_id": target.id, "review_id": review_id, "note": thing.note.value,
            "text": thing.text, "regions": [r.document() for r in thing.regions],
            "opened_at": now,
        }
        for number, thing in enumerate(besides, start=1)
    ]  # fmt: skip
    change_requests.add(session, rows)


def _place(session: Session, target: Target) -> tuple[bool, int | None, int]:
    """(extra, place, places still free) for a review on this assignment.

    A leased assignment holds its place even after its time, until somebody else gets it.
    Outside production there are no places, and nothing is settled.
    """
    if target.occasion != PRODUCTION:
        return False, None, target.free_places
    if target.state == AssignmentState.LEASED:
        return False, target.place, target.free_places
    if target.free_places > 0:
        taken = assignments.places_taken(session, target.id)
        assignments.change_free_places(session, target.id, -1)
        return False, lowest_free_place(taken), target.free_places - 1
    return True, None, target.free_places


def withdraw(site: Site, who: Principal, review_id: str, reason: str) -> None:
    """Take an own review back, while its image is not settled.

    Its place goes to the earliest extra review; without one it stays with the author as
    a new lease. Outside production it settles nothing and can be taken back as long as the
    study it belongs to runs: the figures of one that has ended stand.
    Raises `NotFound`, `InvalidInput` without a reason, `Conflict` once settled.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= 500:
        raise InvalidInput(
            "Say why you take the review back.",
            fields=[FieldError("reason", "Give 1 to 500 characters.")],
        )

    def deed(session: Session) -> None:
        row = reviews.by_id(session, review_id)
        if row is None or row.user_id != who.user_id:
            raise NotFound("There is no such review of yours.")
        if reviews.is_withdrawn(session, review_id):
            return
        held = assignments.by_id(session, row.assignment_id, who.user_id)
        if held is None:
            raise NotFound("There is no such review of yours.")
        image = images.by_id(session, row.image_id)
        state = image.state
        if held.occasion != PRODUCTION:  # in the same words: they must not tell what it was for
            over = is_over(session, held.occasion)
            state = ImageState.SETTLED if over else ImageState.WAITING
        if state in (ImageState.SETTLED, ImageState.UNUSABLE):
            raise Conflict(
                "The image is settled, so this review can no longer be taken back.",
                current={"state": state},
            )
        reviews.withdraw(
            session,
            Withdrawal(
                review_id=review_id, reason=reason, user_id=who.user_id,
                withdrawn_at=site.now(),
            ),
        )  # fmt: skip
        audit.append(
            session, at=site.now(), actor=who.user_id, action="review.withdrawn",
            subject=review_id, data={"reason": reason},
        )  # fmt: skip
        if held.occasion == PRODUCTION:
            _free_place(site, session, who, row, held)
        else:
            expires = site.now() + timedelta(seconds=site.settings.lease_s)
            assignments.change(
                session, held.id, state=AssignmentState.LEASED.value, expires_at=expires
            )
            note_withdrawal(session, held.occasion, who.user_id)

    site.database.write(deed)


def _free_place(
    site: Site, session: Session, who: Principal, row: ReviewRow, held: Assignment
) -> None:
    project = projects.terms(session, row.project_id)
    if held.place is None:
        assignments.change(session, held.id, state=AssignmentState.WITHDRAWN.value)
        return
    if reviews.extras(session, row.image_id):
        assignments.change(session, held.id, state=AssignmentState.WITHDRAWN.value, place=None)
        assignments.change_free_places(session, row.image_id, 1)
        hand_on(site, session, project, row.image_id, who.user_id)
        return
    expires = site.now() + timedelta(seconds=site.settings.lease_s)
    assignments.change(
        session, held.id, state=AssignmentState.LEASED.value, expires_at=expires,
        standard_version=project.standard_version,
    )  # fmt: skip
    resettle(
        site, session, images.by_id(session, row.image_id), overlap=project.overlap,
        majority=project.majority, reference=images.reference(session, row.image_id),
        actor=who.user_id,
    )  # fmt: skip
