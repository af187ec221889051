"""Amendments of contract lines, with signatures and the hash of what was signed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "amendment_line",
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
        sa.Column("amendment_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=True),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("ended", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("quantity_before", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("unit_price_before", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("note_before", sa.Text(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_amendment_line_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_amendment_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["amendment_id"],
            ["sales_order.amendment.id"],
            name=op.f("fk_amendment_line_amendment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_amendment_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["sales_order.contract_line.id"],
            name=op.f("fk_amendment_line_line_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_amendment_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_amendment_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendment_line")),
        sa.UniqueConstraint(
            "amendment_id", "line_id", name=op.f("uq_amendment_line_amendment_id_line_id")
        ),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_amendment_line_amendment_id"),
        "amendment_line",
        ["amendment_id"],
        unique=False,
        schema="sales_order",
    )
    op.add_column(
        "amendment",
        sa.Column("signed_by_us_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "amendment", sa.Column("signed_by_us_on", sa.Date(), nullable=True), schema="sales_order"
    )
    op.add_column(
        "amendment", sa.Column("signed_by_customer", sa.Text(), nullable=True), schema="sales_order"
    )
    op.add_column(
        "amendment",
        sa.Column("signed_by_customer_on", sa.Date(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "amendment", sa.Column("signed_sha256", sa.Text(), nullable=True), schema="sales_order"
    )
    op.create_index(
        op.f("ix_amendment_signed_by_us_id"),
        "amendment",
        ["signed_by_us_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_foreign_key(
        op.f("fk_amendment_signed_by_us_id"),
        "amendment",
        "user",
        ["signed_by_us_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="dougong",
        ondelete="RESTRICT",
    )
    op.add_column(
        "contract_line",
        sa.Column("added_by_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "contract_line", sa.Column("ended_on", sa.Date(), nullable=True), schema="sales_order"
    )
    op.create_foreign_key(
        op.f("fk_contract_line_added_by_id"),
        "contract_line",
        "amendment",
        ["added_by_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="sales_order",
        ondelete="SET NULL",
    )
    op.drop_constraint(op.f("ck_amendment_state"), "amendment", schema="sales_order", type_="check")
    op.create_check_constraint(
        op.f("ck_amendment_state"),
        "amendment",
        "state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'IN_FORCE', 'DROPPED')",
        schema="sales_order",
    )
    # What is approved but not signed yet is still the one that is open.
    op.drop_index("ix_amendment_open", "amendment", schema="sales_order")
    op.create_index(
        "ix_amendment_open",
        "amendment",
        ["contract_id"],
        unique=True,
        schema="sales_order",
        postgresql_where=sa.text("state in ('DRAFT', 'IN_REVIEW', 'APPROVED')"),
    )
    # A line that has ended comes to nothing.
    op.drop_column("contract_line", "net", schema="sales_order")
    op.add_column(
        "contract_line",
        sa.Column(
            "net",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(
                "case when ended_on is null then round(quantity * unit_price, 2) else 0 end",
                persisted=True,
            ),
            nullable=False,
        ),
        schema="sales_order",
    )
