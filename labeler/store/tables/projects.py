"""Projects and the versions of their labeling standard."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Project(SQLModel, table=True):
    """One inspection task: a product at a station.

    `next_position` is the place behind the last image of the queue.
    """

    __tablename__ = "project"
    __table_args__ = (CheckConstraint("overlap BETWEEN 2 AND 5", name="overlap_2_to_5"),)

    id: str = Field(primary_key=True)
    code: str = Field(unique=True)
    name: str
    overlap: int
    majority: bool
    data_class: str
    standard_version: int
    next_position: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    created_at: datetime = Field(sa_column=time_column())


class StandardVersion(SQLModel, table=True):
    """A published version; it never changes."""

    __tablename__ = "standard_version"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    version: int = Field(primary_key=True)
    document: dict[str, Any] = Field(sa_column=json_column())
    published_by: str | None = Field(default=None, foreign_key="user_account.id")
    published_at: datetime = Field(sa_column=time_column())


class StandardDraft(SQLModel, table=True):
    """The next version while it is being written."""

    __tablename__ = "standard_draft"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    document: dict[str, Any] = Field(sa_column=json_column())
    saved_by: str = Field(foreign_key="user_account.id")
    saved_at: datetime = Field(sa_column=time_column())


class ExamplePicture(SQLModel, table=True):
    """A file that a lead uploaded as an example of the standard; it is not judged."""

    __tablename__ = "example_picture"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    sha256: str = Field(primary_key=True)
    file: str
    uploaded_by: str = Field(foreign_key="user_account.id")
    uploaded_at: datetime = Field(sa_column=time_column())
