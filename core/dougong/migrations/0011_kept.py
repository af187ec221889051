"""What is removed may be kept, set aside under another name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "kept",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("foreign_keys", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "kept_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kept")),
        schema="dougong",
    )
    op.add_column("addon", sa.Column("rows", sa.Text(), nullable=True), schema="dougong")
    op.create_check_constraint(
        op.f("ck_addon_rows"),
        "addon",
        "rows in ('ARCHIVE', 'KEEP', 'DELETE')",
        schema="dougong",
    )
