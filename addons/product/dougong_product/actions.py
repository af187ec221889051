"""How a family gets another variant."""

from collections.abc import Sequence
from typing import Any

from dougong import Context, Invalid, Money, action
from dougong_product.entities import (
    AttributeValue,
    Product,
    ProductAttribute,
    ProductFamily,
    VariantValue,
)
from dougong_product.permissions import ADD_VARIANTS


@action(needs=ADD_VARIANTS)
def add_variant(
    family: ProductFamily,
    ctx: Context,
    *,
    values: list[AttributeValue],
    price: Money,
    code: str | None = None,
    barcode: str | None = None,
) -> Product:
    """Sell a family in one more combination: the shirt in red and L.

    values: One value of each of the family's attributes.
    price: What one unit costs on the list.
    code: A short code that no other product has.
    barcode: What a scanner reads on it.
    """
    by_attribute = _one_of_each(family, values, ctx)
    product = Product(
        name=variant_name(family, by_attribute),
        code=code,
        barcode=barcode,
        price=price,
        units=[],
        **shared(family),
    )
    product.family = family
    product.combination = ".".join(str(one.id) for one in by_attribute)
    ctx.create(product)
    for one in by_attribute:
        ctx.create(VariantValue(product=product, attribute=one.attribute, value=one))
    return product


def shared(family: ProductFamily) -> dict[str, Any]:
    """What all variants of a family have in common, besides the first part of their names."""
    names = ("kind", "measured_in", "category", "tax")
    return {name: getattr(family, name) for name in names}


def variant_name(family: ProductFamily, values: Sequence[AttributeValue]) -> str:
    """What a variant is called: Shirt (red, L)."""
    return f"{family.name} ({', '.join(one.name for one in values)})" if values else family.name


def _one_of_each(
    family: ProductFamily, values: Sequence[AttributeValue], ctx: Context
) -> list[AttributeValue]:
    """The values in the order of the family's attributes; raises Invalid."""
    found: list[AttributeValue] = []
    for attribute in ctx.find(ProductAttribute, ProductAttribute.family == family):
        mine = [one for one in values if one.attribute is attribute]
        if len(mine) != 1:
            raise Invalid("one_value_each", at="values", attribute=attribute.name)
        found += mine
    strange = next((one for one in values if one not in found), None)
    if strange is not None:
        raise Invalid("value_of_another_family", at="values", value=strange.name)
    return found
