"""What a line cost us, and what it earns."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column(
        "sales_order_line",
        sa.Column("unit_cost", sa.Numeric(precision=20, scale=4), nullable=True),
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column(
            "margin",
            sa.Numeric(precision=18, scale=2),
            sa.Computed(
                "round(quantity * unit_price * (1 - discount), 2) - round(quantity * unit_cost, 2)",
                persisted=True,
            ),
            nullable=True,
        ),
        schema="sales_order",
    )
