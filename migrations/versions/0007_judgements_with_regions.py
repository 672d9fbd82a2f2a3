"""An index of the judgements that have a place: agreement on place looks at no others."""

import sqlalchemy as sa
from alembic import op

revision = "0007_judgements_with_regions"
down_revision = "0006_attribute_studies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    condition = sa.text("regions <> '[]'")
    op.create_index(
        "judgement_with_regions",
        "judgement",
        ["review_id", "defect_type"],
        unique=False,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def downgrade() -> None:
    op.drop_index("judgement_with_regions", "judgement")
