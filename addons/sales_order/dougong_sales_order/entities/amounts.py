"""What the database makes of a line: its quantity in the product's own unit, net, tax and gross.

Amounts are rounded to the decimals of the order's currency (domain_sales §4.3).
"""

# A quotient with decimals is rounded before it is rounded to the cent; div() is exact, so halves
# go where they should, however large the amounts are.
PARTS = "greatest(unit_denominator, 1)"
BASE = f"div(quantity * 20000 * unit_numerator + {PARTS}, {PARTS} * 2) * 0.0001"
OFFERED = "round(quantity * unit_price * (1 - discount), currency_digits)"
PRICED = f"({OFFERED} - order_discount)"
UNITS = "power(10::numeric, currency_digits)"


def taxed(priced: str) -> tuple[str, str, str]:
    """What makes the net, the tax and the gross of a line that comes to `priced`.

    Where tax is rounded for the whole document, a line's differs from its own by a cent, or so.
    """
    inside = (
        f"(div({priced} * {UNITS} * 2000000 + (1 + tax_rate) * 1000000, (1 + tax_rate) * 2000000)"
        " * power(10::numeric, -currency_digits) - tax_difference)"
    )
    on_top = f"(round({priced} * tax_rate, currency_digits) + tax_difference)"
    return (
        f"case when tax_included then {inside} else {priced} end",
        f"case when tax_included then {priced} - {inside} else {on_top} end",
        f"case when tax_included then {priced} else {priced} + {on_top} end",
    )


NET, TAX, GROSS = taxed(PRICED)
MARGIN = f"{NET} - round(quantity * unit_cost, currency_digits)"
OPEN = (
    "case when delivered_on is null then quantity - quantity_delivered - quantity_closed else 0 end"
)
