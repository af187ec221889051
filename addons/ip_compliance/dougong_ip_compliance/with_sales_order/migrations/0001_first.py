"""Which contracts are looked at for intellectual property."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "contract_rights",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("touches_rights", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("rights_verdict", sa.Text(), nullable=True),
        sa.Column("rights_note", sa.Text(), nullable=True),
        sa.Column("rights_reviewed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("rights_reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "rights_verdict IN ('CLEARED', 'OBJECTED')",
            name=op.f("ck_contract_rights_rights_verdict"),
        ),
        sa.ForeignKeyConstraint(
            ["id"],
            ["sales_order.contract.id"],
            name=op.f("fk_contract_rights_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rights_reviewed_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_contract_rights_rights_reviewed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_rights")),
        schema="ip_compliance__sales_order",
    )
    op.create_table(
        "rights_review_rule",
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
        sa.Column("amount_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("amount_currency", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_amount >= 0", name=op.f("ck_rights_review_rule_amount")),
        sa.CheckConstraint(
            "length(amount_currency) = 3", name=op.f("ck_rights_review_rule_amount_currency")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_rights_review_rule_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_rights_review_rule_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_review_rule")),
        sa.UniqueConstraint("amount_currency", name=op.f("uq_rights_review_rule_amount_currency")),
        schema="ip_compliance__sales_order",
    )
