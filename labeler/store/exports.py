"""Rows of exports and of the split ledger, and the folder where datasets lie."""

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from sys import intern

from sqlalchemy import Row, func, insert, select
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION
from labeler.store.tables import (
    Assignment,
    Export,
    Image,
    Job,
    Member,
    Project,
    ReviewRow,
    SplitEntry,
    Withdrawal,
)

_ROWS_AT_ONCE = 1_000


def add(session: Session, row: Export) -> None:
    """Insert an export."""
    session.add(row)
    session.flush()


def by_id(session: Session, export_id: str) -> Export:
    """The row of an export that the caller knows of."""
    row: Export = session.execute(select(Export).where(col(Export.id) == export_id)).scalar_one()
    return row


def visible(
    session: Session, export_id: str, *, user_id: str, everywhere: bool
) -> Row[Export, Job, str] | None:
    """(export, job, project code), if this person may see the project."""
    statement = (
        select(Export, Job, col(Project.code))
        .join(Job, col(Job.id) == col(Export.job_id))
        .join(Project, col(Project.id) == col(Export.project_id))
        .where(col(Export.id) == export_id, col(Export.deleted_at).is_(None))
    )
    if not everywhere:
        statement = statement.join(Member, col(Member.project_id) == col(Export.project_id)).where(
            col(Member.user_id) == user_id
        )
    return session.execute(statement).first()


def of_project(session: Session, project_id: str) -> Sequence[Row[Export, Job]]:
    """(export, job) of a project, the latest first."""
    statement = (
        select(Export, Job)
        .join(Job, col(Job.id) == col(Export.job_id))
        .where(col(Export.project_id) == project_id, col(Export.deleted_at).is_(None))
        .order_by(col(Export.created_at).desc(), col(Export.id).desc())
    )
    return session.execute(statement).all()


def splits(session: Session, project_id: str, rule: str) -> dict[str, str]:
    """The ledger of a splitting rule: split by image hash."""
    statement = select(col(SplitEntry.image_sha256), col(SplitEntry.split)).where(
        col(SplitEntry.project_id) == project_id, col(SplitEntry.rule) == rule
    )
    return {row.image_sha256: intern(row.split) for row in session.execute(statement)}


def add_splits(session: Session, project_id: str, rule: str, entries: Mapping[str, str]) -> None:
    """Write splits into the ledger; those already there stay as they are."""
    known = splits(session, project_id, rule)
    new = (image for image in sorted(entries) if image not in known)
    while some := list(islice(new, _ROWS_AT_ONCE)):
        rows = [
            {
                "project_id": project_id, "rule": rule, "image_sha256": image,
                "split": str(entries[image]),
            }
            for image in some
        ]  # fmt: skip
        session.execute(insert(SplitEntry), rows)


def columns_among(session: Session, project_id: str, wanted: Collection[str]) -> set[str]:
    """Those of the wanted columns that some image of the project carries in its context."""
    missing = set(wanted)
    if missing:
        statement = select(col(Image.context)).where(col(Image.project_id) == project_id)
        for row in session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
            missing -= set(row.context)
            if not missing:
                break
    return set(wanted) - missing


def reviewer_numbers(session: Session, project_id: str) -> dict[str, int]:
    """The pseudonym of every reviewer of a project: 1 is who reviewed first."""
    order = (
        select(col(ReviewRow.user_id))
        .where(col(ReviewRow.project_id) == project_id)
        .group_by(col(ReviewRow.user_id))
        .order_by(func.min(col(ReviewRow.number)))
    )
    return {user: n for n, (user,) in enumerate(session.execute(order), start=1)}


def reviewers_of(session: Session, image_ids: Sequence[str]) -> dict[str, list[str]]:
    """The counting reviewers of each image."""
    held = select(col(Assignment.image_id), col(Assignment.user_id)).where(
        col(Assignment.image_id).in_(image_ids),
        col(Assignment.occasion) == PRODUCTION,
        col(Assignment.place).is_not(None),
        col(Assignment.state) == "submitted",
    )
    found: dict[str, list[str]] = {}
    for image_id, user in session.execute(held):
        found.setdefault(image_id, []).append(user)
    return found


def marked_unusable(session: Session, image_ids: Sequence[str]) -> dict[str, int]:
    """How many counting reviewers called an image unusable: they judged no defect type."""
    statement = (
        select(col(ReviewRow.image_id), func.count())
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .where(
            col(ReviewRow.image_id).in_(image_ids),
            col(ReviewRow.unusable).is_not(None),
            col(Assignment.place).is_not(None),
            col(ReviewRow.id).not_in(select(col(Withdrawal.review_id))),
        )
        .group_by(col(ReviewRow.image_id))
    )
    return {image_id: int(count) for image_id, count in session.execute(statement)}
