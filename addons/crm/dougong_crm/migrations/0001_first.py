"""First."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "lead",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("created_by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("updated_by_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("expected_revenue_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("expected_revenue_currency", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("lost_reason", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "stage IN ('NEW', 'QUALIFIED', 'WON', 'LOST')", name=op.f("ck_lead_stage")
        ),
        sa.CheckConstraint(
            "(expected_revenue_amount IS NULL) = (expected_revenue_currency IS NULL)",
            name=op.f("ck_lead_expected_revenue"),
        ),
        sa.CheckConstraint(
            "length(expected_revenue_currency) = 3", name=op.f("ck_lead_expected_revenue_currency")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_lead_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["dougong.user.id"], name=op.f("fk_lead_owner_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["party.party.id"], name=op.f("fk_lead_party_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_lead_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        schema="crm",
    )
    op.create_index(op.f("ix_lead_owner_id"), "lead", ["owner_id"], unique=False, schema="crm")
    op.create_index(op.f("ix_lead_party_id"), "lead", ["party_id"], unique=False, schema="crm")
    op.create_index(op.f("ix_lead_stage"), "lead", ["stage"], unique=False, schema="crm")
