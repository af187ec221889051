"""Converting quantities from one unit of measure into another, exactly."""

from decimal import Decimal
from fractions import Fraction

from dougong import Refused
from dougong_product.entities import Product, UnitOfMeasure
from dougong_product.rounding import rounded


def converted(
    quantity: Decimal,
    source: UnitOfMeasure,
    target: UnitOfMeasure,
    *,
    product: Product | None = None,
    down: bool = False,
) -> Decimal:
    """A quantity in another unit, with that unit's decimals; halves up, or `down` for stock.

    `product` knows packings that are its own: a box of it. It is rounded once, at the end.
    Raises Refused (`other_dimension`).
    """
    exact = Fraction(quantity) * worth(source, product) / worth(target, product)
    if dimension(source, product) is not dimension(target, product):
        raise Refused("other_dimension", source=source.code, target=target.code)
    if not down:
        return rounded(exact, target.digits)
    shifted = abs(exact) * 10**target.digits
    whole = Decimal(shifted.numerator // shifted.denominator).scaleb(-target.digits)
    return whole if exact >= 0 else -whole


def worth(unit: UnitOfMeasure, product: Product | None) -> Fraction:
    """How much a unit is, in the smallest usual unit of what it measures."""
    for packing in product.units if product else ():
        if packing.unit is unit and product is not None and product.measured_in is not None:
            packed = Fraction(packing.numerator, packing.denominator)
            return packed * worth(product.measured_in, None)
    return Fraction(unit.numerator, unit.denominator)


def dimension(unit: UnitOfMeasure, product: Product | None) -> object:
    """What a unit measures: of a packing, what the product is measured by."""
    packed = product is not None and any(one.unit is unit for one in product.units)
    if packed and product is not None and product.measured_in is not None:
        return product.measured_in.dimension
    return unit.dimension


def factor(product: Product, unit: UnitOfMeasure) -> Fraction:
    """How many of a product's own unit one of another unit is.

    Raises Refused (`other_dimension`, `not_sold_in`), blaming the field `unit`.
    """
    own = product.measured_in
    if own is None:
        raise Refused("not_sold_in", at="unit", product=product.name, unit=unit.code)
    if dimension(unit, product) is not dimension(own, product):
        raise Refused("other_dimension", at="unit", source=unit.code, target=own.code)
    return worth(unit, product) / worth(own, None)
