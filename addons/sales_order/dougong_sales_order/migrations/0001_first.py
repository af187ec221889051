"""First."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "sales_order",
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("salesperson", sa.Text(), nullable=True),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("shipped_on", sa.Date(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("freight", sa.Numeric(precision=18, scale=2), server_default="0", nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("ship_to_name", sa.Text(), nullable=True),
        sa.Column("ship_to_street", sa.Text(), nullable=True),
        sa.Column("ship_to_city", sa.Text(), nullable=True),
        sa.Column("ship_to_region", sa.Text(), nullable=True),
        sa.Column("ship_to_postal_code", sa.Text(), nullable=True),
        sa.Column("ship_to_country", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reject_reason", sa.Text(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
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
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_sales_order_currency")),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'SUBMITTED', 'APPROVED', 'CONFIRMED', 'DONE', 'CANCELLED')",
            name=op.f("ck_sales_order_state"),
        ),
        sa.CheckConstraint("freight >= 0", name=op.f("ck_sales_order_freight")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_sales_order_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["party.party.id"],
            name=op.f("fk_sales_order_customer_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["dougong.user.id"],
            name=op.f("fk_sales_order_owner_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_sales_order_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order")),
        sa.UniqueConstraint("number", name=op.f("uq_sales_order_number")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_customer_id"),
        "sales_order",
        ["customer_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_ordered_on"),
        "sales_order",
        ["ordered_on"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_owner_id"),
        "sales_order",
        ["owner_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_state"), "sales_order", ["state"], unique=False, schema="sales_order"
    )
    op.create_table(
        "sales_order_line",
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
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.Column("discount", sa.Numeric(precision=5, scale=4), server_default="0", nullable=False),
        sa.Column(
            "net",
            sa.Numeric(precision=18, scale=2),
            sa.Computed("round(quantity * unit_price * (1 - discount), 2)", persisted=True),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("discount between 0 and 1", name=op.f("ck_sales_order_line_discount")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_sales_order_line_quantity")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_sales_order_line_unit_price")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_sales_order_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_sales_order_line_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.product.id"],
            name=op.f("fk_sales_order_line_product_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_sales_order_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales_order_line")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_line_order_id"),
        "sales_order_line",
        ["order_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_sales_order_line_product_id"),
        "sales_order_line",
        ["product_id"],
        unique=False,
        schema="sales_order",
    )
