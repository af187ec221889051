"""The texts that people search in have indexes of their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_sales_order_number_bigrams",
        "sales_order",
        [sa.literal_column("dougong.bigrams(number)")],
        unique=False,
        schema="sales_order",
        postgresql_using="gin",
    )
