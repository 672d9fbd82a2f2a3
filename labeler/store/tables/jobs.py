"""Work that outlives a request."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Job(SQLModel, table=True):
    """One piece of work, held by one worker for as long as its heart beats."""

    __tablename__ = "job"
    __table_args__ = (Index("job_queue", "state", "created_at"),)

    id: str = Field(primary_key=True)
    kind: str
    payload: dict[str, Any] = Field(sa_column=json_column())
    state: str
    worker: str | None = None
    attempts: int = 0
    lease_until: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    done: int = 0
    total: int = 0
    error: str | None = None
    cancel_requested: bool = False
    created_at: datetime = Field(sa_column=time_column())
    finished_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
