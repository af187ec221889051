"""Imports that are too large for one transaction, and the portions that they are done in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("how", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column(
            "began_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("said", sa.Text()),
        sa.CheckConstraint(
            "state in ('CHECKING', 'WRITING', 'UNDOING', 'DONE', 'REFUSED', 'CANCELLED', 'FAILED')",
            name=op.f("ck_import_run_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        schema="dougong",
    )
    op.create_index(op.f("ix_import_run_user_id"), "import_run", ["user_id"], schema="dougong")
    op.create_table(
        "import_portion",
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("lines", sa.LargeBinary()),
        sa.Column("records", postgresql.ARRAY(sa.BigInteger())),
        sa.Column("updated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bad", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problems", postgresql.JSONB()),
        sa.CheckConstraint(
            "state in ('WAITING', 'CHECKED', 'DONE', 'UNDONE')",
            name=op.f("ck_import_portion_state"),
        ),
        sa.ForeignKeyConstraint(
            ["run"],
            ["dougong.import_run.id"],
            name=op.f("fk_import_portion_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_import_portion")),
        schema="dougong",
    )
