"""Rows of audit samples, and what their audits have answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, and_, case, exists, func, insert, select
from sqlmodel import Session, col

from labeler.core.label_accuracy.strata import Stratum
from labeler.core.terms import ImageState, Verdict
from labeler.store.tables import (
    Assignment,
    AuditItem,
    AuditSample,
    AuditStratumRow,
    ConsensusLabel,
    Image,
    JudgementRow,
    ReopenedLabel,
    ReviewRow,
    User,
    Withdrawal,
)

_ROWS_AT_ONCE = 1_000
# What a label said when it was drawn, and its row as it is today.
_SAYS_PRESENT = col(AuditItem.stratum).startswith("present")
_LABEL_OF_ITEM = and_(
    col(ConsensusLabel.image_id) == col(AuditItem.image_id),
    col(ConsensusLabel.defect_type) == col(AuditItem.defect_type),
)


def add(
    session: Session,
    sample: AuditSample,
    strata: Sequence[dict[str, object]],
    items: Sequence[dict[str, object]],
) -> None:
    """Insert a sample with its strata and items."""
    session.add(sample)
    session.flush()
    for table, rows in ((AuditStratumRow, strata), (AuditItem, items)):
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            session.execute(insert(table), rows[start : start + _ROWS_AT_ONCE])


def by_id(session: Session, sample_id: str) -> AuditSample | None:
    """A sample's row."""
    return session.get(AuditSample, sample_id)


def of_project(session: Session, project_id: str) -> Sequence[Row[AuditSample, str]]:
    """(sample, name of who drew it) of a project, the latest first."""
    statement = (
        select(AuditSample, col(User.name))
        .join(User, col(User.id) == col(AuditSample.drawn_by))
        .where(col(AuditSample.project_id) == project_id)
        .order_by(col(AuditSample.number).desc())
    )
    return session.execute(statement).all()


def latest(session: Session, project_id: str) -> AuditSample | None:
    """The last sample of a project."""
    statement = (
        select(AuditSample)
        .where(col(AuditSample.project_id) == project_id)
        .order_by(col(AuditSample.number).desc())
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none()


def strata(session: Session, sample_id: str) -> Sequence[AuditStratumRow]:
    """The strata of a sample."""
    statement = select(AuditStratumRow).where(col(AuditStratumRow.sample_id) == sample_id)
    return session.execute(statement).scalars().all()


@dataclass(frozen=True, slots=True)
class Said:
    """What the audit says of a label; `version` None while nobody has judged it.

    `verdict` is None on an unusable image.
    """

    verdict: Verdict | None
    version: int | None

    @classmethod
    def read(cls, verdict: str | None, unusable: str | None, version: int | None) -> "Said":
        """From columns: a judgement without a row is absent."""
        if unusable is not None or version is None:
            return cls(None, version)
        return cls(Verdict(verdict or Verdict.ABSENT), version)


def _with_answers(sample_id: str, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Columns of a sample's items, beside the live review that answers each and its judgement.

    Joined item by item: a subquery of live reviews would be made from all of the project's.
    """
    taken_back = exists().where(col(Withdrawal.review_id) == col(ReviewRow.id))
    return (
        select(*columns)
        .select_from(AuditItem)
        .outerjoin(
            Assignment,
            and_(
                col(Assignment.image_id) == col(AuditItem.image_id),
                col(Assignment.occasion) == col(AuditItem.occasion),
            ),
        )
        .outerjoin(ReviewRow, and_(col(ReviewRow.assignment_id) == col(Assignment.id), ~taken_back))
        .outerjoin(
            JudgementRow,
            and_(
                col(JudgementRow.review_id) == col(ReviewRow.id),
                col(JudgementRow.defect_type) == col(AuditItem.defect_type),
            ),
        )
        .where(col(AuditItem.sample_id) == sample_id)
    )


_SAID = (col(JudgementRow.verdict), col(ReviewRow.unusable), col(ReviewRow.standard_version))


@dataclass(frozen=True, slots=True)
class AnswerCount:
    """How many counted labels of a stratum have this answer."""

    defect_type: str
    stratum: Stratum
    said: Said
    count: int


def answer_counts(session: Session, sample_id: str) -> list[AnswerCount]:
    """The counted labels of a sample by stratum and answer, the unanswered ones too."""
    kinds = (col(AuditItem.defect_type), col(AuditItem.stratum), *_SAID)
    statement = (
        _with_answers(sample_id, *kinds, func.count())
        .where(col(AuditItem.counted))
        .group_by(*kinds)
    )
    return [
        AnswerCount(code, Stratum(stratum), Said.read(*said), int(count))
        for code, stratum, *said, count in session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """One label of a sample and what the audit says of it."""

    image_id: str
    defect_type: str
    stratum: Stratum
    counted: bool
    occasion: str
    said: Said


def item_answers(session: Session, sample_id: str) -> list[ItemAnswer]:
    """Every label of a sample."""
    statement = _with_answers(
        sample_id, col(AuditItem.image_id), col(AuditItem.defect_type), col(AuditItem.stratum),
        col(AuditItem.counted), col(AuditItem.occasion), *_SAID,
    )  # fmt: skip
    return [
        ItemAnswer(image, code, Stratum(stratum), counted, occasion, Said.read(*said))
        for image, code, stratum, counted, occasion, *said in session.execute(statement)
    ]


def progress(session: Session, sample_id: str) -> tuple[int, int]:
    """(images, of them audited) of a sample."""
    audited = case((col(ReviewRow.id).is_not(None), col(AuditItem.image_id)))
    statement = _with_answers(
        sample_id,
        func.count(func.distinct(col(AuditItem.image_id))),
        func.count(func.distinct(audited)),
    )
    images, judged = session.execute(statement).one()
    return int(images), int(judged)


@dataclass(frozen=True, slots=True)
class WrongLabel:
    """A label that the audit contradicts.

    `stratum` is where it was drawn; `verdict_now` and `source_now` are those of its row today,
    None for a plain absent one; `state` is that of its image.
    """

    image_id: str
    number: int
    file: str
    state: str
    defect_type: str
    stratum: Stratum
    said: Verdict
    auditor: str
    verdict_now: str | None
    source_now: str | None


def wrong_labels(
    session: Session, sample_id: str, *, after: tuple[int, str], limit: int
) -> list[WrongLabel]:
    """Labels of a sample that the audit contradicts, by image and type, after (number, type)."""
    marked = func.coalesce(col(JudgementRow.verdict), Verdict.ABSENT.value)
    number, last = after
    statement = (
        _with_answers(
            sample_id, col(Image.id), col(Image.number), col(Image.file), col(Image.state),
            col(AuditItem.defect_type), col(AuditItem.stratum), marked, col(User.name),
            col(ConsensusLabel.verdict), col(ConsensusLabel.source),
        )
        .join(Image, col(Image.id) == col(AuditItem.image_id))
        .join(User, col(User.id) == col(ReviewRow.user_id))
        .outerjoin(ConsensusLabel, _LABEL_OF_ITEM)
        .where(
            col(ReviewRow.unusable).is_(None),
            marked != Verdict.UNSURE,
            (marked == Verdict.PRESENT) != _SAYS_PRESENT,
            (col(Image.number) > number)
            | ((col(Image.number) == number) & (col(AuditItem.defect_type) > last)),
        )
        .order_by(col(Image.number), col(AuditItem.defect_type))
        .limit(limit)
    )  # fmt: skip
    return [
        WrongLabel(image, place, file, state, code, Stratum(stratum), Verdict(said), *rest)
        for image, place, file, state, code, stratum, said, *rest in session.execute(statement)
    ]


def any_corrected(session: Session, sample_id: str) -> bool:
    """Whether a label of a sample says something else now than when it was drawn."""
    now = func.coalesce(col(ConsensusLabel.verdict), Verdict.ABSENT.value)
    statement = (
        select(col(AuditItem.image_id))
        .join(Image, col(Image.id) == col(AuditItem.image_id))
        .outerjoin(ConsensusLabel, _LABEL_OF_ITEM)
        .where(
            col(AuditItem.sample_id) == sample_id,
            col(Image.state) == ImageState.SETTLED,
            (now == Verdict.PRESENT) != _SAYS_PRESENT,
        )
    )
    return session.execute(statement.limit(1)).first() is not None


def add_reopened(session: Session, row: ReopenedLabel) -> None:
    """Insert a label that is put up for a ruling again."""
    session.add(row)
    session.flush()


def reopened_at(session: Session, image_id: str) -> dict[str, datetime]:
    """When the labels of an image were last put up for a ruling again, by defect type."""
    statement = (
        select(col(ReopenedLabel.defect_type), func.max(col(ReopenedLabel.reopened_at)))
        .where(col(ReopenedLabel.image_id) == image_id)
        .group_by(col(ReopenedLabel.defect_type))
    )
    return {row[0]: row[1] for row in session.execute(statement)}
