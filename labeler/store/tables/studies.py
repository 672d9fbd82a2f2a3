"""Attribute agreement studies: their parts with the truth as it was known, and who appraises."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Study(SQLModel, table=True):
    """A planned study; its trials are assignments of an occasion of their own."""

    __tablename__ = "study"
    __table_args__ = (Index("study_list", "project_id", "created_at", "id"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    name: str
    defect_type: str
    trials: int
    pause_h: float
    standard_version: int
    convention: str
    interval: str
    limits: dict[str, Any] = Field(sa_column=json_column())
    state: str
    created_by: str | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = Field(sa_column=time_column())
    ended_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class StudyPart(SQLModel, table=True):
    """One part: an image, and what was known of it when the study was planned.

    `source` is where the truth came from; `judged_before` that an appraiser of the study had
    judged the image in production, and with that may have helped to settle it.
    """

    __tablename__ = "study_part"
    __table_args__ = (UniqueConstraint("study_id", "image_id", name="part_once_per_study"),)

    study_id: str = Field(primary_key=True, foreign_key="study.id")
    number: int = Field(primary_key=True)
    image_id: str = Field(foreign_key="image.id")
    bad: bool
    severity: int | None = None
    near_limit: bool
    source: str
    judged_before: bool


class StudyAppraiser(SQLModel, table=True):
    """Who appraises."""

    __tablename__ = "study_appraiser"

    study_id: str = Field(primary_key=True, foreign_key="study.id")
    user_id: str = Field(primary_key=True, foreign_key="user_account.id")
