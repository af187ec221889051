"""From what a line asks for to what stock is counted in, exactly."""

from decimal import Decimal
from fractions import Fraction

from dougong import Invalid
from dougong_inventory.entities import ProductTracking, StockPolicy
from dougong_product import Product, UnitOfMeasure, factor

DECIMALS = 4
"""How many decimals of a quantity are kept."""


def base_quantity(product: Product, quantity: Decimal, unit: UnitOfMeasure | None) -> Decimal:
    """How many of the product's own unit a quantity in a unit is.

    Raises Invalid where it cannot be said exactly: a seventh of a box of twelve; and Refused for
    a unit of another kind.
    """
    own = product.measured_in
    exact = Fraction(quantity) * (factor(product, unit) if unit and unit is not own else 1)
    digits = DECIMALS if own is None else own.digits
    if StockPolicy.of(product).tracking is ProductTracking.SERIAL:
        digits = 0
    whole = exact * 10**digits
    if whole.denominator != 1:
        name = own.code if own else product.name
        raise Invalid("unit_not_exact", at="quantity", quantity=quantity, unit=name, digits=digits)
    return Decimal(whole.numerator).scaleb(-digits)
