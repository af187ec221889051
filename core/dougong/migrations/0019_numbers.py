"""Numbers of documents: how far each series has counted, and what its numbers look like."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def _moment(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _person(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name],
        ["dougong.user.id"],
        name=op.f(f"fk_number_pattern_{name}"),
        ondelete="SET NULL",
    )


def upgrade() -> None:
    op.create_table(
        "number_counter",
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("frame", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_number_counter_last")),
        sa.PrimaryKeyConstraint("series", "frame", name=op.f("pk_number_counter")),
        schema="dougong",
    )
    op.create_table(
        "number_pattern",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _moment("created_at"),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        _moment("updated_at"),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_number_pattern_reason")),
        _person("created_by_id"),
        _person("updated_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_pattern")),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_number_pattern_series"), "number_pattern", ["series"], schema="dougong"
    )
    for statement in CHANGES:
        op.execute(statement)


CHANGES = (
    """
    create trigger log_inserted after insert on dougong.number_pattern
    referencing new table as changed
    for each statement execute function dougong.log_rows('dougong.number_pattern', 'CREATED')
    """,
    """
    create trigger versions_stay before update of series, pattern, reason, created_at
    on dougong.number_pattern execute function dougong.refuse_change()
    """,
)
