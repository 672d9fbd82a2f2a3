"""Rows of assignments: the queue, the leases, the places.

Every function that changes something runs inside the one writer, so what it read is
still true when it writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.store.core_tables import ASSIGNMENT, CURSOR, IMAGE
from labeler.store.prepared import Prepared
from labeler.store.tables import Assignment

_A, _I, _C = ASSIGNMENT.c, IMAGE.c, CURSOR.c

_HELD = (AssignmentState.LEASED.value, AssignmentState.SUBMITTED.value)


@dataclass(frozen=True, slots=True)
class Lease:
    """An open assignment with what the review page needs to show its image.

    `golden_file` names the picture of a good part to show beside it; without one of its own,
    `station_golden` is the content hash of its camera station's; both are None for none.
    """

    id: str
    image_id: str
    width_px: int
    height_px: int
    standard_version: int
    expires_at: datetime
    golden_file: str | None = None
    bits: int = 8
    station_golden: str | None = None


# A good part itself has none: its own picture beside it would tell what it is.
GOLDEN_FILE = func.nullif(_I.golden_file, _I.file)

_LEASES = Prepared(
    select(
        _A.id, _A.image_id, _I.width_px,
        _I.height_px, _A.standard_version, _A.expires_at, GOLDEN_FILE, _I.bit_depth,
    )
    .join(IMAGE, _I.id == _A.image_id)
    .where(
        _A.project_id == bindparam("project_id"),
        _A.user_id == bindparam("user_id"),
        text("assignment.state = 'leased'"),
        _A.expires_at > bindparam("now"),
    )
    .order_by(_A.due_at.is_(None), _A.due_at, _A.turn, _I.lane.desc(), _I.position)
    .limit(bindparam("count"))
)  # fmt: skip


def open_leases(
    session: Session, *, project_id: str, user_id: str, now: datetime, count: int
) -> list[Lease]:
    """A reviewer's open leases: planned ones in their order, then in the order of the queue."""
    given = {"project_id": project_id, "user_id": user_id, "now": now, "count": count}
    return [Lease(*row) for row in _LEASES.all(session, **given)]


_LAPSED = Prepared(
    select(_A.id, _A.image_id, _A.user_id, _A.occasion)
    .where(
        _A.project_id == bindparam("project_id"),
        text("assignment.state = 'leased'"),
        _A.expires_at <= bindparam("now"),
    )
    .order_by(_A.expires_at, _A.id)
    .limit(200)
)


def lapsed_leases(
    session: Session, *, project_id: str, now: datetime
) -> list[tuple[str, str, str, str]]:
    """(assignment, image, user, occasion) of leases whose time is over, the oldest 200."""
    return _LAPSED.all(session, project_id=project_id, now=now)


_TOP_LANE = Prepared(
    select(func.max(_I.lane)).where(
        _I.project_id == bindparam("project_id"),
        text("image.free_places > 0"),
        _I.lane < bindparam("below"),
    )
)


def next_lane(session: Session, *, project_id: str, below: int) -> int | None:
    """The highest lane under `below` in which an image still needs somebody."""
    row = _TOP_LANE.first(session, project_id=project_id, below=below)
    return row[0] if row else None


_CURSORS = Prepared(
    select(_C.lane, _C.position).where(
        _C.project_id == bindparam("project_id"),
        _C.user_id == bindparam("user_id"),
    )
)


def cursors(session: Session, *, project_id: str, user_id: str) -> dict[int, int]:
    """How far a reviewer has come, by lane."""
    return dict(_CURSORS.all(session, project_id=project_id, user_id=user_id))


@lru_cache
def _move_cursor(dialect: str) -> Prepared:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(CURSOR)
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=["project_id", "user_id", "lane"],
            set_={"position": statement.excluded.position},
        ).inline(),
        columns=("project_id", "user_id", "lane", "position"),
    )


def move_cursor(
    session: Session, *, project_id: str, user_id: str, lane: int, position: int
) -> None:
    """Write down how far a reviewer has come in a lane."""
    _move_cursor(session.get_bind().dialect.name).run(
        session, project_id=project_id, user_id=user_id, lane=lane, position=position
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
    golden_file: str | None
    bits: int


_NEXT = Prepared(
    select(
        _I.id, _I.position, _I.width_px, _I.height_px,
        _I.free_places, _A.id, GOLDEN_FILE, _I.bit_depth,
    )
    .outerjoin(
        ASSIGNMENT,
        (_A.image_id == _I.id)
        & (_A.user_id == bindparam("user_id"))
        & (_A.occasion == PRODUCTION),
    )
    .where(
        _I.project_id == bindparam("project_id"),
        text("image.free_places > 0"),
        _I.lane == bindparam("lane"),
        _I.position > bindparam("after"),
        _A.id.is_(None) | ((_A.state != _HELD[0]) & (_A.state != _HELD[1])),
    )
    .order_by(_I.position)
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
    return [QueuedImage(*row) for row in _NEXT.all(session, **given)]


_END_OF_LANE = Prepared(
    select(func.max(_I.position)).where(
        _I.project_id == bindparam("project_id"),
        text("image.free_places > 0"),
        _I.lane == bindparam("lane"),
    )
)


def end_of_lane(session: Session, *, project_id: str, lane: int) -> int | None:
    """The last position in a lane that still needs somebody."""
    row = _END_OF_LANE.first(session, project_id=project_id, lane=lane)
    return row[0] if row else None


_PLACES = Prepared(
    select(_A.place).where(
        _A.image_id == bindparam("image_id"), _A.occasion == PRODUCTION, _A.place.is_not(None)
    )
)


def places_taken(session: Session, image_id: str) -> list[int]:
    """The places of an image that somebody holds."""
    return [place for (place,) in _PLACES.all(session, image_id=image_id)]


_ADD = Prepared(
    ASSIGNMENT.insert().inline(),
    columns=(c.name for c in ASSIGNMENT.columns if c.name not in ("due_at", "turn")),
)


def add(session: Session, rows: Sequence[dict[str, object]]) -> None:
    """Insert assignments that are handed out at once."""
    for row in rows:
        _ADD.run(session, **row)


@lru_cache
def _change(columns: tuple[str, ...]) -> Prepared:
    return Prepared(
        update(ASSIGNMENT)
        .where(_A.id == bindparam("which"))
        .values({name: bindparam(f"new_{name}") for name in columns})
    )


def change(session: Session, assignment_id: str, **values: object) -> None:
    """Set columns of one assignment."""
    given = {f"new_{name}": value for name, value in values.items()}
    _change(tuple(values)).run(session, which=assignment_id, **given)


_CHANGE_PLACES = Prepared(
    update(IMAGE)
    .where(_I.id == bindparam("which"))
    .values(free_places=_I.free_places + bindparam("by"))
)


def change_free_places(session: Session, image_id: str, by: int) -> None:
    """Give back or take places of an image; the count changes with the place itself."""
    _CHANGE_PLACES.run(session, which=image_id, by=by)


_REQUEUE = Prepared(
    update(IMAGE)
    .where(_I.id == bindparam("which"))
    .values(lane=bindparam("new_lane"), position=bindparam("new_position"))
)


def requeue(session: Session, image_id: str, *, lane: int, position: int) -> None:
    """Put an image at another place in the queue, so that every cursor meets it again."""
    _REQUEUE.run(session, which=image_id, new_lane=lane, new_position=position)


def by_id(session: Session, assignment_id: str, user_id: str) -> Assignment | None:
    """An assignment, if it is this reviewer's."""
    statement = select(Assignment).where(_A.id == assignment_id, _A.user_id == user_id)
    return session.execute(statement).scalar_one_or_none()


def count_held(session: Session, project_id: str, user_id: str) -> int:
    """How many images a reviewer has submitted a live review of."""
    statement = select(func.count()).where(
        _A.project_id == project_id,
        _A.user_id == user_id,
        _A.state == AssignmentState.SUBMITTED,
    )
    return int(session.execute(statement).scalar_one())


def of_reviewer(session: Session, image_id: str, user_id: str) -> tuple[str, str] | None:
    """(id, state) of the assignment that this reviewer has or had for production."""
    statement = select(_A.id, _A.state).where(
        _A.image_id == image_id,
        _A.user_id == user_id,
        _A.occasion == PRODUCTION,
    )
    row = session.execute(statement).first()
    return (row[0], row[1]) if row else None
