"""The texts that people search in have indexes of their parts."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "ix_product_code_bigrams",
        "product",
        [sa.literal_column("dougong.bigrams(code)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
    op.create_index(
        "ix_product_name_bigrams",
        "product",
        [sa.literal_column("dougong.bigrams(name)")],
        unique=False,
        schema="product",
        postgresql_using="gin",
    )
