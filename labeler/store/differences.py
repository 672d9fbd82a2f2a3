"""Images on which two reviewers say the opposite of one defect type."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from labeler.core.terms import Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.settling import OPEN, WAITING
from labeler.store.tables import DisputeRow, Image, JudgementRow


@dataclass(frozen=True, slots=True)
class Difference:
    """An image with what either said, and the open dispute on it, None where there is none."""

    image_id: str
    file: str
    number: int
    state: str
    first: Verdict
    second: Verdict
    dispute_id: str | None


def between(
    session: Session,
    project_id: str,
    *,
    defect_type: str,
    versions: Collection[int],
    users: tuple[str, str],
    after: int,
    limit: int,
) -> list[Difference]:
    """Images that one marked and the other left, in the order of import, after a number.

    Only reviews under one of the `versions` of the standard count: the others judged nothing.
    """
    one, other = live_reviews(project_id), live_reviews(project_id)
    said = [
        select(col(JudgementRow.review_id), col(JudgementRow.verdict))
        .where(col(JudgementRow.defect_type) == defect_type)
        .subquery()
        for _ in users
    ]
    verdicts = [func.coalesce(each.c.verdict, Verdict.ABSENT.value) for each in said]
    statement = (
        select(
            col(Image.id), col(Image.file), col(Image.number), col(Image.state), *verdicts,
            col(DisputeRow.id),
        )
        .select_from(one)
        .join(other, other.c.image_id == one.c.image_id)
        .join(Image, col(Image.id) == one.c.image_id)
        .outerjoin(said[0], said[0].c.review_id == one.c.id)
        .outerjoin(said[1], said[1].c.review_id == other.c.id)
        .outerjoin(
            DisputeRow,
            (col(DisputeRow.image_id) == col(Image.id))
            & (col(DisputeRow.defect_type) == defect_type)
            & (col(DisputeRow.kind) == "verdict")
            & col(DisputeRow.state).in_((OPEN, WAITING)),
        )
        .where(
            one.c.user_id == users[0],
            other.c.user_id == users[1],
            one.c.standard_version.in_(versions),
            other.c.standard_version.in_(versions),
            verdicts[0] != verdicts[1],
            verdicts[0] != Verdict.UNSURE.value,
            verdicts[1] != Verdict.UNSURE.value,
            col(Image.number) > after,
        )
        .order_by(col(Image.number))
        .limit(limit)
    )  # fmt: skip
    return [
        Difference(image, file, number, state, Verdict(first), Verdict(second), dispute)
        for image, file, number, state, first, second, dispute in session.execute(statement)
    ]
