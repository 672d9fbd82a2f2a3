"""Rows of projects and their standards. Projects load only through who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session, col

from labeler.store.core_tables import MEMBER, PROJECT
from labeler.store.prepared import Prepared
from labeler.store.tables import (
    ExamplePicture,
    Member,
    Project,
    StandardDraft,
    StandardVersion,
)


def visible(session: Session, code: str, *, user_id: str, everywhere: bool) -> Project | None:
    """The project, if this person is a member, or may see every project."""
    statement = select(Project).where(col(Project.code) == code)
    if not everywhere:
        statement = statement.join(Member, col(Member.project_id) == col(Project.id)).where(
            col(Member.user_id) == user_id
        )
    return session.execute(statement).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class ProjectTerms:
    """What claiming needs to know of a project."""

    id: str
    overlap: int
    majority: bool
    standard_version: int


_TERMS = select(PROJECT.c.id, PROJECT.c.overlap, PROJECT.c.majority, PROJECT.c.standard_version)
_TERMS_BY_CODE = Prepared(_TERMS.where(PROJECT.c.code == bindparam("code")))
_TERMS_OF_MEMBER = Prepared(
    _TERMS.join(MEMBER, MEMBER.c.project_id == PROJECT.c.id).where(
        PROJECT.c.code == bindparam("code"), MEMBER.c.user_id == bindparam("user_id")
    )
)
_TERMS_BY_ID = Prepared(_TERMS.where(PROJECT.c.id == bindparam("project_id")))


def visible_terms(
    session: Session, code: str, *, user_id: str, everywhere: bool
) -> ProjectTerms | None:
    """The same as `visible`, only with what claiming needs, and faster."""
    row = (
        _TERMS_BY_CODE.first(session, code=code)
        if everywhere
        else _TERMS_OF_MEMBER.first(session, code=code, user_id=user_id)
    )
    return ProjectTerms(*row) if row else None


def terms(session: Session, project_id: str) -> ProjectTerms:
    """The terms of a project that the caller already holds something of."""
    [row] = _TERMS_BY_ID.all(session, project_id=project_id)
    return ProjectTerms(*row)


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


def add(session: Session, row: Project | Member | StandardVersion | ExamplePicture) -> None:
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


def example(session: Session, project_id: str, sha256: str) -> ExamplePicture | None:
    """A file that was uploaded as an example."""
    return session.get(ExamplePicture, (project_id, sha256))


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
