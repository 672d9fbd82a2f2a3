"""Exports and the ledger of splits."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Export(SQLModel, table=True):
    """A frozen dataset version; how far it is stands in its job."""

    __tablename__ = "export"

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id", index=True)
    job_id: str = Field(foreign_key="job.id")
    recipe: dict[str, Any] = Field(sa_column=json_column())
    counts: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    file: str | None = None
    sha256: str | None = None
    bytes: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    receipt: dict[str, Any] | None = Field(default=None, sa_column=json_column(nullable=True))
    requested_by: str | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = Field(sa_column=time_column())
    deleted_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class SplitEntry(SQLModel, table=True):
    """The split an image was given by the first export of a splitting rule; it never moves."""

    __tablename__ = "split_entry"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    rule: str = Field(primary_key=True)
    image_sha256: str = Field(primary_key=True)
    split: str
