"""Images on which somebody said more than absent of a defect type, with who said what."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import String, case, cast, func, select
from sqlmodel import Session, col

from labeler.core.agreement.seats import Seat
from labeler.core.terms import ImageState, Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.patterns import BETWEEN, INSIDE
from labeler.store.settling import DROPPED, RULED
from labeler.store.tables import DisputeRow, Image, ImageReference, JudgementRow


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """An image, the answers of its reviewers, and the dispute on it that waits to be ruled on."""

    id: str
    file: str
    number: int
    state: str
    answers: tuple[tuple[Seat, Verdict], ...]
    dispute_id: str | None


def undecided(session: Session, project_id: str, defect_type: str) -> Iterator[MarkedImage]:
    """Marked images that no lead has ruled on and whose truth is not known, by import."""
    # Of every project: the judgements of one type come first, and lead to the others' reviews.
    seats, marks = live_reviews(), live_reviews()
    marked = (
        select(marks.c.image_id)
        .select_from(JudgementRow)
        .join(marks, marks.c.id == col(JudgementRow.review_id))
        .join(Image, col(Image.id) == marks.c.image_id)
        .where(
            col(JudgementRow.defect_type) == defect_type,
            col(Image.project_id) == project_id,
            col(Image.state) != ImageState.UNUSABLE,
        )
        .distinct()
        .subquery()
    )
    answer = (
        seats.c.user_id
        + INSIDE
        + cast(seats.c.standard_version, String)
        + INSIDE
        + func.coalesce(col(JudgementRow.verdict), Verdict.ABSENT.value)
    )
    said = (
        select(marked.c.image_id, func.aggregate_strings(answer, BETWEEN).label("said"))
        .select_from(marked)
        .join(seats, seats.c.image_id == marked.c.image_id)
        .outerjoin(
            JudgementRow,
            (col(JudgementRow.review_id) == seats.c.id)
            & (col(JudgementRow.defect_type) == defect_type),
        )
        .group_by(marked.c.image_id)
        .subquery()
    )
    ruled = case((col(DisputeRow.state) == RULED, 1), else_=0)
    disputes = (
        select(
            col(DisputeRow.image_id),
            func.max(col(DisputeRow.id)).label("id"),
            func.max(ruled).label("ruled"),
        )
        .where(
            col(DisputeRow.project_id) == project_id,
            col(DisputeRow.defect_type) == defect_type,
            col(DisputeRow.state) != DROPPED,
        )
        .group_by(col(DisputeRow.image_id))
        .subquery()
    )
    statement = (
        select(
            col(Image.id), col(Image.file), col(Image.number), col(Image.state), said.c.said,
            disputes.c.id,
        )
        .select_from(said)
        .join(Image, col(Image.id) == said.c.image_id)
        .outerjoin(disputes, disputes.c.image_id == said.c.image_id)
        .outerjoin(ImageReference, col(ImageReference.image_id) == said.c.image_id)
        .where(
            func.coalesce(disputes.c.ruled, 0) == 0,
            col(ImageReference.image_id).is_(None),
        )
        .order_by(col(Image.number))
    )  # fmt: skip
    for image, file, number, state, words, dispute in session.execute(statement):
        answers = []
        for one in sorted(words.split(BETWEEN)):
            user, version, verdict = one.split(INSIDE)
            answers.append((Seat(user, int(version)), Verdict(verdict)))
        yield MarkedImage(image, file, number, state, tuple(answers), dispute)
