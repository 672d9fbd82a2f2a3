"""Assignments and the append-only reviews."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Assignment(SQLModel, table=True):
    """One image promised to one reviewer for a time.

    `place` is one of the image's `overlap` places, or None when it holds none (expired,
    withdrawn, or an extra review). One row per reviewer and occasion, one holder per
    place: the database itself keeps the quota. Outside production there are no places;
    `due_at` (not shown before) and `turn` (the order within it) belong to what is planned.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        UniqueConstraint("image_id", "user_id", "occasion", name="judged_once_per_occasion"),
        UniqueConstraint("image_id", "occasion", "place", name="one_holder_per_place"),
        Index(
            "open_leases", "project_id", "user_id", "expires_at",
            sqlite_where=text("state = 'leased'"), postgresql_where=text("state = 'leased'"),
        ),
        Index(
            "lapsing_leases", "project_id", "expires_at",
            sqlite_where=text("state = 'leased'"), postgresql_where=text("state = 'leased'"),
        ),
        Index(
            "planned_assignments", "project_id", "user_id", "due_at", "turn",
            sqlite_where=text("state = 'planned'"), postgresql_where=text("state = 'planned'"),
        ),
        Index(
            "measuring_assignments", "project_id", "occasion",
            sqlite_where=text("occasion <> 'production'"),
            postgresql_where=text("occasion <> 'production'"),
        ),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    image_id: str = Field(foreign_key="image.id")
    user_id: str = Field(foreign_key="user_account.id", index=True)
    occasion: str
    place: int | None = None
    state: str
    standard_version: int
    expires_at: datetime = Field(sa_column=time_column())
    due_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    turn: int | None = None


class QueueCursor(SQLModel, table=True):
    """How far a reviewer has come in one lane: nothing before it is left for them."""

    __tablename__ = "queue_cursor"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    user_id: str = Field(primary_key=True, foreign_key="user_account.id")
    lane: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class ReviewRow(SQLModel, table=True):
    """What one reviewer submitted for one image. A trigger forbids changing it."""

    __tablename__ = "review"

    number: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
    )
    id: str = Field(unique=True)
    submission_id: str = Field(unique=True)
    payload_sha256: str
    project_id: str = Field(foreign_key="project.id", index=True)
    image_id: str = Field(foreign_key="image.id", index=True)
    assignment_id: str = Field(foreign_key="assignment.id", index=True)
    user_id: str = Field(foreign_key="user_account.id")
    station_id: str | None = Field(default=None, foreign_key="station.id")
    standard_version: int
    unusable: str | None = None
    extra: bool
    reviewed_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    elapsed_s: float | None = None
    received_at: datetime = Field(sa_column=time_column())


class JudgementRow(SQLModel, table=True):
    """A judgement that is not plainly absent; absent ones have no row, like 98 % of all."""

    __tablename__ = "judgement"
    __table_args__ = (
        Index("judgement_of_type", "defect_type", "review_id"),
        # Few judgements have a place; whoever compares places needs no look at the others.
        Index(
            "judgement_with_regions", "review_id", "defect_type",
            sqlite_where=text("regions <> '[]'"), postgresql_where=text("regions <> '[]'"),
        ),
    )  # fmt: skip

    review_id: str = Field(primary_key=True, foreign_key="review.id")
    defect_type: str = Field(primary_key=True)
    verdict: str
    severity: int | None = None
    regions: list[dict[str, Any]] = Field(sa_column=json_column())


class Withdrawal(SQLModel, table=True):
    """A review taken back by its author; the review itself stays."""

    __tablename__ = "withdrawal"

    review_id: str = Field(primary_key=True, foreign_key="review.id")
    reason: str
    user_id: str = Field(foreign_key="user_account.id")
    withdrawn_at: datetime = Field(sa_column=time_column())
