"""Rows of reviews. They are only ever added; the counting ones hold a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, func, insert, select
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.store.tables import (
    Assignment,
    Image,
    ImageReference,
    JudgementRow,
    Project,
    ReviewRow,
    User,
    Withdrawal,
)


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


_BY_SUBMISSION = select(
    col(ReviewRow.id), col(ReviewRow.payload_sha256), col(ReviewRow.user_id),
    col(ReviewRow.assignment_id), col(ReviewRow.image_id), col(ReviewRow.received_at),
    col(ReviewRow.extra),
).where(col(ReviewRow.submission_id) == bindparam("submission_id"))  # fmt: skip


def by_submission(session: Session, submission_id: str) -> FirstAnswer | None:
    """The review that a submission id already made."""
    row = session.execute(_BY_SUBMISSION, {"submission_id": submission_id}).first()
    return FirstAnswer(*row) if row else None


@dataclass(frozen=True, slots=True)
class Target:
    """An assignment with all that a submit needs to know about its image and project."""

    assignment_id: str
    state: str
    place: int | None
    project_id: str
    image_id: str
    width_px: int
    height_px: int
    free_places: int
    revision: int
    overlap: int
    majority: bool
    reference: dict[str, int | None] | None


_TARGET = (
    select(
        col(Assignment.id), col(Assignment.state), col(Assignment.place),
        col(Assignment.project_id), col(Image.id), col(Image.width_px), col(Image.height_px),
        col(Image.free_places), col(Image.revision), col(Project.overlap),
        col(Project.majority), col(ImageReference.labels),
    )
    .join(Image, col(Image.id) == col(Assignment.image_id))
    .join(Project, col(Project.id) == col(Assignment.project_id))
    .outerjoin(ImageReference, col(ImageReference.image_id) == col(Image.id))
    .where(
        col(Assignment.id) == bindparam("assignment_id"),
        col(Assignment.user_id) == bindparam("user_id"),
    )
)  # fmt: skip


def target(session: Session, assignment_id: str, user_id: str) -> Target | None:
    """An assignment of this reviewer, with its image and project."""
    given = {"assignment_id": assignment_id, "user_id": user_id}
    row = session.execute(_TARGET, given).first()
    return Target(*row) if row else None


_ADD_REVIEW = insert(ReviewRow)
_ADD_JUDGEMENTS = insert(JudgementRow)


def add(
    session: Session, review: Mapping[str, object], judgements: Sequence[Mapping[str, object]]
) -> None:
    """Insert a review and its judgements that are not plainly absent."""
    session.execute(_ADD_REVIEW, [dict(review)])
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
        col(ReviewRow.number), col(ReviewRow.id), col(ReviewRow.user_id),
        col(ReviewRow.standard_version), col(ReviewRow.unusable), col(ReviewRow.received_at),
        col(ReviewRow.assignment_id),
    )
    .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
    .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
    .where(
        col(ReviewRow.image_id) == bindparam("image_id"),
        col(Assignment.occasion) == PRODUCTION,
        col(Withdrawal.review_id).is_(None),
    )
    .order_by(col(ReviewRow.number))
)  # fmt: skip
_COUNTING = _LIVE.where(col(Assignment.place).is_not(None))
_EXTRA = _LIVE.where(
    col(Assignment.place).is_(None), col(Assignment.state) == AssignmentState.SUBMITTED
)

LiveReview = Row[int, str, str, int, str | None, datetime, str]


def counting(session: Session, image_id: str) -> Sequence[LiveReview]:
    """(number, id, user, version, unusable, received, assignment) of reviews with a place."""
    return session.execute(_COUNTING, {"image_id": image_id}).all()


def extras(session: Session, image_id: str) -> Sequence[LiveReview]:
    """The same of live reviews without a place, the earliest first."""
    return session.execute(_EXTRA, {"image_id": image_id}).all()


def judgements(session: Session, review_ids: Sequence[str]) -> dict[str, list[JudgementRow]]:
    """The judgements that are not plainly absent, by review."""
    statement = (
        select(JudgementRow)
        .where(col(JudgementRow.review_id).in_(review_ids))
        .order_by(col(JudgementRow.review_id), col(JudgementRow.defect_type))
    )
    found: dict[str, list[JudgementRow]] = {}
    for row in session.execute(statement).scalars():
        found.setdefault(row.review_id, []).append(row)
    return found


def page(
    session: Session, project_id: str, *, after: int, limit: int
) -> Sequence[Row[ReviewRow, str, int | None, str | None]]:
    """(review, reviewer's name, place, withdrawn id) in order of receipt, after a number."""
    statement = (
        select(ReviewRow, col(User.name), col(Assignment.place), col(Withdrawal.review_id))
        .join(User, col(User.id) == col(ReviewRow.user_id))
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(col(ReviewRow.project_id) == project_id, col(ReviewRow.number) > after)
        .order_by(col(ReviewRow.number))
        .limit(limit)
    )
    return session.execute(statement).all()


def of_image(
    session: Session, image_id: str
) -> Sequence[Row[ReviewRow, str, int | None, str | None]]:
    """(review, reviewer's name, place, withdrawn id) of one image, in order of receipt."""
    statement = (
        select(ReviewRow, col(User.name), col(Assignment.place), col(Withdrawal.review_id))
        .join(User, col(User.id) == col(ReviewRow.user_id))
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(col(ReviewRow.image_id) == image_id)
        .order_by(col(ReviewRow.number))
    )
    return session.execute(statement).all()


def count(session: Session, project_id: str) -> int:
    """How many live reviews a project has."""
    statement = (
        select(func.count())
        .select_from(ReviewRow)
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(col(ReviewRow.project_id) == project_id, col(Withdrawal.review_id).is_(None))
    )
    return int(session.execute(statement).scalar_one())


def columns_of(judgement: JudgementRow) -> dict[str, Any]:
    """A judgement as it travels."""
    return {
        "defect_type": judgement.defect_type,
        "verdict": judgement.verdict,
        "severity": judgement.severity,
        "regions": judgement.regions,
    }
