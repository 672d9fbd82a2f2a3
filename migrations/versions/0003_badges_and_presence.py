"""A reviewer's badge as a keyed hash; when a shared tablet was last touched."""

import sqlalchemy as sa
from alembic import op

from labeler.store.columns import UtcDateTime

revision = "0003_badges_and_presence"
down_revision = "0002_examples_and_requests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain additions: rebuilding a table that others refer to is nothing SQLite does safely.
    op.add_column("user_account", sa.Column("badge_hash", sa.String(), nullable=True))
    op.create_index("ix_user_account_badge_hash", "user_account", ["badge_hash"], unique=True)
    op.add_column("sign_in_session", sa.Column("last_seen_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("sign_in_session", "last_seen_at")
    op.drop_index("ix_user_account_badge_hash", "user_account")
    op.drop_column("user_account", "badge_hash")
