"""What the database makes of a line: its quantity in the product's own unit, net, tax and gross."""

# A quotient with decimals is rounded before it is rounded to the cent; div() is exact, so halves
# go where they should, however large the amounts are.
PARTS = "greatest(unit_denominator, 1)"
BASE = f"div(quantity * 20000 * unit_numerator + {PARTS}, {PARTS} * 2) * 0.0001"
PRICED = "(round(quantity * unit_price * (1 - discount), 2) - order_discount)"
INSIDE = f"div({PRICED} * 200000000 + (1 + tax_rate) * 1000000, (1 + tax_rate) * 2000000) * 0.01"
ON_TOP = f"round({PRICED} * tax_rate, 2)"
# Where tax is rounded for the whole order, a line's differs from its own by a cent at most, or so.
ON_TOP = f"({ON_TOP} + tax_difference)"
INSIDE = f"({INSIDE} - tax_difference)"
NET = f"case when tax_included then {INSIDE} else {PRICED} end"
TAX = f"case when tax_included then {PRICED} - {INSIDE} else {ON_TOP} end"
GROSS = f"case when tax_included then {PRICED} else {PRICED} + {ON_TOP} end"
OPEN = (
    "case when delivered_on is null then quantity - quantity_delivered - quantity_closed else 0 end"
)
