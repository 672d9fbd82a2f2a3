"""Rows for hidden repeats: what can be judged again, what is planned, what was said twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from labeler.core.assignments import AssignmentState
from labeler.core.repeats import Candidate
from labeler.core.terms import ImageState, Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.tables import Assignment, Image, JudgementRow, ReviewRow, Withdrawal

# The first in the words of the index of what is not production.
_REPEATS = (
    text("assignment.occasion <> 'production'"),
    col(Assignment.occasion).startswith("repeat:"),
)
_BETWEEN = ","
# The newest that are old enough: what somebody judged years ago says little of today.
_NEWEST = 2_000


def occasions(session: Session, project_id: str) -> list[str]:
    """The occasions of hidden repeats that a project has had."""
    statement = (
        select(col(Assignment.occasion))
        .where(
            col(Assignment.project_id) == project_id,
            *_REPEATS,
        )
        .distinct()
    )
    return sorted(session.execute(statement).scalars())


def candidates(
    session: Session,
    project_id: str,
    user_id: str,
    *,
    version: int,
    before: datetime,
    marked: bool,
) -> list[Candidate]:
    """Images that a reviewer judged before an instant under a version of the standard.

    Marked ones with their defect types, or those on which nothing but absent was said. What
    was repeated once by this reviewer, or is going to be, is left out; so are images ruled
    unusable, which production shows to nobody any more.
    """
    live = live_reviews(project_id)
    repeated = select(col(Assignment.id)).where(
        col(Assignment.image_id) == live.c.image_id,
        col(Assignment.user_id) == user_id,
        *_REPEATS,
        col(Assignment.state) != AssignmentState.LAPSED,
    )
    said = select(col(JudgementRow.review_id)).where(col(JudgementRow.review_id) == live.c.id)
    statement = (
        select(live.c.image_id)
        .join(ReviewRow, col(ReviewRow.id) == live.c.id)
        .join(Image, col(Image.id) == live.c.image_id)
        .where(
            live.c.user_id == user_id,
            live.c.standard_version == version,
            col(ReviewRow.received_at) <= before,
            col(Image.state) != ImageState.UNUSABLE,
            ~repeated.exists(),
        )
        .order_by(col(ReviewRow.number).desc())
        .limit(_NEWEST)
    )
    if not marked:
        found = session.execute(statement.where(~said.exists()))
        return [Candidate(image) for (image,) in found]
    types = func.aggregate_strings(col(JudgementRow.defect_type), _BETWEEN)
    found = session.execute(
        statement.add_columns(types)
        .join(JudgementRow, col(JudgementRow.review_id) == live.c.id)
        .where(col(JudgementRow.verdict) == Verdict.PRESENT)
        .group_by(live.c.image_id, col(ReviewRow.number))
    )
    return [Candidate(image, frozenset(codes.split(_BETWEEN))) for image, codes in found]


def times_planned(session: Session, image_id: str, user_id: str) -> int:
    """How many repeats of an image a reviewer has had, called off ones too."""
    statement = select(func.count()).where(
        col(Assignment.image_id) == image_id,
        col(Assignment.user_id) == user_id,
        *_REPEATS,
    )
    return int(session.execute(statement).scalar_one())


def counts(session: Session, project_id: str) -> dict[str, dict[str, int]]:
    """How many repeats of each reviewer (id) are in each state."""
    statement = (
        select(col(Assignment.user_id), col(Assignment.state), func.count())
        .where(
            col(Assignment.project_id) == project_id,
            *_REPEATS,
        )
        .group_by(col(Assignment.user_id), col(Assignment.state))
    )
    found: dict[str, dict[str, int]] = {}
    for user, state, number in session.execute(statement):
        found.setdefault(user, {})[state] = int(number)
    return found


@dataclass(frozen=True, slots=True)
class JudgedTwice:
    """A reviewer's production review of an image and a later hidden one, by their ids."""

    user_id: str
    first: str
    second: str
    version: int


def judged_twice(session: Session, project_id: str) -> Iterator[JudgedTwice]:
    """Live reviews of the same image by the same person under the same standard."""
    # Of every project: the few repeats come first, and lead to the reviews that they repeat.
    live = live_reviews()
    statement = (
        select(live.c.user_id, live.c.id, col(ReviewRow.id), live.c.standard_version)
        .select_from(Assignment)
        .join(
            live,
            (live.c.image_id == col(Assignment.image_id))
            & (live.c.user_id == col(Assignment.user_id)),
        )
        .join(ReviewRow, col(ReviewRow.assignment_id) == col(Assignment.id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(
            col(Assignment.project_id) == project_id,
            *_REPEATS,
            col(Withdrawal.review_id).is_(None),
            col(ReviewRow.unusable).is_(None),
            col(ReviewRow.standard_version) == live.c.standard_version,
        )
        .order_by(col(ReviewRow.number))
    )
    for row in session.execute(statement):
        yield JudgedTwice(*row)
