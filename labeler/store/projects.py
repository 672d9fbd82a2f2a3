"""Rows of projects and their standards. Projects load only through who asks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col

from labeler.store.tables import Member, Project, StandardDraft, StandardVersion


def visible(session: Session, code: str, *, user_id: str, everywhere: bool) -> Project | None:
    """The project, if this person is a member, or may see every project."""
    statement = select(Project).where(col(Project.code) == code)
    if not everywhere:
        statement = statement.join(Member, col(Member.project_id) == col(Project.id)).where(
            col(Member.user_id) == user_id
        )
    return session.execute(statement).scalar_one_or_none()


def all_visible(session: Session, *, user_id: str, everywhere: bool) -> Sequence[Project]:
    """Every project that this person may see, by code."""
    statement = select(Project).order_by(col(Project.code))
    if not everywhere:
        statement = statement.join(Member, col(Member.project_id) == col(Project.id)).where(
            col(Member.user_id) == user_id
        )
    return session.execute(statement).scalars().all()


def exists(session: Session, code: str) -> bool:
    """Whether a code is taken, by any project."""
    found = session.execute(select(col(Project.id)).where(col(Project.code) == code)).first()
    return found is not None


def add(session: Session, row: Project | Member | StandardVersion) -> None:
    """Insert a row."""
    session.add(row)
    session.flush()


def take_positions(session: Session, project_id: str, count: int) -> int:
    """Reserve `count` places at the end of the queue; the first of them."""
    statement = (
        update(Project)
        .where(col(Project.id) == project_id)
        .values(next_position=Project.next_position + count)
        .returning(col(Project.next_position))
    )
    return int(session.execute(statement).scalar_one()) - count


def version_document(session: Session, project_id: str, version: int) -> dict[str, Any] | None:
    """The document of one published version."""
    row = session.get(StandardVersion, (project_id, version))
    return row.document if row else None


def versions(session: Session, project_id: str) -> Sequence[StandardVersion]:
    """All published versions, oldest first."""
    statement = (
        select(StandardVersion)
        .where(col(StandardVersion.project_id) == project_id)
        .order_by(col(StandardVersion.version))
    )
    return session.execute(statement).scalars().all()


def set_version(session: Session, project_id: str, version: int) -> None:
    """Make a published version the current one."""
    session.execute(
        update(Project).where(col(Project.id) == project_id).values(standard_version=version)
    )


def draft(session: Session, project_id: str) -> StandardDraft | None:
    """The next version while it is being written."""
    return session.get(StandardDraft, project_id)


def save_draft(
    session: Session, project_id: str, document: dict[str, Any], *, by: str, at: datetime
) -> None:
    """Write or overwrite the draft."""
    session.merge(StandardDraft(project_id=project_id, document=document, saved_by=by, saved_at=at))


def drop_draft(session: Session, project_id: str) -> None:
    """Forget the draft."""
    row = session.get(StandardDraft, project_id)
    if row is not None:
        session.delete(row)
