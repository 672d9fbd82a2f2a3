"""The reviews that statistics count: made in production, not taken back."""

from collections import Counter
from typing import Any

from sqlalchemy import Integer, Select, Subquery, func, select
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION
from labeler.store.patterns import AT_ONCE, ReviewsSince
from labeler.store.tables import Assignment, ReviewRow, Withdrawal


def _live(project_id: str | None) -> Select[*tuple[Any, ...]]:
    judged_at = func.coalesce(col(ReviewRow.reviewed_at), col(ReviewRow.received_at))
    everywhere = (
        select(
            col(ReviewRow.id), col(ReviewRow.image_id), col(ReviewRow.user_id),
            col(ReviewRow.standard_version), col(ReviewRow.elapsed_s), col(ReviewRow.unusable),
            judged_at.label("judged_at"),
        )
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(col(Assignment.occasion) == PRODUCTION, col(Withdrawal.review_id).is_(None))
    )  # fmt: skip
    if project_id is None:
        return everywhere
    return everywhere.where(col(ReviewRow.project_id) == project_id)


def live_reviews(project_id: str | None = None) -> Subquery:
    """Each reviewer's live production review of each image; unusable ones judge nothing.

    None: of every project, for a statement that has chosen the images before.

    Columns `id, image_id, user_id, standard_version, elapsed_s, unusable, judged_at`: the last
    is when the tablet says that it was judged, or where it does not, when the review came.
    """
    return _live(project_id).where(col(ReviewRow.unusable).is_(None)).subquery()


def counting_reviews(project_id: str | None) -> Subquery:
    """The live production reviews that hold a place: what settling looks at, unusable marks too.

    The same columns as `live_reviews`, and the same for None.
    """
    return _live(project_id).where(col(Assignment.place).is_not(None)).subquery()


# Whose review, and in how many seconds to a tenth.
Timed = tuple[str, float | None]


def _timed(user: str, tenths: float | None) -> Timed:
    return user, None if tenths is None else float(tenths) / 10


def count_seconds(session: Session, project_id: str) -> Counter[Timed]:
    """How many live reviews each user id made in how many seconds; None: no time is known."""
    live = live_reviews(project_id)
    tenths = func.round(live.c.elapsed_s * 10)
    statement = select(live.c.user_id, tenths, func.count(type_=Integer)).group_by(
        live.c.user_id, tenths
    )
    found = session.execute(statement)
    return Counter({_timed(user, value): reviews for user, value, reviews in found})


def seconds_since(session: Session, since: ReviewsSince) -> Counter[Timed]:
    """How many more such reviews there are since; fewer where negative."""
    found: Counter[Timed] = Counter()
    reviews = sorted(since.submitted | since.withdrawn)
    for start in range(0, len(reviews), AT_ONCE):
        statement = (
            select(
                col(ReviewRow.id), col(ReviewRow.user_id),
                func.round(col(ReviewRow.elapsed_s) * 10),
                col(Withdrawal.review_id).is_not(None),
            )
            .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
            .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
            .where(
                col(ReviewRow.id).in_(reviews[start : start + AT_ONCE]),
                col(Assignment.occasion) == PRODUCTION,
                col(ReviewRow.unusable).is_(None),
            )
        )  # fmt: skip
        for review, user, tenths, withdrawn in session.execute(statement):
            was = since.was_live(review, withdrawn=withdrawn)
            found[_timed(user, tenths)] += (not withdrawn) - was
    return found
