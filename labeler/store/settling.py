"""Rows of consensus, disputes and rulings."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, case, delete, func, select
from sqlmodel import Session, col

from labeler.store.tables import ConsensusLabel, DisputeRow, Image, RulingRow, User

OPEN, WAITING, RULED, DROPPED = "open", "waiting", "ruled", "dropped"


def replace_labels(session: Session, image_id: str, rows: Sequence[ConsensusLabel]) -> None:
    """Write an image's labels that are not plainly unanimous absent."""
    session.execute(delete(ConsensusLabel).where(col(ConsensusLabel.image_id) == image_id))
    session.add_all(rows)
    session.flush()


def labels(session: Session, image_ids: Sequence[str]) -> dict[str, list[ConsensusLabel]]:
    """The written labels, by image."""
    found: dict[str, list[ConsensusLabel]] = {}
    for start in range(0, len(image_ids), 500):
        statement = (
            select(ConsensusLabel)
            .where(col(ConsensusLabel.image_id).in_(image_ids[start : start + 500]))
            .order_by(col(ConsensusLabel.image_id), col(ConsensusLabel.defect_type))
        )
        for row in session.execute(statement).scalars():
            found.setdefault(row.image_id, []).append(row)
    return found


def disputes_of(session: Session, image_id: str) -> Sequence[DisputeRow]:
    """Every dispute that an image ever had."""
    statement = select(DisputeRow).where(col(DisputeRow.image_id) == image_id)
    return session.execute(statement).scalars().all()


def add_dispute(session: Session, row: DisputeRow) -> None:
    """Insert a dispute."""
    session.add(row)
    session.flush()


def dispute(session: Session, dispute_id: str) -> DisputeRow | None:
    """A dispute's row."""
    return session.get(DisputeRow, dispute_id)


def queue(
    session: Session,
    project_id: str,
    *,
    states: Sequence[str] = (OPEN,),
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> Sequence[Row[DisputeRow, Image]]:
    """(dispute, image) in the order they were opened, after (opened_at, id)."""
    statement = (
        select(DisputeRow, Image)
        .join(Image, col(Image.id) == col(DisputeRow.image_id))
        .where(col(DisputeRow.project_id) == project_id, col(DisputeRow.state).in_(states))
        .order_by(col(DisputeRow.opened_at), col(DisputeRow.id))
        .limit(limit)
    )
    if after is not None:
        at, last = after
        statement = statement.where(
            (col(DisputeRow.opened_at) > at)
            | ((col(DisputeRow.opened_at) == at) & (col(DisputeRow.id) > last))
        )
    return session.execute(statement).all()


def counts(session: Session, project_id: str) -> dict[str, int]:
    """How many disputes of a project are in each state."""
    statement = (
        select(col(DisputeRow.state), func.count())
        .where(col(DisputeRow.project_id) == project_id)
        .group_by(col(DisputeRow.state))
    )
    return {state: int(number) for state, number in session.execute(statement)}


def add_ruling(session: Session, row: RulingRow) -> None:
    """Insert a ruling."""
    session.add(row)
    session.flush()


def rulings(session: Session, image_id: str) -> Sequence[RulingRow]:
    """Every ruling on an image, in the order they were made."""
    statement = (
        select(RulingRow)
        .where(col(RulingRow.image_id) == image_id)
        .order_by(col(RulingRow.ruled_at), col(RulingRow.id))
    )
    return session.execute(statement).scalars().all()


def recent_rulings(
    session: Session, project_id: str, limit: int
) -> Sequence[Row[RulingRow, DisputeRow, str, str]]:
    """(ruling, dispute, file, lead's name), the latest first."""
    statement = (
        select(RulingRow, DisputeRow, col(Image.file), col(User.name))
        .join(DisputeRow, col(DisputeRow.id) == col(RulingRow.dispute_id))
        .join(Image, col(Image.id) == col(RulingRow.image_id))
        .join(User, col(User.id) == col(RulingRow.user_id))
        .where(col(DisputeRow.project_id) == project_id)
        .order_by(col(RulingRow.ruled_at).desc())
        .limit(limit)
    )
    return session.execute(statement).all()


def label_counts(session: Session, project_id: str) -> Sequence[Row[str, int, int]]:
    """(defect type, settled images, of them present) of the written labels."""
    statement = (
        select(
            col(ConsensusLabel.defect_type),
            func.count(),
            func.sum(case((col(ConsensusLabel.verdict) == "present", 1), else_=0)),
        )
        .join(Image, col(Image.id) == col(ConsensusLabel.image_id))
        .where(col(Image.project_id) == project_id)
        .group_by(col(ConsensusLabel.defect_type))
    )
    return session.execute(statement).all()
