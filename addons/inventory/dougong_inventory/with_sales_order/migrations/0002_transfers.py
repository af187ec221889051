"""Orders are delivered by transfers."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "delivery_booking",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["sales_order.delivery_line.id"],
            name=op.f("fk_delivery_booking_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_booking")),
        schema="inventory__sales_order",
    )
    op.create_table(
        "line_demand",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["inventory.transfer_line.id"],
            name=op.f("fk_line_demand_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"],
            ["sales_order.sales_order_line.id"],
            name=op.f("fk_line_demand_order_line_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_demand")),
        schema="inventory__sales_order",
    )
    op.create_index(
        op.f("ix_line_demand_order_line_id"),
        "line_demand",
        ["order_line_id"],
        unique=False,
        schema="inventory__sales_order",
    )
    op.create_table(
        "order_stock",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_order_stock_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_order_stock_warehouse_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_stock")),
        schema="inventory__sales_order",
    )
    op.create_index(
        op.f("ix_order_stock_warehouse_id"),
        "order_stock",
        ["warehouse_id"],
        unique=False,
        schema="inventory__sales_order",
    )
    op.create_table(
        "order_transfer",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"], ["inventory.transfer.id"], name=op.f("fk_order_transfer_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_order_transfer_order_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_transfer")),
        schema="inventory__sales_order",
    )
    op.create_index(
        op.f("ix_order_transfer_order_id"),
        "order_transfer",
        ["order_id"],
        unique=False,
        schema="inventory__sales_order",
    )
    op.create_table(
        "warehouse_sales",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("sales_booking", sa.Text(), server_default="ON_DELIVERY", nullable=False),
        sa.CheckConstraint(
            "sales_booking IN ('ON_DELIVERY', 'AT_ONCE', 'END_OF_DAY')",
            name=op.f("ck_warehouse_sales_sales_booking"),
        ),
        sa.ForeignKeyConstraint(
            ["id"],
            ["inventory.warehouse.id"],
            name=op.f("fk_warehouse_sales_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_sales")),
        schema="inventory__sales_order",
    )
    op.drop_index(
        op.f("ix_reservation_line_id"), table_name="reservation", schema="inventory__sales_order"
    )
    op.drop_index(
        op.f("ix_reservation_location_id"),
        table_name="reservation",
        schema="inventory__sales_order",
    )
    op.drop_index(
        op.f("ix_reservation_state"), table_name="reservation", schema="inventory__sales_order"
    )
    op.drop_table("reservation", schema="inventory__sales_order")
    op.execute("update inventory__sales_order.line_stock set reserved = 0 where reserved <> 0")
