"""Everything that an audit sample is drawn from: settled labels and how they came about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, func, or_, select, union
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.core.terms import ImageState, Verdict
from labeler.store.tables import (
    Assignment,
    AuditItem,
    ConsensusLabel,
    Image,
    JudgementRow,
    ReviewRow,
    RulingRow,
    Withdrawal,
)

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class SettledRow:
    """An image whose labels are settled; `number` is its place in the order of import."""

    id: str
    number: int
    judged_version: int


def settled(session: Session, project_id: str) -> Iterator[SettledRow]:
    """The settled images of a project in the order of import."""
    statement = (
        select(col(Image.id), col(Image.number), col(Image.judged_version))
        .where(
            col(Image.project_id) == project_id,
            col(Image.state) == ImageState.SETTLED,
            col(Image.judged_version).is_not(None),
        )
        .order_by(col(Image.number))
    )
    for row in session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
        yield SettledRow(*row)


def numbers(session: Session, image_ids: Sequence[str]) -> dict[str, int]:
    """The places in the order of import of images that can still be used."""
    found: dict[str, int] = {}
    for start in range(0, len(image_ids), 500):
        statement = select(col(Image.id), col(Image.number)).where(
            col(Image.id).in_(image_ids[start : start + 500]),
            col(Image.state) != ImageState.UNUSABLE,
        )
        found.update({row.id: row.number for row in session.execute(statement)})
    return found


def written_labels(session: Session, project_id: str) -> Iterator[Row[str, str, str, str]]:
    """(image, defect type, verdict, source) of the settled images' labels that have a row."""
    statement = (
        select(
            col(ConsensusLabel.image_id), col(ConsensusLabel.defect_type),
            col(ConsensusLabel.verdict), col(ConsensusLabel.source),
        )
        .join(Image, col(Image.id) == col(ConsensusLabel.image_id))
        .where(col(Image.project_id) == project_id, col(Image.state) == ImageState.SETTLED)
    )  # fmt: skip
    yield from session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE))


def _production(project_id: str, *, counting: bool) -> Select[str, str, float | None]:
    """(review, image, seconds) of production reviews that count, or of those that do not."""
    statement = (
        select(col(ReviewRow.id), col(ReviewRow.image_id), col(ReviewRow.elapsed_s))
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .where(col(ReviewRow.project_id) == project_id, col(Assignment.occasion) == PRODUCTION)
    )
    taken_back, extra = (
        col(Withdrawal.review_id).is_not(None),
        col(Assignment.place).is_(None),
    )
    if counting:
        return statement.where(~taken_back, ~extra)
    return statement.where(or_(taken_back, extra))


def doubted(session: Session, project_id: str) -> set[tuple[str, str]]:
    """(image, defect type) that a review which does not count calls present or can't tell.

    Such a review is an extra one, or its author took it back.
    """
    beside = _production(project_id, counting=False).subquery()
    statement = (
        select(beside.c.image_id, col(JudgementRow.defect_type))
        .join(JudgementRow, col(JudgementRow.review_id) == beside.c.id)
        .where(col(JudgementRow.verdict).in_((Verdict.PRESENT, Verdict.UNSURE)))
        .distinct()
    )
    return {(image, code) for image, code in session.execute(statement)}


def quick_below(session: Session, project_id: str, share: float) -> float | None:
    """The viewing time in seconds below which about `share` of the counting reviews lie.

    None where no review says how long it took.
    """
    timed = _production(project_id, counting=True).where(col(ReviewRow.elapsed_s).is_not(None))
    count = session.execute(select(func.count()).select_from(timed.subquery())).scalar_one()
    if not count:
        return None
    times = timed.with_only_columns(col(ReviewRow.elapsed_s)).order_by(col(ReviewRow.elapsed_s))
    return float(session.execute(times.offset(int(count * share)).limit(1)).scalar_one() or 0.0)


def quick(session: Session, project_id: str, below_s: float) -> set[str]:
    """Images of which a counting review took less than so many seconds."""
    timed = _production(project_id, counting=True).where(col(ReviewRow.elapsed_s) < below_s)
    statement = timed.with_only_columns(col(ReviewRow.image_id)).distinct()
    return set(session.execute(statement).scalars())


def known_to(session: Session, project_id: str, user_id: str) -> set[str]:
    """Images that somebody may not audit: they were given to them in production, or ruled on."""
    given = select(col(Assignment.image_id)).where(
        col(Assignment.project_id) == project_id,
        col(Assignment.user_id) == user_id,
        col(Assignment.occasion) == PRODUCTION,
        col(Assignment.state) != AssignmentState.LAPSED,
    )
    ruled = (
        select(col(RulingRow.image_id))
        .join(Image, col(Image.id) == col(RulingRow.image_id))
        .where(col(Image.project_id) == project_id, col(RulingRow.user_id) == user_id)
    )
    return set(session.execute(union(given, ruled)).scalars())


def has_reviewed(session: Session, project_id: str, user_id: str) -> bool:
    """Whether somebody was given images of a project to review."""
    given = select(col(Assignment.id)).where(
        col(Assignment.project_id) == project_id,
        col(Assignment.user_id) == user_id,
        col(Assignment.occasion) == PRODUCTION,
    )
    return session.execute(given.limit(1)).first() is not None


def label_counts(
    session: Session, project_id: str, *, since: datetime, sample_id: str
) -> tuple[dict[int, int], list[Row[str, str, str, int]]]:
    """Images settled `since` by the version they were judged by, and their labels that have a row.

    The labels are counted by (defect type, verdict, source). The images of the sample
    `sample_id` are left out.
    """
    drawn = select(col(AuditItem.image_id)).where(col(AuditItem.sample_id) == sample_id)
    wanted = (
        col(Image.project_id) == project_id, col(Image.state) == ImageState.SETTLED,
        col(Image.settled_at) > since, col(Image.id).not_in(drawn),
    )  # fmt: skip
    versions = (
        select(col(Image.judged_version), func.count())
        .where(*wanted, col(Image.judged_version).is_not(None))
        .group_by(col(Image.judged_version))
    )
    labels = (
        select(
            col(ConsensusLabel.defect_type), col(ConsensusLabel.verdict),
            col(ConsensusLabel.source), func.count(),
        )
        .join(Image, col(Image.id) == col(ConsensusLabel.image_id))
        .where(*wanted)
        .group_by(
            col(ConsensusLabel.defect_type), col(ConsensusLabel.verdict),
            col(ConsensusLabel.source),
        )
    )  # fmt: skip
    by_version = {version: int(count) for version, count in session.execute(versions)}
    return by_version, list(session.execute(labels))
