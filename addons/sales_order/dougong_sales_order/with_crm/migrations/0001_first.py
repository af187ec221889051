"""First."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "order_origin",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["sales_order.sales_order.id"],
            name=op.f("fk_order_origin_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["crm.lead.id"], name=op.f("fk_order_origin_lead_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_origin")),
        schema="sales_order__crm",
    )
    op.create_index(
        op.f("ix_order_origin_lead_id"),
        "order_origin",
        ["lead_id"],
        unique=False,
        schema="sales_order__crm",
    )
