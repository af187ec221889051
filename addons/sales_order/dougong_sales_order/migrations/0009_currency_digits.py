"""Amounts are rounded to the decimals of their currency, which has up to four."""

from alembic import op

revision = "0009"
down_revision = "0008"

PRICED = "(round(quantity * unit_price * (1 - discount), currency_digits) - order_discount)"
INSIDE = (
    f"(div({PRICED} * power(10::numeric, currency_digits) * 2000000 + (1 + tax_rate) * 1000000,"
    " (1 + tax_rate) * 2000000) * power(10::numeric, -currency_digits) - tax_difference)"
)
ON_TOP = f"(round({PRICED} * tax_rate, currency_digits) + tax_difference)"
NET = f"case when tax_included then {INSIDE} else {PRICED} end"
MADE = {
    "sales_order_line": {
        "net": NET,
        "tax_amount": f"case when tax_included then {PRICED} - {INSIDE} else {ON_TOP} end",
        "gross": f"case when tax_included then {PRICED} else {PRICED} + {ON_TOP} end",
        "margin": f"{NET} - round(quantity * unit_cost, currency_digits)",
    },
    "quotation_line": {"net": "round(quantity * unit_price * (1 - discount), currency_digits)"},
    "contract_line": {
        "net": "case when ended_on is null then round(quantity * unit_price, currency_digits)"
        " else 0 end"
    },
}
WIDER = {
    "sales_order_line": ("order_discount", "tax_difference"),
    "sales_order": ("discount", "freight"),
}


def upgrade() -> None:
    # What there is was rounded to two decimals and stays so. What follows from other columns is
    # made anew, all of a table by one pass over it.
    for table in ("sales_order", *MADE):
        made = MADE.get(table, {})
        wider = [f"alter column {name} type numeric(20, 4)" for name in WIDER.get(table, ())]
        digits = "add column currency_digits integer default 2 not null"
        dropped = [f"drop column {name}" for name in made]
        if dropped:
            op.execute(f"alter table sales_order.{table} {', '.join(dropped)}")
        op.execute(f"alter table sales_order.{table} {', '.join([digits, *wider])}")
        added = [
            f"add column {name} numeric(20, 4) generated always as ({text}) stored"
            f"{'' if name == 'margin' else ' not null'}"
            for name, text in made.items()
        ]
        if added:
            op.execute(f"alter table sales_order.{table} {', '.join(added)}")
