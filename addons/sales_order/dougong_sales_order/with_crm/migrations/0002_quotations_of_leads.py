"""quotations of leads."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "quotation_origin",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("lead_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["id"],
            ["sales_order.quotation.id"],
            name=op.f("fk_quotation_origin_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"],
            ["crm.lead.id"],
            name=op.f("fk_quotation_origin_lead_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotation_origin")),
        schema="sales_order__crm",
    )
    op.create_index(
        op.f("ix_quotation_origin_lead_id"),
        "quotation_origin",
        ["lead_id"],
        unique=False,
        schema="sales_order__crm",
    )
