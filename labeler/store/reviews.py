"""Rows of reviews. They are only ever added; the counting ones hold a place."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.store.core_tables import (
    ASSIGNMENT,
    IMAGE,
    JUDGEMENT,
    PROJECT,
    REFERENCE,
    REVIEW,
    WITHDRAWAL,
)
from labeler.store.prepared import Prepared
from labeler.store.tables import Assignment, ReviewRow, User, Withdrawal

_A, _I, _J, _P = ASSIGNMENT.c, IMAGE.c, JUDGEMENT.c, PROJECT.c
_K, _R, _W = REFERENCE.c, REVIEW.c, WITHDRAWAL.c


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What an earlier delivery of the same submission was answered."""

    id: str
    payload_sha256: str
    user_id: str
    assignment_id: str
    image_id: str
    received_at: datetime
    extra: bool


_BY_SUBMISSION = Prepared(
    select(
    _R.id, _R.payload_sha256, _R.user_id,
    _R.assignment_id, _R.image_id, _R.received_at,
    _R.extra,
).where(_R.submission_id == bindparam("submission_id"))
)  # fmt: skip


def by_submission(session: Session, submission_id: str) -> FirstAnswer | None:
    """The review that a submission id already made."""
    row = _BY_SUBMISSION.first(session, submission_id=submission_id)
    return FirstAnswer(*row) if row else None


@dataclass(frozen=True, slots=True)
class Target:
    """An image (`id`) with the assignment and all that a submit needs to know of its project."""

    assignment_id: str
    state: str
    place: int | None
    project_id: str
    id: str
    width_px: int
    height_px: int
    free_places: int
    revision: int
    overlap: int
    majority: bool
    occasion: str
    reference: dict[str, int | None] | None


_TARGET = Prepared(
    select(
        _A.id, _A.state, _A.place,
        _A.project_id, _I.id, _I.width_px, _I.height_px,
        _I.free_places, _I.revision, _P.overlap,
        _P.majority, _A.occasion, _K.labels,
    )
    .join(IMAGE, _I.id == _A.image_id)
    .join(PROJECT, _P.id == _A.project_id)
    .outerjoin(REFERENCE, _K.image_id == _I.id)
    .where(
        _A.id == bindparam("assignment_id"),
        _A.user_id == bindparam("user_id"),
    )
)  # fmt: skip


def target(session: Session, assignment_id: str, user_id: str) -> Target | None:
    """An assignment of this reviewer, with its image and project."""
    row = _TARGET.first(session, assignment_id=assignment_id, user_id=user_id)
    return Target(*row) if row else None


_ADD_REVIEW = Prepared(
    REVIEW.insert().inline(), columns=(c.name for c in REVIEW.columns if c.name != "number")
)
_ADD_JUDGEMENTS = JUDGEMENT.insert()


def add(
    session: Session, review: Mapping[str, object], judgements: Sequence[Mapping[str, object]]
) -> None:
    """Insert a review and its judgements that are not plainly absent."""
    _ADD_REVIEW.run(session, **review)
    if judgements:
        session.execute(_ADD_JUDGEMENTS, [dict(j) for j in judgements])


def by_id(session: Session, review_id: str) -> ReviewRow | None:
    """A review's row."""
    statement = select(ReviewRow).where(col(ReviewRow.id) == review_id)
    return session.execute(statement).scalar_one_or_none()


def is_withdrawn(session: Session, review_id: str) -> bool:
    """Whether its author took a review back."""
    return session.get(Withdrawal, review_id) is not None


def withdraw(session: Session, row: Withdrawal) -> None:
    """Insert a withdrawal."""
    session.add(row)
    session.flush()


_LIVE = (
    select(
        _R.number, _R.id, _R.user_id,
        _R.standard_version, _R.unusable, _R.received_at,
        _R.assignment_id,
    )
    .join(ASSIGNMENT, _A.id == _R.assignment_id)
    .outerjoin(WITHDRAWAL, _W.review_id == _R.id)
    .where(
        _R.image_id == bindparam("image_id"),
        _A.occasion == PRODUCTION,
        _W.review_id.is_(None),
    )
    .order_by(_R.number)
)  # fmt: skip
_COUNTING = Prepared(_LIVE.where(_A.place.is_not(None)))
_EXTRA = Prepared(_LIVE.where(_A.place.is_(None), _A.state == AssignmentState.SUBMITTED.value))


class LiveReview(NamedTuple):
    """A review that nobody took back; `number` is its place in the order of receipt."""

    number: int
    id: str
    user_id: str
    standard_version: int
    unusable: str | None
    received_at: datetime
    assignment_id: str


def counting(session: Session, image_id: str) -> list[LiveReview]:
    """The reviews of an image that hold a place, in the order of receipt."""
    return [LiveReview(*row) for row in _COUNTING.all(session, image_id=image_id)]


def extras(session: Session, image_id: str) -> list[LiveReview]:
    """Live reviews without a place, the earliest first."""
    return [LiveReview(*row) for row in _EXTRA.all(session, image_id=image_id)]


class WrittenJudgement(NamedTuple):
    """A judgement that is not plainly absent, as it is stored."""

    review_id: str
    defect_type: str
    verdict: str
    severity: int | None
    regions: list[dict[str, Any]]


_COLUMNS = (_J.review_id, _J.defect_type, _J.verdict, _J.severity, _J.regions)
_JUDGEMENTS_ON = Prepared(
    select(*_COLUMNS)
    .join(REVIEW, _R.id == _J.review_id)
    .where(_R.image_id == bindparam("image_id"))
    .order_by(_J.review_id, _J.defect_type)
)


def judgements_on(session: Session, image_id: str) -> dict[str, list[WrittenJudgement]]:
    """The judgements on an image that are not plainly absent, by review."""
    return _by_review(_JUDGEMENTS_ON.all(session, image_id=image_id))


def judgements(session: Session, review_ids: Sequence[str]) -> dict[str, list[WrittenJudgement]]:
    """The judgements of reviews that are not plainly absent, by review."""
    statement = (
        select(*_COLUMNS).where(_J.review_id.in_(review_ids)).order_by(_J.review_id, _J.defect_type)
    )
    return _by_review(session.execute(statement))


def _by_review(rows: Iterable[Sequence[Any]]) -> dict[str, list[WrittenJudgement]]:
    found: dict[str, list[WrittenJudgement]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(WrittenJudgement(*row))
    return found


class GivenReview(NamedTuple):
    """A review with its author's name and the occasion that it was given on."""

    row: ReviewRow
    reviewer: str
    place: int | None
    withdrawn: bool
    occasion: str

    @property
    def extra(self) -> bool:
        """Whether it came when the image's places were full; outside production there are none."""
        return self.occasion == PRODUCTION and self.place is None


_GIVEN = (
    select(
        ReviewRow, col(User.name), col(Assignment.place), col(Withdrawal.review_id).is_not(None),
        col(Assignment.occasion),
    )
    .join(User, col(User.id) == col(ReviewRow.user_id))
    .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
    .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
    .order_by(col(ReviewRow.number))
)  # fmt: skip


def page(session: Session, project_id: str, *, after: int, limit: int) -> list[GivenReview]:
    """Reviews of every occasion in order of receipt, after a number."""
    statement = _GIVEN.where(
        col(ReviewRow.project_id) == project_id, col(ReviewRow.number) > after
    ).limit(limit)
    return [GivenReview(*row) for row in session.execute(statement)]


def of_image(session: Session, image_id: str) -> list[GivenReview]:
    """Reviews of every occasion of one image, in order of receipt."""
    statement = _GIVEN.where(col(ReviewRow.image_id) == image_id)
    return [GivenReview(*row) for row in session.execute(statement)]


def count_counting(session: Session, image_ids: Sequence[str]) -> dict[str, int]:
    """How many live reviews hold a place, of each image that has any."""
    statement = (
        select(_R.image_id, func.count())
        .join(ASSIGNMENT, _A.id == _R.assignment_id)
        .outerjoin(WITHDRAWAL, _W.review_id == _R.id)
        .where(
            _R.image_id.in_(image_ids),
            _A.occasion == PRODUCTION,
            _A.place.is_not(None),
            _W.review_id.is_(None),
        )
        .group_by(_R.image_id)
    )
    return {image_id: int(number) for image_id, number in session.execute(statement)}


def count(session: Session, project_id: str) -> int:
    """How many live reviews a project has."""
    statement = (
        select(func.count())
        .select_from(ReviewRow)
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(col(ReviewRow.project_id) == project_id, col(Withdrawal.review_id).is_(None))
    )
    return int(session.execute(statement).scalar_one())


def columns_of(judgement: WrittenJudgement) -> dict[str, Any]:
    """A judgement as it travels."""
    return {
        "defect_type": judgement.defect_type,
        "verdict": judgement.verdict,
        "severity": judgement.severity,
        "regions": judgement.regions,
    }
