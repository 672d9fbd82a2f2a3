"""Images on which two reviewers say the opposite of one defect type, or mix two of them up."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    func,
    literal,
    select,
    tuple_,
)
from sqlmodel import Session, col

from labeler.core.terms import Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.settling import OPEN, WAITING
from labeler.store.tables import DisputeRow, Image, JudgementRow, ReviewRow


@dataclass(frozen=True, slots=True)
class Difference:
    """An image with what either said, and the open dispute on it, None where there is none.

    Of two defect types that are mixed up the verdicts are those on the first of them.
    """

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


def count_mix_ups(
    session: Session,
    project_id: str,
    *,
    defect_types: Collection[str],
    unjudged: Collection[tuple[int, str]],
) -> dict[frozenset[str], int]:
    """Images per two defect types that reviewers take for one another; only what there is.

    On such an image one reviewer marks the first and leaves the second, and another the other
    way round. `unjudged` are (version of the standard, defect type) where a version lacks the
    type: who judged under it left nothing.
    """
    found = _mix_ups(project_id, defect_types, unjudged).subquery()
    statement = (
        select(found.c.marked, found.c.left, func.count(type_=Integer))
        .where(found.c.marked < found.c.left)
        .group_by(found.c.marked, found.c.left)
    )
    return {
        frozenset((marked, left)): images for marked, left, images in session.execute(statement)
    }


def mixed_up(
    session: Session,
    project_id: str,
    *,
    defect_types: tuple[str, str],
    unjudged: Collection[tuple[int, str]],
    after: int,
    limit: int,
) -> list[Difference]:
    """The images that `count_mix_ups` counts of two types, in the order of import."""
    found = _mix_ups(project_id, defect_types, unjudged).subquery()
    dispute = (
        select(func.min(col(DisputeRow.id)))
        .where(
            col(DisputeRow.image_id) == col(Image.id),
            col(DisputeRow.defect_type).in_(defect_types),
            col(DisputeRow.kind) == "verdict",
            col(DisputeRow.state).in_((OPEN, WAITING)),
        )
        .scalar_subquery()
    )
    statement = (
        select(col(Image.id), col(Image.file), col(Image.number), col(Image.state), dispute)
        .join(found, found.c.image_id == col(Image.id))
        .where(found.c.marked == defect_types[0], col(Image.number) > after)
        .order_by(col(Image.number))
        .limit(limit)
    )
    return [
        Difference(image, file, number, state, Verdict.PRESENT, Verdict.ABSENT, dispute_id)
        for image, file, number, state, dispute_id in session.execute(statement)
    ]


def _mix_ups(
    project_id: str, defect_types: Collection[str], unjudged: Collection[tuple[int, str]]
) -> Select[tuple[Any, ...]]:
    """Columns `image_id, marked, left`, each once; every image comes with both orders.

    Few judgements say present, so those are gathered first, and only they are compared. Which
    reviews are live is asked of pairs alone. 20,000 images judged by three take 0.1 s, whatever
    other projects hold.
    """
    image, type_, user = (
        col(ReviewRow.image_id), col(JudgementRow.defect_type), col(ReviewRow.user_id)
    )  # fmt: skip

    def differ(each: SQLColumnExpression[str]) -> ColumnElement[bool]:
        least, most = func.min(each), func.max(each)
        return least.over(partition_by=image) != most.over(partition_by=image)

    found = (
        select(
            image.label("image_id"), col(ReviewRow.id).label("id"), user.label("user_id"),
            col(ReviewRow.standard_version).label("standard_version"), type_.label("defect_type"),
            and_(differ(type_), differ(user)).label("not_alone"),
        )
        .select_from(JudgementRow)
        .join(ReviewRow, col(ReviewRow.id) == col(JudgementRow.review_id))
        .where(
            type_.in_(defect_types),
            col(JudgementRow.verdict) == Verdict.PRESENT.value,
            col(ReviewRow.project_id) == project_id,
        )
        .subquery()
    )  # fmt: skip
    # Nearly all marks have no other type by another person beside them. Where they stayed, a
    # planner that knows nothing yet of new rows compared each with each: PostgreSQL took 22 s
    # for 20,000 images.
    marks = select(found).where(found.c.not_alone).cte("marks").prefix_with("MATERIALIZED")
    one, other = marks.alias("one"), marks.alias("other")
    pairs = (
        select(
            one.c.image_id, one.c.id.label("one"), other.c.id.label("other"),
            one.c.defect_type.label("marked"), other.c.defect_type.label("left"),
        )
        .join(
            other,
            and_(
                other.c.image_id == one.c.image_id,
                other.c.user_id != one.c.user_id,
                other.c.defect_type != one.c.defect_type,
            ),
        )
        .where(_leaves(one, other, unjudged), _leaves(other, one, unjudged))
        .cte("pairs")
        .prefix_with("MATERIALIZED")
    )  # fmt: skip
    return (
        select(pairs.c.image_id, pairs.c.marked, pairs.c.left)
        .where(_is_live(pairs.c.one), _is_live(pairs.c.other))
        .distinct()
    )


def _is_live(review_id: ColumnElement[str]) -> ColumnElement[bool]:
    live = live_reviews()
    return select(literal(1)).select_from(live).where(live.c.id == review_id).exists()


def _leaves(
    review: FromClause, mark: FromClause, unjudged: Collection[tuple[int, str]]
) -> ColumnElement[bool]:
    """Whether a review says absent, which has no row, of the defect type of another's mark."""
    said = select(literal(1)).where(
        col(JudgementRow.review_id) == review.c.id,
        col(JudgementRow.defect_type) == mark.c.defect_type,
    )
    if not unjudged:
        return ~said.exists()
    could_not = tuple_(review.c.standard_version, mark.c.defect_type).in_(unjudged)
    return and_(~said.exists(), ~could_not)
