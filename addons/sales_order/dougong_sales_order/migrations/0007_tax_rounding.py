"""Tax that is rounded for the whole order, and shared by its lines."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

PRICED = "(round(quantity * unit_price * (1 - discount), 2) - order_discount)"
INSIDE = (
    f"(div({PRICED} * 200000000 + (1 + tax_rate) * 1000000, (1 + tax_rate) * 2000000) * 0.01"
    " - tax_difference)"
)
ON_TOP = f"(round({PRICED} * tax_rate, 2) + tax_difference)"
NET = f"case when tax_included then {INSIDE} else {PRICED} end"
TAX = f"case when tax_included then {PRICED} - {INSIDE} else {ON_TOP} end"
GROSS = f"case when tax_included then {PRICED} else {PRICED} + {ON_TOP} end"
MADE = {
    "net": NET,
    "tax_amount": TAX,
    "gross": GROSS,
    "margin": f"{NET} - round(quantity * unit_cost, 2)",
}


def upgrade() -> None:
    op.add_column(
        "sales_order",
        sa.Column("tax_rounding", sa.Text(), server_default="LINE", nullable=False),
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_sales_order_tax_rounding"),
        "sales_order",
        "tax_rounding IN ('LINE', 'DOCUMENT')",
        schema="sales_order",
    )
    op.add_column(
        "sales_order_line",
        sa.Column("tax_difference", sa.Numeric(18, 2), server_default="0", nullable=False),
        schema="sales_order",
    )
    # What follows from other columns is made anew, all by one pass over the table.
    dropped = ", ".join(f"drop column {name}" for name in MADE)
    added = ", ".join(
        f"add column {name} numeric(18, 2) generated always as ({made}) stored"
        f"{'' if name == 'margin' else ' not null'}"
        for name, made in MADE.items()
    )
    op.execute(f"alter table sales_order.sales_order_line {dropped}")
    op.execute(f"alter table sales_order.sales_order_line {added}")
