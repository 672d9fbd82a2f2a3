"""Consensus, disputes and rulings."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class ConsensusLabel(SQLModel, table=True):
    """The settled value of one defect type on one image.

    A type that all counting reviews call absent has no row: on a settled image it is
    unanimously absent if the image's `judged_version` has it.
    """

    __tablename__ = "consensus_label"
    __table_args__ = (Index("consensus_of_type", "defect_type", "verdict"),)

    image_id: str = Field(primary_key=True, foreign_key="image.id")
    defect_type: str = Field(primary_key=True)
    verdict: str
    severity: int | None = None
    regions: list[dict[str, Any]] = Field(sa_column=json_column())
    source: str
    n_present: int
    n_absent: int
    n_unsure: int


class DisputeRow(SQLModel, table=True):
    """What the settling rule could not settle; `defect_type` is empty for `unusable`."""

    __tablename__ = "dispute"
    __table_args__ = (
        UniqueConstraint("image_id", "defect_type", "kind", name="dispute_once"),
        Index("dispute_queue", "project_id", "state", "opened_at", "id"),
    )

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    image_id: str = Field(foreign_key="image.id")
    defect_type: str
    kind: str
    state: str
    opened_at: datetime = Field(sa_column=time_column())


class RulingRow(SQLModel, table=True):
    """The lead's decision. A trigger forbids changing it; the last one counts.

    `basis` names the reviews it was made on: when they change, it no longer applies.
    """

    __tablename__ = "ruling"

    id: str = Field(primary_key=True)
    dispute_id: str = Field(foreign_key="dispute.id", index=True)
    image_id: str = Field(foreign_key="image.id", index=True)
    defect_type: str
    kind: str
    verdict: str
    severity: int | None = None
    regions: list[dict[str, Any]] | None = Field(default=None, sa_column=json_column(nullable=True))
    reason: str
    clause: str | None = None
    user_id: str = Field(foreign_key="user_account.id")
    own_review: bool
    basis: str
    ruled_at: datetime = Field(sa_column=time_column())
