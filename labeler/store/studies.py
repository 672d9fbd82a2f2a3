"""Rows of attribute agreement studies, and the images that one can be drawn from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, select, text, update
from sqlmodel import Session, col

from labeler.core.assignments import PRODUCTION, AssignmentState
from labeler.core.msa.plan import StudyState
from labeler.core.terms import ImageState, Source, Verdict
from labeler.store.core_tables import ASSIGNMENT
from labeler.store.tables import (
    Assignment,
    ConsensusLabel,
    Image,
    ImageReference,
    Study,
    StudyAppraiser,
    StudyPart,
    User,
)

_A = ASSIGNMENT.c


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image whose truth about one defect type is known, and from where.

    `doubted` is that a reviewer once said something else or could not tell; `judged` that one
    of the appraisers asked for has judged it in production.
    """

    image_id: str
    unit: str | None
    station: str | None
    bad: bool
    severity: int | None
    source: Source
    doubted: bool
    judged: bool


def _judged_by(user_ids: Sequence[str]) -> ColumnElement[bool]:
    return (
        select(col(Assignment.id))
        .where(
            col(Assignment.image_id) == col(Image.id),
            col(Assignment.user_id).in_(user_ids),
            col(Assignment.occasion) == PRODUCTION,
            col(Assignment.state) == AssignmentState.SUBMITTED.value,
        )
        .exists()
    )


def referenced(
    session: Session,
    project_id: str,
    defect_type: str,
    user_ids: Sequence[str],
    shown: Collection[str],
) -> list[KnownImage]:
    """Images with a known reference: it says something of every defect type.

    `shown` are contents (SHA-256) that are never drawn, here and below: the standard's examples.
    """
    statement = (
        select(
            col(Image.id), col(Image.unit), col(Image.station), col(ImageReference.labels),
            _judged_by(user_ids),
        )
        .join(ImageReference, col(ImageReference.image_id) == col(Image.id))
        .where(col(Image.project_id) == project_id, col(Image.sha256).not_in(shown))
        .order_by(col(Image.number))
    )  # fmt: skip
    return [
        KnownImage(
            image, unit, station, defect_type in labels, labels.get(defect_type),
            Source.REFERENCE, doubted=False, judged=bool(judged),
        )
        for image, unit, station, labels, judged in session.execute(statement)
    ]  # fmt: skip


def _settled(project_id: str, shown: Collection[str]) -> Select[str, str | None, str | None]:
    """Settled images without a reference."""
    return (
        select(col(Image.id), col(Image.unit), col(Image.station))
        .outerjoin(ImageReference, col(ImageReference.image_id) == col(Image.id))
        .where(
            col(Image.project_id) == project_id,
            col(Image.state) == ImageState.SETTLED.value,
            col(ImageReference.image_id).is_(None),
            col(Image.sha256).not_in(shown),
        )
        .order_by(col(Image.number))
    )


def labelled(
    session: Session,
    project_id: str,
    defect_type: str,
    user_ids: Sequence[str],
    shown: Collection[str],
) -> list[KnownImage]:
    """Settled images whose label of the type is written: all that are not plainly absent."""
    statement = (
        _settled(project_id, shown)
        .join(ConsensusLabel, col(ConsensusLabel.image_id) == col(Image.id))
        .where(col(ConsensusLabel.defect_type) == defect_type)
        .add_columns(
            col(ConsensusLabel.verdict), col(ConsensusLabel.severity),
            col(ConsensusLabel.source), col(ConsensusLabel.n_present),
            col(ConsensusLabel.n_absent), col(ConsensusLabel.n_unsure), _judged_by(user_ids),
        )
    )  # fmt: skip
    found = []
    for row in session.execute(statement):
        image, unit, station, verdict, severity, source, present, absent, unsure, judged = row
        bad = verdict == Verdict.PRESENT
        doubted = unsure > 0 or (absent if bad else present) > 0 or source == Source.RULED
        found.append(
            KnownImage(image, unit, station, bad, severity, Source(source), doubted, bool(judged))
        )
    return found


def plainly_absent(
    session: Session,
    project_id: str,
    defect_type: str,
    versions: Sequence[int],
    user_ids: Sequence[str],
    shown: Collection[str],
    *,
    step: int,
    offset: int,
) -> list[KnownImage]:
    """Settled images that all call free of the type, one in `step` by their number.

    `versions` are those of the standard that have the type.
    """
    written = select(col(ConsensusLabel.image_id)).where(
        col(ConsensusLabel.image_id) == col(Image.id),
        col(ConsensusLabel.defect_type) == defect_type,
    )
    statement = (
        _settled(project_id, shown)
        .where(
            col(Image.judged_version).in_(versions),
            ~written.exists(),
            col(Image.number) % step == offset,
        )
        .add_columns(_judged_by(user_ids))
    )
    return [
        KnownImage(
            image, unit, station, bad=False, severity=None, source=Source.UNANIMOUS,
            doubted=False, judged=bool(judged),
        )
        for image, unit, station, judged in session.execute(statement)
    ]  # fmt: skip


def add(session: Session, study: Study, parts: Sequence[StudyPart], users: Sequence[str]) -> None:
    """Insert a study with its parts and appraisers."""
    session.add(study)
    session.flush()
    session.add_all(parts)
    session.add_all([StudyAppraiser(study_id=study.id, user_id=user) for user in users])
    session.flush()


def by_id(session: Session, study_id: str) -> Study | None:
    """A study's row."""
    return session.get(Study, study_id)


def of_project(session: Session, project_id: str) -> Sequence[Study]:
    """The studies of a project, the latest first."""
    statement = (
        select(Study)
        .where(col(Study.project_id) == project_id)
        .order_by(col(Study.created_at).desc(), col(Study.id).desc())
    )
    return session.execute(statement).scalars().all()


def parts(session: Session, study_id: str) -> Sequence[Row[StudyPart, str]]:
    """(part, file of its image) in the order of their numbers."""
    statement = (
        select(StudyPart, col(Image.file))
        .join(Image, col(Image.id) == col(StudyPart.image_id))
        .where(col(StudyPart.study_id) == study_id)
        .order_by(col(StudyPart.number))
    )
    return session.execute(statement).all()


class PartKind(NamedTuple):
    """So many parts of a study whose truth is of one source and kind."""

    study_id: str
    source: str
    bad: bool
    near_limit: bool
    judged_before: bool
    parts: int


def part_kinds(session: Session, study_ids: Sequence[str]) -> list[PartKind]:
    """The parts of studies, counted by what is known of them."""
    kind = (
        col(StudyPart.study_id), col(StudyPart.source), col(StudyPart.bad),
        col(StudyPart.near_limit), col(StudyPart.judged_before),
    )  # fmt: skip
    statement = (
        select(*kind, func.count())
        .where(col(StudyPart.study_id).in_(study_ids))
        .group_by(*kind)
        .order_by(*kind)
    )
    return [PartKind(*row) for row in session.execute(statement)]


def appraisers(session: Session, study_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """The appraisers' names by id, in the order of their names; by study."""
    statement = (
        select(col(StudyAppraiser.study_id), col(User.id), col(User.name))
        .join(User, col(User.id) == col(StudyAppraiser.user_id))
        .where(col(StudyAppraiser.study_id).in_(study_ids))
        .order_by(col(User.name))
    )
    found: dict[str, dict[str, str]] = {}
    for study, user, name in session.execute(statement):
        found.setdefault(study, {})[user] = name
    return found


def submitted(
    session: Session, project_id: str, occasions: Sequence[str]
) -> Mapping[tuple[str, str], int]:
    """How many assignments are answered, by (user, occasion)."""
    statement = (
        select(_A.user_id, _A.occasion, func.count())
        .where(
            _A.project_id == project_id,
            text("assignment.occasion <> 'production'"),
            _A.occasion.in_(occasions),
            _A.state == AssignmentState.SUBMITTED.value,
        )
        .group_by(_A.user_id, _A.occasion)
    )
    return {(user, occasion): int(n) for user, occasion, n in session.execute(statement)}


def order_of(session: Session, project_id: str, occasion: str, user_id: str) -> list[str]:
    """The images planned for an appraiser in a trial, in their order."""
    statement = (
        select(_A.image_id)
        .where(
            _A.project_id == project_id,
            text("assignment.occasion <> 'production'"),
            _A.occasion == occasion,
            _A.user_id == user_id,
        )
        .order_by(_A.due_at, _A.turn)
    )
    return [image for (image,) in session.execute(statement)]


def end(session: Session, study_id: str, state: StudyState, at: datetime) -> None:
    """Write down that a study is over."""
    session.execute(
        update(Study).where(col(Study.id) == study_id).values(state=state.value, ended_at=at)
    )
