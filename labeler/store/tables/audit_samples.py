"""Audit samples: what was drawn, from how many, and labels that were opened again."""

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from labeler.store.columns import time_column


class AuditSample(SQLModel, table=True):
    """One draw of settled labels for a blind audit. A trigger forbids changing it.

    `number` counts the samples of a project, `draw` those of the same labels: a draw that
    `continues` another has its random `key` and its items; one that begins another audit of labels
    of which none was corrected has neither, and is counted on all the same. `quick_s` is below
    which a review counted as quick.
    """

    __tablename__ = "audit_sample"
    __table_args__ = (UniqueConstraint("project_id", "number", name="samples_in_order"),)

    id: str = Field(primary_key=True)
    project_id: str = Field(foreign_key="project.id")
    number: int
    draw: int
    key: str
    continues: str | None = Field(default=None, foreign_key="audit_sample.id")
    standard_version: int
    quick_s: float | None = None
    drawn_by: str = Field(foreign_key="user_account.id")
    drawn_at: datetime = Field(sa_column=time_column())


class AuditStratumRow(SQLModel, table=True):
    """A stratum when it was drawn from: `drawn` of `labels` − `out_of_reach` is its rate."""

    __tablename__ = "audit_stratum"

    sample_id: str = Field(primary_key=True, foreign_key="audit_sample.id")
    defect_type: str = Field(primary_key=True)
    stratum: str = Field(primary_key=True)
    labels: int
    out_of_reach: int
    drawn: int


class AuditItem(SQLModel, table=True):
    """A label of a drawn image as it stood when it was first drawn: its stratum says its verdict.

    `counted` ones were drawn for their own type and make the figures; the others only lie on the
    same image. `occasion` is the assignment's that asks for its audit, an earlier draw's perhaps.
    """

    __tablename__ = "audit_item"
    __table_args__ = (Index("audit_item_of_image", "image_id"),)

    sample_id: str = Field(primary_key=True, foreign_key="audit_sample.id")
    image_id: str = Field(primary_key=True, foreign_key="image.id")
    defect_type: str = Field(primary_key=True)
    stratum: str
    counted: bool
    occasion: str


class ReopenedLabel(SQLModel, table=True):
    """A settled label that a lead put up for a ruling again. A trigger forbids changing it.

    Rulings on its type that were made before no longer count.
    """

    __tablename__ = "reopened_label"

    id: str = Field(primary_key=True)
    image_id: str = Field(foreign_key="image.id", index=True)
    defect_type: str
    reason: str
    user_id: str = Field(foreign_key="user_account.id")
    reopened_at: datetime = Field(sa_column=time_column())
