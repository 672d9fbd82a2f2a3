"""Rows of assignments outside production: audits, trials of studies, hidden repeats.

They are written ahead and handed out by the reviewer's next claim. They hold no place and
settle nothing, so the quota of an image never sees them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, bindparam, func, select, text, update
from sqlmodel import Session

from labeler.core.assignments import AssignmentState
from labeler.store.assignments import GOLDEN_FILE, Lease
from labeler.store.core_tables import ASSIGNMENT, IMAGE, REVIEW, WITHDRAWAL
from labeler.store.prepared import Prepared

_A, _I, _R = ASSIGNMENT.c, IMAGE.c, REVIEW.c
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)


def plan(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert planned assignments.

    A row has `id, project_id, image_id, user_id, occasion, standard_version, due_at, turn`:
    it is not handed out before `due_at`, and in the order of `due_at`, then `turn`. The
    database refuses the same image twice for one reviewer and occasion.
    """
    if rows:
        session.execute(
            ASSIGNMENT.insert(),
            [
                {
                    **row,
                    "place": None,
                    "state": AssignmentState.PLANNED.value,
                    "expires_at": row["due_at"],
                }
                for row in rows
            ],
        )


_DUE = Prepared(
    select(
        _A.id, _A.image_id, _I.width_px, _I.height_px,
        _A.standard_version, _A.expires_at, GOLDEN_FILE, _I.bit_depth,
    )
    .join(IMAGE, _I.id == _A.image_id)
    .where(
        _A.project_id == bindparam("project_id"),
        _A.user_id == bindparam("user_id"),
        text("assignment.state = 'planned'"),
        _A.due_at <= bindparam("now"),
    )
    .order_by(_A.due_at, _A.turn)
    .limit(bindparam("count"))
)  # fmt: skip


def due(
    session: Session, *, project_id: str, user_id: str, now: datetime, count: int
) -> list[Lease]:
    """What is planned for a reviewer and due, in its order; not leased by this."""
    given = {"project_id": project_id, "user_id": user_id, "now": now, "count": count}
    return [Lease(*row) for row in _DUE.all(session, **given)]


def count_shown_or_due(session: Session, project_id: str, user_id: str, now: datetime) -> int:
    """How many assignments outside production a reviewer has answered, holds, or gets next.

    Handing one out changes nothing of it: whoever watches the number learns nothing of an image.
    """
    shown = (AssignmentState.LEASED.value, AssignmentState.SUBMITTED.value)
    statement = select(func.count()).where(
        _A.project_id == project_id,
        text("assignment.occasion <> 'production'"),
        _A.user_id == user_id,
        _A.state.in_(shown) | ((_A.state == AssignmentState.PLANNED.value) & (_A.due_at <= now)),
    )
    return int(session.execute(statement).scalar_one())


def call_off(session: Session, project_id: str, occasions: Sequence[str]) -> None:
    """Hand out nothing more of these occasions; what is on a tablet already is still taken.

    What is leased and lapses is planned again, but due no more; so is an answer taken back.
    """
    ours = (
        _A.project_id == project_id,
        text("assignment.occasion <> 'production'"),
        _A.occasion.in_(occasions),
    )
    for state, change in (
        (AssignmentState.PLANNED, {"state": AssignmentState.LAPSED.value}),
        (AssignmentState.LEASED, {"due_at": _NEVER}),
        (AssignmentState.SUBMITTED, {"due_at": _NEVER}),
    ):
        session.execute(update(ASSIGNMENT).where(*ours, _A.state == state.value).values(change))


def hold_back(session: Session, project_id: str, occasion: str, user_id: str) -> None:
    """Hand out nothing more of an occasion to a reviewer until it is let go."""
    _set_due(session, project_id, occasion, user_id, _NEVER)


def let_go(
    session: Session, project_id: str, occasion: str, user_id: str, due_at: datetime
) -> None:
    """Hand out again, from `due_at` on, what was held back."""
    _set_due(session, project_id, occasion, user_id, due_at, _A.due_at == _NEVER)


def _set_due(
    session: Session, project_id: str, occasion: str, user_id: str, due_at: datetime,
    *more: ColumnElement[bool],
) -> None:  # fmt: skip
    ours = (
        _A.project_id == project_id,
        text("assignment.occasion <> 'production'"),
        _A.occasion == occasion,
        _A.user_id == user_id,
        _A.state == AssignmentState.PLANNED.value,
    )
    session.execute(update(ASSIGNMENT).where(*ours, *more).values(due_at=due_at))


@dataclass(frozen=True, slots=True)
class PlannedAnswer:
    """An assignment outside production and its live review, None while there is none."""

    assignment_id: str
    image_id: str
    user_id: str
    occasion: str
    turn: int | None
    state: AssignmentState
    review_id: str | None
    unusable: str | None
    standard_version: int | None
    elapsed_s: float | None
    received_at: datetime | None


def answers(session: Session, project_id: str, occasions: Sequence[str]) -> list[PlannedAnswer]:
    """All assignments of these occasions with what was answered, in the order planned.

    The judgements of the reviews come from `reviews.judgements`. Production is no occasion
    to ask for here: its reviews are counted by `store.patterns`.
    """
    # Not joined to the live reviews as a table of their own: SQLite would first write down
    # every review of the project.
    taken_back = select(WITHDRAWAL.c.review_id).where(WITHDRAWAL.c.review_id == _R.id)
    statement = (
        select(
            _A.id, _A.image_id, _A.user_id, _A.occasion, _A.turn, _A.state,
            _R.id, _R.unusable, _R.standard_version, _R.elapsed_s, _R.received_at,
        )
        .select_from(ASSIGNMENT)
        .outerjoin(REVIEW, (_R.assignment_id == _A.id) & ~taken_back.exists())
        .where(
            _A.project_id == project_id,
            text("assignment.occasion <> 'production'"),
            _A.occasion.in_(occasions),
        )
        .order_by(_A.due_at, _A.turn, _A.user_id, _A.id)
    )  # fmt: skip
    found = []
    for row in session.execute(statement):
        assignment, image, user, occasion, turn, state, *review = row
        found.append(
            PlannedAnswer(assignment, image, user, occasion, turn, AssignmentState(state), *review)
        )
    return found
