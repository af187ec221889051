"""Two reviews of orders, what customers may owe, and how soon orders are to be submitted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "customer_terms",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("payment_method", sa.Text(), nullable=True),
        sa.Column("payment_days", sa.Integer(), nullable=True),
        sa.Column("credit_limit_amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("credit_limit_currency", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "payment_method IN ('PREPAYMENT', 'ON_ACCOUNT', 'BANK_TRANSFER', 'CARD', 'CASH', 'CASH_ON_DELIVERY')",
            name=op.f("ck_customer_terms_payment_method"),
        ),
        sa.CheckConstraint(
            "(credit_limit_amount IS NULL) = (credit_limit_currency IS NULL)",
            name=op.f("ck_customer_terms_credit_limit"),
        ),
        sa.CheckConstraint(
            "credit_limit_amount >= 0", name=op.f("ck_customer_terms_credit_limit_amount")
        ),
        sa.CheckConstraint(
            "length(credit_limit_currency) = 3",
            name=op.f("ck_customer_terms_credit_limit_currency"),
        ),
        sa.CheckConstraint("payment_days >= 0", name=op.f("ck_customer_terms_payment_days")),
        sa.ForeignKeyConstraint(
            ["id"], ["party.party.id"], name=op.f("fk_customer_terms_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_terms")),
        schema="sales_order",
    )
    op.create_table(
        "submission_term",
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
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes >= 0", name=op.f("ck_submission_term_minutes")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_submission_term_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_submission_term_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_term")),
        sa.UniqueConstraint("since", name=op.f("uq_submission_term_since")),
        schema="sales_order",
    )
    op.create_table(
        "order_review",
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
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("evidence_files", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decision IN ('APPROVED', 'REJECTED')", name=op.f("ck_order_review_decision")
        ),
        sa.CheckConstraint(
            "kind IN ('AUTHENTICITY', 'FINANCE', 'CREDIT')", name=op.f("ck_order_review_kind")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_order_review_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_order_review_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_order_review_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_review")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_order_review_order_id"),
        "order_review",
        ["order_id"],
        unique=False,
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order", sa.Column("minutes_late", sa.Integer(), nullable=True), schema="sales_order"
    )
    op.add_column(
        "sales_order", sa.Column("payment_method", sa.Text(), nullable=True), schema="sales_order"
    )
    op.add_column(
        "sales_order", sa.Column("payment_days", sa.Integer(), nullable=True), schema="sales_order"
    )
    op.create_check_constraint(
        op.f("ck_sales_order_payment_days"),
        "sales_order",
        "payment_days >= 0",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_payment_method"),
        "sales_order",
        "payment_method IN ('PREPAYMENT', 'ON_ACCOUNT', 'BANK_TRANSFER', 'CARD', 'CASH', 'CASH_ON_DELIVERY')",
        schema="sales_order",
    )
    op.drop_constraint(
        op.f("ck_sales_order_state"), "sales_order", schema="sales_order", type_="check"
    )
    op.create_check_constraint(
        op.f("ck_sales_order_state"),
        "sales_order",
        "state IN ('DRAFT', 'SUBMITTED', 'VERIFIED', 'APPROVED', 'CONFIRMED', 'DONE', 'CANCELLED')",
        schema="sales_order",
    )
