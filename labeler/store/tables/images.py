"""Images and what is known about them beforehand."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from labeler.store.columns import json_column, time_column


class Image(SQLModel, table=True):
    """One picture of a project.

    `lane` and `position` are its place in the reviewers' queue (higher lanes first, then
    lower positions); `free_places` counts the reviewers it still needs. It is a stored
    count because claiming must cost the same with a hundred thousand images; it changes
    in the transaction that gives or takes a place, and a test recounts it.
    `number` is its place in the order of import and never changes.
    `revision` counts what changed its outcome: a ruling names the one it is based on.
    """

    __tablename__ = "image"
    __table_args__ = (
        UniqueConstraint("project_id", "sha256", name="image_once_per_project"),
        CheckConstraint("free_places >= 0", name="places_never_oversold"),
        Index(
            "image_queue",
            "project_id", "lane", "position",
            sqlite_where=text("free_places > 0"),
            postgresql_where=text("free_places > 0"),
        ),
        Index("image_state", "project_id", "state", "number"),
        Index("image_list", "project_id", "number"),
        Index("image_settling", "project_id", "state", "settled_at", "judged_version"),
        Index("image_file", "project_id", "file"),
    )  # fmt: skip

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    sha256: str = Field(index=True)
    file: str
    format: str
    bytes: int = Field(sa_column=Column(BigInteger, nullable=False))
    width_px: int
    height_px: int
    bit_depth: int
    channels: int
    upright: bool
    pixel_sha256: str
    perceptual_hash: str
    lot: str | None = None
    unit: str | None = None
    line: str | None = None
    station: str | None = None
    captured_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))
    golden_file: str | None = None
    context: dict[str, Any] = Field(sa_column=json_column())
    priority: int = 0
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    lane: int
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    free_places: int
    state: str
    revision: int = 0
    judged_version: int | None = None
    imported_at: datetime = Field(sa_column=time_column())
    settled_at: datetime | None = Field(default=None, sa_column=time_column(nullable=True))


class GoldenPicture(SQLModel, table=True):
    """The picture of a good part; images name it by `golden_file`."""

    __tablename__ = "golden_picture"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    file: str = Field(primary_key=True)
    sha256: str


class StationGolden(SQLModel, table=True):
    """The picture of a good part for a camera station; not judged.

    It stands beside the images of the station that have no `golden_file` of their own.
    """

    __tablename__ = "station_golden"

    project_id: str = Field(primary_key=True, foreign_key="project.id")
    station: str = Field(primary_key=True)
    sha256: str
    file: str
    set_by: str = Field(foreign_key="user_account.id")
    set_at: datetime = Field(sa_column=time_column())


class Thumbnail(SQLModel, table=True):
    """64 × 64 gray bytes for the near-duplicate check, kept out of the wide row."""

    __tablename__ = "thumbnail"

    sha256: str = Field(primary_key=True)
    gray: bytes


class ImageReference(SQLModel, table=True):
    """Known truth: present defect types with their severity; an empty object means OK."""

    __tablename__ = "image_reference"

    image_id: str = Field(primary_key=True, foreign_key="image.id")
    labels: dict[str, int | None] = Field(sa_column=json_column())
