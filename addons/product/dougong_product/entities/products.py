"""What we sell, buy and keep: goods and services."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, guarded, link, money, owned
from dougong_product.entities.families import (
    AttributeValue,
    ProductAttribute,
    ProductCategory,
    ProductFamily,
    ProductKind,
)
from dougong_product.entities.taxes import Tax
from dougong_product.entities.units import UnitOfMeasure
from dougong_product.permissions import SEE_COSTS


class ProductUnit(Entity):
    """How a product is packed: a box of it is twelve pieces."""

    __table_args__ = (
        CheckConstraint("numerator > 0", name="numerator"),
        CheckConstraint("denominator > 0", name="denominator"),
        UniqueConstraint("product_id", "unit_id"),
    )

    product: Mapped["Product"] = link(default=None, on_delete="CASCADE")
    """The product."""
    unit: Mapped[UnitOfMeasure] = link(reverse="-")
    """What it is packed in: a box."""
    numerator: Mapped[int]
    """How many of the product's own unit it holds, as a fraction: the upper number."""
    denominator: Mapped[int] = mapped_column(default=1)
    """The lower number of the fraction."""


class Product(Entity, searchable=("name", "code"), translatable=("name",)):
    """Something that we sell or buy."""

    __table_args__ = (
        CheckConstraint("price_amount >= 0", name="price"),
        CheckConstraint("standard_cost >= 0", name="standard_cost"),
        CheckConstraint("floor >= 0", name="floor"),
        UniqueConstraint("family_id", "combination"),
    )

    name: Mapped[str] = mapped_column(index=True)
    """What people call it."""
    code: Mapped[str | None] = mapped_column(default=None, unique=True)
    """A short code that no other product has, for example from an older system."""
    barcode: Mapped[str | None] = mapped_column(default=None, unique=True)
    """What a scanner reads on it: the GTIN, or a number of ours; no other product has it."""
    kind: Mapped[ProductKind] = mapped_column(default=ProductKind.GOODS)
    """Goods are kept in stock; a service is only done."""
    price: Mapped[Money] = money()
    """What one unit costs on the list today; an order keeps the price it was made at."""
    floor: Mapped[Decimal | None] = mapped_column(Numeric(20, 4), default=None)
    """What one unit costs at least, whatever is let off, unless a price list says another floor."""
    standard_cost: Mapped[Decimal | None] = mapped_column(
        Numeric(20, 4), default=None, info=guarded(read=SEE_COSTS)
    )
    """What one unit costs us as a rule, in the currency of its price."""
    unit: Mapped[str | None] = mapped_column(default=None)
    """How it is counted or packed: “10 boxes x 20 bags”."""
    measured_in: Mapped[UnitOfMeasure | None] = link(default=None, reverse="products")
    """The unit of measure of its prices and of its stock; without one, pieces."""
    category: Mapped[ProductCategory | None] = link(default=None, reverse="products")
    """The shelf it belongs to: “Beverages”."""
    family: Mapped[ProductFamily | None] = link(default=None, reverse="variants", init=False)
    """The family of which it is a variant: the shirt that this red one in L is."""
    combination: Mapped[str | None] = mapped_column(default=None, init=False)
    """The values that make it this variant, in a form that no other of its family has."""
    tax: Mapped[Tax | None] = link(default=None, reverse="products")
    """The tax on it, unless a sale says otherwise."""
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether it may still be sold."""
    units: Mapped[list[ProductUnit]] = owned(default_factory=list)
    """How else it is packed, and how much of it that is."""


class VariantValue(Entity, by_hand=False):
    """What a variant is in one respect: red."""

    __table_args__ = (UniqueConstraint("product_id", "attribute_id"),)

    product: Mapped[Product] = link(on_delete="CASCADE")
    """The variant."""
    attribute: Mapped[ProductAttribute] = link(reverse="-")
    """In which respect: its colour."""
    value: Mapped[AttributeValue] = link(reverse="-")
    """What it is: red."""
