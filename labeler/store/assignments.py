"""Rows of assignments: the queue, the leases, the places.

Every function that changes something runs inside the one writer, so what it read is
still true when it writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.store.tables import Assignment, Image, QueueCursor

_HELD = (AssignmentState.LEASED.value, AssignmentState.SUBMITTED.value)


@dataclass(frozen=True, slots=True)
class Lease:
    """An open assignment with what the review page needs to show its image."""

    id: str
    image_id: str
    width_px: int
    height_px: int
    standard_version: int
    expires_at: datetime


_LEASES = (
    select(
        col(Assignment.id), col(Assignment.image_id), col(Image.width_px),
        col(Image.height_px), col(Assignment.standard_version), col(Assignment.expires_at),
    )
    .join(Image, col(Image.id) == col(Assignment.image_id))
    .where(
        col(Assignment.project_id) == bindparam("project_id"),
        col(Assignment.user_id) == bindparam("user_id"),
        text("assignment.state = 'leased'"),
        col(Assignment.expires_at) > bindparam("now"),
    )
    .order_by(col(Image.lane).desc(), col(Image.position))
    .limit(bindparam("count"))
)  # fmt: skip


def open_leases(
    session: Session, *, project_id: str, user_id: str, now: datetime, count: int
) -> list[Lease]:
    """A reviewer's open leases in the order of the queue."""
    given = {"project_id": project_id, "user_id": user_id, "now": now, "count": count}
    return [Lease(*row) for row in session.execute(_LEASES, given)]


_LAPSED = (
    select(col(Assignment.id), col(Assignment.image_id), col(Assignment.user_id))
    .where(
        col(Assignment.project_id) == bindparam("project_id"),
        text("assignment.state = 'leased'"),
        col(Assignment.expires_at) <= bindparam("now"),
    )
    .order_by(col(Assignment.expires_at), col(Assignment.id))
    .limit(200)
)


def lapsed_leases(
    session: Session, *, project_id: str, now: datetime
) -> Sequence[Row[str, str, str]]:
    """(assignment, image, user) of leases whose time is over, the oldest 200."""
    return session.execute(_LAPSED, {"project_id": project_id, "now": now}).all()


_TOP_LANE = select(func.max(col(Image.lane))).where(
    col(Image.project_id) == bindparam("project_id"),
    text("image.free_places > 0"),
    col(Image.lane) < bindparam("below"),
)


def next_lane(session: Session, *, project_id: str, below: int) -> int | None:
    """The highest lane under `below` in which an image still needs somebody."""
    given = {"project_id": project_id, "below": below}
    top: int | None = session.execute(_TOP_LANE, given).scalar_one()
    return top


_CURSORS = select(col(QueueCursor.lane), col(QueueCursor.position)).where(
    col(QueueCursor.project_id) == bindparam("project_id"),
    col(QueueCursor.user_id) == bindparam("user_id"),
)


def cursors(session: Session, *, project_id: str, user_id: str) -> dict[int, int]:
    """How far a reviewer has come, by lane."""
    given = {"project_id": project_id, "user_id": user_id}
    return {row.lane: row.position for row in session.execute(_CURSORS, given)}


def move_cursor(
    session: Session, *, project_id: str, user_id: str, lane: int, position: int
) -> None:
    """Write down how far a reviewer has come in a lane."""
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(QueueCursor).on_conflict_do_update(
        index_elements=["project_id", "user_id", "lane"], set_={"position": position}
    )
    session.execute(
        statement,
        {"project_id": project_id, "user_id": user_id, "lane": lane, "position": position},
    )


@dataclass(frozen=True, slots=True)
class QueuedImage:
    """An image that needs somebody; `assignment_id` is this reviewer's earlier, ended one."""

    id: str
    position: int
    width_px: int
    height_px: int
    free_places: int
    assignment_id: str | None


_NEXT = (
    select(
        col(Image.id), col(Image.position), col(Image.width_px), col(Image.height_px),
        col(Image.free_places), col(Assignment.id),
    )
    .outerjoin(
        Assignment,
        (col(Assignment.image_id) == col(Image.id))
        & (col(Assignment.user_id) == bindparam("user_id"))
        & (col(Assignment.occasion) == PRODUCTION),
    )
    .where(
        col(Image.project_id) == bindparam("project_id"),
        text("image.free_places > 0"),
        col(Image.lane) == bindparam("lane"),
        col(Image.position) > bindparam("after"),
        col(Assignment.id).is_(None) | col(Assignment.state).not_in(_HELD),
    )
    .order_by(col(Image.position))
    .limit(bindparam("count"))
)  # fmt: skip


def next_images(
    session: Session, *, project_id: str, user_id: str, lane: int, after: int, count: int
) -> list[QueuedImage]:
    """The next images of a lane that a reviewer may be given."""
    given = {
        "project_id": project_id, "user_id": user_id, "lane": lane,
        "after": after, "count": count,
    }  # fmt: skip
    return [QueuedImage(*row) for row in session.execute(_NEXT, given)]


_END_OF_LANE = select(func.max(col(Image.position))).where(
    col(Image.project_id) == bindparam("project_id"),
    text("image.free_places > 0"),
    col(Image.lane) == bindparam("lane"),
)


def end_of_lane(session: Session, *, project_id: str, lane: int) -> int | None:
    """The last position in a lane that still needs somebody."""
    given = {"project_id": project_id, "lane": lane}
    end: int | None = session.execute(_END_OF_LANE, given).scalar_one()
    return end


def places_taken(session: Session, image_id: str) -> list[int]:
    """The places of an image that somebody holds."""
    statement = select(col(Assignment.place)).where(
        col(Assignment.image_id) == image_id,
        col(Assignment.occasion) == PRODUCTION,
        col(Assignment.place).is_not(None),
    )
    return [place for (place,) in session.execute(statement) if place is not None]


def add(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Insert assignments."""
    session.execute(_ADD, list(rows))


_ADD = Assignment.__table__.insert()  # type: ignore[attr-defined]  # set by SQLModel


def change(session: Session, assignment_id: str, **values: object) -> None:
    """Set columns of one assignment."""
    session.execute(update(Assignment).where(col(Assignment.id) == assignment_id).values(**values))


def change_free_places(session: Session, image_id: str, by: int) -> None:
    """Give back or take places of an image; the count changes with the place itself."""
    session.execute(
        update(Image).where(col(Image.id) == image_id).values(free_places=Image.free_places + by)
    )


def requeue(session: Session, image_id: str, *, lane: int, position: int) -> None:
    """Put an image at another place in the queue, so that every cursor meets it again."""
    session.execute(
        update(Image).where(col(Image.id) == image_id).values(lane=lane, position=position)
    )


def by_id(session: Session, assignment_id: str, user_id: str) -> Assignment | None:
    """An assignment, if it is this reviewer's."""
    statement = select(Assignment).where(
        col(Assignment.id) == assignment_id, col(Assignment.user_id) == user_id
    )
    return session.execute(statement).scalar_one_or_none()


def count_held(session: Session, project_id: str, user_id: str) -> int:
    """How many images a reviewer has submitted a live review of."""
    statement = select(func.count()).where(
        col(Assignment.project_id) == project_id,
        col(Assignment.user_id) == user_id,
        col(Assignment.state) == AssignmentState.SUBMITTED,
    )
    return int(session.execute(statement).scalar_one())
