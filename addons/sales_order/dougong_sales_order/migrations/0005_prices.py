"""Units, taxes, discounts, deliveries and concessions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


PARTS = "greatest(unit_denominator, 1)"
BASE = f"div(quantity * 20000 * unit_numerator + {PARTS}, {PARTS} * 2) * 0.0001"
PRICED = "(round(quantity * unit_price * (1 - discount), 2) - order_discount)"
INSIDE = f"div({PRICED} * 200000000 + (1 + tax_rate) * 1000000, (1 + tax_rate) * 2000000) * 0.01"
ON_TOP = f"round({PRICED} * tax_rate, 2)"
NET = f"case when tax_included then {INSIDE} else {PRICED} end"
TAX = f"case when tax_included then {PRICED} - {INSIDE} else {ON_TOP} end"
GROSS = f"case when tax_included then {PRICED} else {PRICED} + {ON_TOP} end"
OPEN = (
    "case when delivered_on is null then quantity - quantity_delivered - quantity_closed else 0 end"
)
DELIVERED = """
    update sales_order.sales_order_line line set promised_on = o.promised_on,
           delivered_on = o.shipped_on,
           quantity_delivered = case when o.state = 'DONE' then line.quantity else 0 end,
           quantity_closed = case when o.state = 'CANCELLED' then line.quantity else 0 end
      from sales_order.sales_order o where o.id = line.order_id;
    update sales_order.sales_order set delivery_state = 'FULL' where state = 'DONE';
"""


def upgrade() -> None:
    op.create_table(
        "customer_prices",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["party.party.id"], name=op.f("fk_customer_prices_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"],
            ["product.price_list.id"],
            name=op.f("fk_customer_prices_price_list_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_prices")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_customer_prices_price_list_id"),
        "customer_prices",
        ["price_list_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_table(
        "concession",
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
        sa.Column("asked_by_id", sa.BigInteger(), nullable=True),
        sa.Column("line_off", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("order_off", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('ASKED', 'GRANTED', 'DENIED', 'WITHDRAWN')", name=op.f("ck_concession_state")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_concession_asked_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_concession_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_concession_order_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_concession_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["dougong.user.id"],
            name=op.f("fk_concession_user_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concession")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_concession_order_id"),
        "concession",
        ["order_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_concession_state"), "concession", ["state"], unique=False, schema="sales_order"
    )
    op.create_table(
        "delivery",
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
        sa.Column("delivered_on", sa.Date(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_delivery_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_delivery_order_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_delivery_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_delivery_order_id"), "delivery", ["order_id"], unique=False, schema="sales_order"
    )
    op.create_table(
        "delivery_line",
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
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=18, scale=4), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_delivery_line_quantity")),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_delivery_line_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["sales_order.delivery.id"],
            name=op.f("fk_delivery_line_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["sales_order.sales_order_line.id"],
            name=op.f("fk_delivery_line_line_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_delivery_line_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_line")),
        sa.UniqueConstraint(
            "delivery_id", "line_id", name=op.f("uq_delivery_line_delivery_id_line_id")
        ),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_delivery_line_delivery_id"),
        "delivery_line",
        ["delivery_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_table(
        "promise_change",
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
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("was", sa.Date(), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_promise_change_created_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["sales_order.sales_order_line.id"],
            name=op.f("fk_promise_change_line_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by_id"],
            ["dougong.user.id"],
            name=op.f("fk_promise_change_updated_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_change")),
        schema="sales_order",
    )
    op.create_index(
        op.f("ix_promise_change_line_id"),
        "promise_change",
        ["line_id"],
        unique=False,
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column("price_list_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column(
            "discount", sa.Numeric(precision=18, scale=2), server_default="0", nullable=False
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order",
        sa.Column("delivery_state", sa.Text(), server_default="NONE", nullable=False),
        schema="sales_order",
    )
    op.add_column(
        "sales_order", sa.Column("close_reason", sa.Text(), nullable=True), schema="sales_order"
    )
    op.add_column(
        "sales_order", sa.Column("concession", sa.Text(), nullable=True), schema="sales_order"
    )
    op.create_index(
        op.f("ix_sales_order_price_list_id"),
        "sales_order",
        ["price_list_id"],
        unique=False,
        schema="sales_order",
    )
    op.create_foreign_key(
        op.f("fk_sales_order_price_list_id"),
        "sales_order",
        "price_list",
        ["price_list_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("unit_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "unit_numerator", sa.Numeric(precision=20, scale=0), server_default="1", nullable=False
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "unit_denominator",
            sa.Numeric(precision=20, scale=0),
            server_default="1",
            nullable=False,
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "base_quantity",
            sa.Numeric(precision=18, scale=4),
            sa.Computed(
                BASE,
                persisted=True,
            ),
            nullable=False,
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("list_price", sa.Numeric(precision=18, scale=4), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("floor_price", sa.Numeric(precision=18, scale=4), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "order_discount", sa.Numeric(precision=18, scale=2), server_default="0", nullable=False
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("tax_id", sa.BigInteger(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("tax_rate", sa.Numeric(precision=9, scale=6), server_default="0", nullable=False),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("tax_included", sa.Boolean(), server_default="false", nullable=False),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "tax_amount",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(TAX, persisted=True),
            nullable=False,
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "gross",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(GROSS, persisted=True),
            nullable=False,
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line", sa.Column("promised_on", sa.Date(), nullable=True), schema="sales_order"
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "quantity_delivered",
            sa.Numeric(precision=18, scale=4),
            server_default="0",
            nullable=False,
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "quantity_closed", sa.Numeric(precision=18, scale=4), server_default="0", nullable=False
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("delivered_on", sa.Date(), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "quantity_open",
            sa.Numeric(precision=18, scale=4),
            sa.Computed(OPEN, persisted=True),
            nullable=False,
        ),
        schema="sales_order",
    )
    op.execute(DELIVERED)
    op.drop_column("sales_order_line", "margin", schema="sales_order")
    op.drop_column("sales_order_line", "net", schema="sales_order")
    op.add_column(
        "sales_order_line",
        sa.Column(
            "net",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(NET, persisted=True),
            nullable=False,
        ),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "margin",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(f"{NET} - round(quantity * unit_cost, 2)", persisted=True),
            nullable=True,
        ),
        schema="sales_order",
    )
    op.create_foreign_key(
        op.f("fk_sales_order_line_tax_id"),
        "sales_order_line",
        "tax",
        ["tax_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.create_foreign_key(
        op.f("fk_sales_order_line_unit_id"),
        "sales_order_line",
        "unit_of_measure",
        ["unit_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_concession"),
        "sales_order",
        "concession IN ('ASKED', 'GRANTED', 'DENIED', 'WITHDRAWN')",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_delivery_state"),
        "sales_order",
        "delivery_state IN ('NONE', 'PARTIAL', 'FULL')",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_discount"), "sales_order", "discount >= 0", schema="sales_order"
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_order_discount"),
        "sales_order_line",
        "order_discount >= 0",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_quantity_closed"),
        "sales_order_line",
        "quantity_closed >= 0",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_quantity_delivered"),
        "sales_order_line",
        "quantity_delivered >= 0",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_quantity_open"),
        "sales_order_line",
        "quantity_delivered + quantity_closed <= quantity",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_tax_rate"),
        "sales_order_line",
        "tax_rate between 0 and 10",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_unit_denominator"),
        "sales_order_line",
        "unit_denominator > 0",
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_line_unit_numerator"),
        "sales_order_line",
        "unit_numerator > 0",
        schema="sales_order",
    )
