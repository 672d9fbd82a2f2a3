"""Audit samples with their strata and items; settled labels that were opened again."""

import sqlalchemy as sa
from alembic import op

from labeler.store.columns import UtcDateTime

revision = "0008_audit_samples"
down_revision = "0007_judgements_with_regions"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_sample", "audit_stratum", "audit_item", "reopened_label")


def forbid_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            for deed in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
        return
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION append_only()"
        )


def allow_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return  # SQLite drops a table's triggers with it
    for table in APPEND_ONLY:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")


def upgrade() -> None:
    op.create_table(
        "audit_sample",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("draw", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("continues", sa.String(), nullable=True),
        sa.Column("standard_version", sa.Integer(), nullable=False),
        sa.Column("quick_s", sa.Float(), nullable=True),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.Column("drawn_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["continues"], ["audit_sample.id"]),
        sa.ForeignKeyConstraint(["drawn_by"], ["user_account.id"]),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("project_id", "number", name="samples_in_order"),
    )
    op.create_table(
        "audit_stratum",
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("defect_type", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("out_of_reach", sa.Integer(), nullable=False),
        sa.Column("drawn", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["audit_sample.id"]),
        sa.PrimaryKeyConstraint("sample_id", "defect_type", "stratum"),
    )
    op.create_table(
        "audit_item",
        sa.Column("sample_id", sa.String(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("defect_type", sa.String(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("occasion", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"]),
        sa.ForeignKeyConstraint(["sample_id"], ["audit_sample.id"]),
        sa.PrimaryKeyConstraint("sample_id", "image_id", "defect_type"),
    )
    op.create_index("audit_item_of_image", "audit_item", ["image_id"], unique=False)
    op.create_table(
        "reopened_label",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("image_id", sa.String(), nullable=False),
        sa.Column("defect_type", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("reopened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["image_id"], ["image.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_reopened_label_image_id"), "reopened_label", ["image_id"], unique=False
    )
    op.create_index(
        "image_settling", "image", ["project_id", "state", "settled_at", "judged_version"],
        unique=False,
    )  # fmt: skip
    forbid_changes()


def downgrade() -> None:
    allow_changes()
    op.drop_index("image_settling", "image")
    op.drop_table("reopened_label")
    op.drop_table("audit_item")
    op.drop_table("audit_stratum")
    op.drop_table("audit_sample")
