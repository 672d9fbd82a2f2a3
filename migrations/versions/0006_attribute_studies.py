"""Attribute agreement studies with their parts and appraisers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from labeler.store.columns import UtcDateTime

revision = "0006_attribute_studies"
down_revision = "0005_golden_parts_of_stations"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("defect_type", sa.String(), nullable=False),
        sa.Column("trials", sa.Integer(), nullable=False),
        sa.Column("pause_h", sa.Float(), nullable=False),
        sa.Column("standard_version", sa.Integer(), nullable=False),
        sa.Column("convention", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("limits", JSON, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("study_list", "study", ["project_id", "created_at", "id"], unique=False)
    op.create_table(
        "study_part",
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("bad", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=True),
        sa.Column("near_limit", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("judged_before", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"]),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"]),
        sa.PrimaryKeyConstraint("study_id", "number"),
        sa.UniqueConstraint("study_id", "image_id", name="part_once_per_study"),
    )
    op.create_table(
        "study_appraiser",
        sa.Column("study_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["study_id"], ["study.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("study_id", "user_id"),
    )


def downgrade() -> None:
    op.drop_table("study_appraiser")
    op.drop_table("study_part")
    op.drop_table("study")
