"""Quotations tell the tax that the order will have."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

OFFERED = "round(quantity * unit_price * (1 - discount), currency_digits)"
INSIDE = (
    f"(div({OFFERED} * power(10::numeric, currency_digits) * 2000000 + (1 + tax_rate) * 1000000,"
    " (1 + tax_rate) * 2000000) * power(10::numeric, -currency_digits) - tax_difference)"
)
ON_TOP = f"(round({OFFERED} * tax_rate, currency_digits) + tax_difference)"
MADE = {
    "net": f"case when tax_included then {INSIDE} else {OFFERED} end",
    "tax_amount": f"case when tax_included then {OFFERED} - {INSIDE} else {ON_TOP} end",
    "gross": f"case when tax_included then {OFFERED} else {OFFERED} + {ON_TOP} end",
}


def upgrade() -> None:
    # What was offered without a word of tax stays so.
    op.add_column(
        "quotation",
        sa.Column("tax_rounding", sa.Text(), server_default="LINE", nullable=False),
        schema="sales_order",
    )
    op.create_check_constraint(
        op.f("ck_quotation_tax_rounding"),
        "quotation",
        "tax_rounding IN ('LINE', 'DOCUMENT')",
        schema="sales_order",
    )
    op.add_column(
        "quotation_line", sa.Column("tax_id", sa.BigInteger(), nullable=True), schema="sales_order"
    )
    op.create_foreign_key(
        op.f("fk_quotation_line_tax_id"),
        "quotation_line",
        "tax",
        ["tax_id"],
        ["id"],
        source_schema="sales_order",
        referent_schema="product",
        ondelete="RESTRICT",
    )
    made = ", ".join(
        f"add column {name} numeric(20, 4) generated always as ({text}) stored not null"
        for name, text in MADE.items()
    )
    op.execute(
        "alter table sales_order.quotation_line drop column net,"
        " add column tax_rate numeric(9, 6) default 0 not null,"
        " add column tax_included boolean default false not null,"
        " add column tax_difference numeric(20, 4) default 0 not null"
    )
    op.execute(f"alter table sales_order.quotation_line {made}")
