"""Deliveries over a counter say in which warehouse; those that wait for the evening know it already."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

WAITING = """
update inventory__sales_order.delivery_booking booking set warehouse_id = stock.warehouse_id
  from sales_order.delivery_line part
  join sales_order.delivery on delivery.id = part.delivery_id
  join inventory__sales_order.order_stock stock on stock.id = delivery.order_id
  join inventory__sales_order.warehouse_sales sales on sales.id = stock.warehouse_id
 where booking.id = part.id and delivery.source is null
   and sales.sales_booking = 'END_OF_DAY'
"""


def upgrade() -> None:
    op.add_column(
        "delivery_booking",
        sa.Column("warehouse_id", sa.BigInteger(), nullable=True),
        schema="inventory__sales_order",
    )
    op.create_foreign_key(
        op.f("fk_delivery_booking_warehouse_id"),
        "delivery_booking",
        "warehouse",
        ["warehouse_id"],
        ["id"],
        source_schema="inventory__sales_order",
        referent_schema="inventory",
        ondelete="RESTRICT",
    )
    op.execute(WAITING)
