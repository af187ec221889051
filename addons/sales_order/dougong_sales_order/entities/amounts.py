"""What the database makes of a line: its quantity in the product's own unit, net, tax and gross.

Amounts are rounded to the decimals of the order's currency (domain_sales §4.3).
"""

# A quotient with decimals is rounded before it is rounded to the cent; div() is exact, so halves
# go where they should, however large the amounts are.
PARTS = "greatest(unit_denominator, 1)"
BASE = f"div(quantity * 20000 * unit_numerator + {PARTS}, {PARTS} * 2) * 0.0001"
PRICED = "(round(quantity * unit_price * (1 - discount), currency_digits) - order_discount)"
UNITS = "power(10::numeric, currency_digits)"
INSIDE = (
    f"div({PRICED} * {UNITS} * 2000000 + (1 + tax_rate) * 1000000, (1 + tax_rate) * 2000000)"
    " * power(10::numeric, -currency_digits)"
)
ON_TOP = f"round({PRICED} * tax_rate, currency_digits)"
# Where tax is rounded for the whole order, a line's differs from its own by a cent at most, or so.
ON_TOP = f"({ON_TOP} + tax_difference)"
INSIDE = f"({INSIDE} - tax_difference)"
NET = f"case when tax_included then {INSIDE} else {PRICED} end"
TAX = f"case when tax_included then {PRICED} - {INSIDE} else {ON_TOP} end"
GROSS = f"case when tax_included then {PRICED} else {PRICED} + {ON_TOP} end"
MARGIN = f"{NET} - round(quantity * unit_cost, currency_digits)"
OPEN = (
    "case when delivered_on is null then quantity - quantity_delivered - quantity_closed else 0 end"
)
