"""The reviews that statistics count: made in production, not taken back."""

from sqlalchemy import Subquery, func, select
from sqlmodel import col

from labeler.core.assignments import PRODUCTION
from labeler.store.tables import Assignment, ReviewRow, Withdrawal


def live_reviews(project_id: str) -> Subquery:
    """Each reviewer's live production review of each image; unusable ones judge nothing.

    Columns `id, image_id, user_id, standard_version, elapsed_s, judged_at`: the last is when
    the tablet says that it was judged, or where it does not, when the review came.
    """
    judged_at = func.coalesce(col(ReviewRow.reviewed_at), col(ReviewRow.received_at))
    return (
        select(
            col(ReviewRow.id), col(ReviewRow.image_id), col(ReviewRow.user_id),
            col(ReviewRow.standard_version), col(ReviewRow.elapsed_s),
            judged_at.label("judged_at"),
        )
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(
            col(ReviewRow.project_id) == project_id,
            col(Assignment.occasion) == PRODUCTION,
            col(Withdrawal.review_id).is_(None),
            col(ReviewRow.unusable).is_(None),
        )
        .subquery()
    )  # fmt: skip
