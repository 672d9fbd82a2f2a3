"""What reviewers found that the standard lacks, and what a lead answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class ChangeRequest(SQLModel, table=True):
    """One thing on one image, part of a review. A trigger forbids changing it."""

    __tablename__ = "change_request"
    __table_args__ = (Index("change_request_list", "project_id", "opened_at", "id"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    image_id: str = Field(foreign_key="image.id", index=True)
    review_id: str = Field(foreign_key="review.id")
    note: str
    text: str
    regions: list[dict[str, Any]] = Field(sa_column=json_column())
    opened_at: datetime = Field(sa_column=time_column())


class ChangeAnswer(SQLModel, table=True):
    """The lead's answer, numbered from 1. A trigger forbids changing it; the last one counts."""

    __tablename__ = "change_answer"

    request_id: str = Field(primary_key=True, foreign_key="change_request.id")
    number: int = Field(primary_key=True)
    kind: str
    defect_type: str | None = None
    text: str
    user_id: str = Field(foreign_key="user_account.id")
    own_review: bool
    answered_at: datetime = Field(sa_column=time_column())
