"""Saved reports: statistics that are kept under a name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"


def _moment(name: str) -> sa.Column:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _asked(name: str) -> sa.Column:
    return sa.Column(name, JSONB(none_as_null=True), nullable=True)


def _person(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name], ["dougong.user.id"], name=op.f(f"fk_saved_report_{name}"), ondelete="SET NULL"
    )


def upgrade() -> None:
    op.create_table(
        "saved_report",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _moment("created_at"),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        _moment("updated_at"),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("entity", sa.Text(), nullable=False),
        *(_asked(name) for name in ("where", "group_by", "measures", "order_by")),
        sa.Column("first", sa.Integer(), nullable=True),
        sa.Column("shared_with_role", sa.Text(), nullable=True),
        sa.Column("shared_with_all", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint("btrim(name) <> ''", name=op.f("ck_saved_report_name")),
        sa.CheckConstraint("first > 0", name=op.f("ck_saved_report_first")),
        *(_person(name) for name in ("created_by_id", "updated_by_id", "owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_report")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_report_owner_id_name")),
        schema="dougong",
    )
    op.create_index(
        op.f("ix_saved_report_owner_id"), "saved_report", ["owner_id"], schema="dougong"
    )
    for statement in CHANGES:
        op.execute(statement)


CHANGES = tuple(
    f"""
    create trigger log_{what} after {event} on dougong.saved_report
    referencing {rows} table as changed
    for each statement execute function dougong.log_rows('dougong.saved_report', '{said}')
    """
    for what, event, rows, said in (
        ("inserted", "insert", "new", "CREATED"),
        ("updated", "update", "new", "UPDATED"),
        ("deleted", "delete", "old", "DELETED"),
    )
)
