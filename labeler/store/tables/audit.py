"""The chain of events."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Event(SQLModel, table=True):
    """Who changed what; each event carries the hash of the one before. Never changed."""

    __tablename__ = "event"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=time_column())
    actor: str
    action: str
    subject: str
    data: dict[str, Any] = Field(sa_column=json_column())
    previous_hash: str
    hash: str
