"""The picture of a good part for each camera station of a project."""

import sqlalchemy as sa
from alembic import op

from labeler.store.columns import UtcDateTime

revision = "0005_golden_parts_of_stations"
down_revision = "0004_planned_assignments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "station_golden",
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("station", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.ForeignKeyConstraint(["set_by"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("project_id", "station"),
    )


def downgrade() -> None:
    op.drop_table("station_golden")
