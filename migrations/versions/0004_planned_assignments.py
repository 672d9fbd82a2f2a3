"""Assignments that are planned ahead: audits, trials of studies, hidden repeats."""

import sqlalchemy as sa
from alembic import op

from labeler.store.columns import UtcDateTime

revision = "0004_planned_assignments"
down_revision = "0003_badges_and_presence"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain additions: rebuilding a table that others refer to is nothing SQLite does safely.
    op.add_column("assignment", sa.Column("due_at", UtcDateTime(), nullable=True))
    op.add_column("assignment", sa.Column("turn", sa.Integer(), nullable=True))
    for name, columns, condition in INDEXES:
        op.create_index(
            name,
            "assignment",
            columns,
            unique=False,
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )


def downgrade() -> None:
    for name, _columns, _condition in INDEXES:
        op.drop_index(name, "assignment")
    # What was only planned has no meaning to an older version; what was answered stays.
    op.execute("DELETE FROM assignment WHERE state = 'planned'")
    op.drop_column("assignment", "turn")
    op.drop_column("assignment", "due_at")


INDEXES = (
    (
        "planned_assignments",
        ["project_id", "user_id", "due_at", "turn"],
        "state = 'planned'",
    ),
    ("measuring_assignments", ["project_id", "occasion"], "occasion <> 'production'"),
)
