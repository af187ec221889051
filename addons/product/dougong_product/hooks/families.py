"""What the variants of a family share, and what a shelf can stand in."""

from typing import Any

from dougong import Context, Invalid, Refused, after, before, guard
from dougong_product.actions import shared, variant_name
from dougong_product.entities import (
    AttributeValue,
    Product,
    ProductAttribute,
    ProductCategory,
    ProductFamily,
    VariantValue,
)
from dougong_product.shelves import lineage


@before(ProductCategory.update, form=True)
def no_shelf_in_itself(category: ProductCategory, ctx: Context, **form: Any) -> None:
    """A shelf stands in a larger one, never in one that stands in it."""
    parent = form.get("parent", category.parent)
    if parent is category.parent:
        return
    ctx.hold(ProductCategory)  # or two that are moved at once could end up in each other
    if category in lineage(parent):
        raise Invalid("shelf_in_itself", at="parent", name=category.name)


@before(ProductAttribute.create)
def differ_as_the_variants_do(attribute: ProductAttribute, ctx: Context) -> None:
    """Variants that there are would have no value of a new attribute."""
    ctx.lock(attribute.family)  # nobody adds a variant meanwhile
    if ctx.find(Product, Product.family == attribute.family):
        raise Refused("family_has_variants", at="name", name=attribute.family.name)


@before(Product.update, form=True)
def share_what_the_family_says(product: Product, ctx: Context, **form: Any) -> None:
    """What all variants have in common is changed for all of them."""
    if product.family is None:
        return
    same = {**shared(product.family), "name": _name(product, ctx)}
    for name in form.keys() & same.keys():
        if form[name] != same[name]:
            raise Invalid("said_of_the_family", at=name, family=product.family.name)


@after(ProductFamily.update)
def tell_the_variants(family: ProductFamily, ctx: Context) -> None:
    """What is said of the family holds for each of its variants."""
    same = shared(family)
    for product in ctx.hold(Product, Product.family == family):
        new = {**same, "name": _name(product, ctx)}
        changed = {name: new[name] for name in new if new[name] != getattr(product, name)}
        if changed:
            Product.update(product, ctx, **changed)


@after(AttributeValue.update)
def tell_who_has_the_value(value: AttributeValue, ctx: Context) -> None:
    """A variant is called by its values."""
    for product in [one.product for one in ctx.find(VariantValue, VariantValue.value == value)]:
        if product.name != _name(product, ctx):
            Product.update(product, ctx, name=_name(product, ctx))


@guard(ProductFamily.delete)
def keep_a_family_with_variants(family: ProductFamily, ctx: Context) -> Refused | None:
    """Products that are sold stay sorted."""
    if ctx.find(Product, Product.family == family):
        return Refused("family_is_sold", name=family.name)
    return None


def _name(product: Product, ctx: Context) -> str:
    assert product.family is not None
    mine = ctx.find(VariantValue, VariantValue.product == product)
    return variant_name(product.family, [one.value for one in mine])
