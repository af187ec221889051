"""Places are in the building of the place above; moves are found by their day and their voucher."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSIDE = """
with recursive inside as (
    select id, warehouse_id from inventory.location where warehouse_id is not null
    union all
    select place.id, above.warehouse_id from inventory.location place
      join inside above on place.parent_id = above.id
     where place.warehouse_id is null
       and place.kind not in ('SUPPLIER', 'CUSTOMER', 'ADJUSTMENT', 'GIFT', 'SCRAP')
)
update inventory.location place set warehouse_id = inside.warehouse_id
  from inside where place.id = inside.id and place.warehouse_id is null
"""
VOUCHER_LINE = "split_part(origin, '/', 1)"


def upgrade() -> None:
    op.execute(INSIDE)
    op.create_index(
        "ix_stock_move_effective_at",
        "stock_move",
        ["effective_at"],
        unique=False,
        schema="inventory",
    )
    op.create_index(
        "ix_stock_move_voucher",
        "stock_move",
        [sa.literal_column(VOUCHER_LINE)],
        unique=False,
        schema="inventory",
        postgresql_where=sa.text("origin is not null"),
    )
