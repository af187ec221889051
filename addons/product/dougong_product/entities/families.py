"""How products are sorted: the shelves they belong to, and families that come in variants."""

from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, link, owned
from dougong_product.entities.taxes import Tax
from dougong_product.entities.units import UnitOfMeasure


class ProductKind(StrEnum):
    """Whether a product can lie in a warehouse."""

    GOODS = "GOODS"
    SERVICE = "SERVICE"


class ProductCategory(Entity, searchable=("code", "name"), translatable=("name",)):
    """A shelf that products belong to, which may stand in a larger one."""

    __plural__ = "productCategories"
    __table_args__ = (CheckConstraint("parent_id <> id", name="parent"),)

    code: Mapped[str] = mapped_column(unique=True)
    """The short name that lists and imports use."""
    name: Mapped[str]
    """What people call it: “Beverages”."""
    parent: Mapped["ProductCategory | None"] = link(default=None, reverse="children")
    """The larger shelf that it is part of; never one below itself."""


class ProductFamily(Entity, searchable=("name",), translatable=("name",)):
    """What several products have in common that differ in size, colour or the like."""

    __plural__ = "productFamilies"

    name: Mapped[str] = mapped_column(unique=True)
    """What people call it; its variants are called so too, with their values behind it."""
    kind: Mapped[ProductKind] = mapped_column(default=ProductKind.GOODS)
    """Goods are kept in stock; a service is only done."""
    measured_in: Mapped[UnitOfMeasure | None] = link(default=None, reverse="productFamilies")
    """The unit of measure of all its variants; without one, pieces."""
    category: Mapped[ProductCategory | None] = link(default=None, reverse="productFamilies")
    """The shelf that all its variants belong to."""
    tax: Mapped[Tax | None] = link(default=None, reverse="productFamilies")
    """The tax on all its variants, unless a sale says otherwise."""


class AttributeValue(Entity, translatable=("name",)):
    """One of the values that variants differ by: red."""

    __table_args__ = (UniqueConstraint("attribute_id", "name"),)

    attribute: Mapped["ProductAttribute"] = link(default=None, on_delete="CASCADE")
    """The respect in which variants differ."""
    name: Mapped[str]
    """What people call it: red."""


class ProductAttribute(Entity, translatable=("name",)):
    """A respect in which the variants of a family differ: their colour."""

    __table_args__ = (UniqueConstraint("family_id", "name"),)

    family: Mapped[ProductFamily] = link(on_delete="CASCADE", reverse="attributes")
    """The family, which has no variants yet."""
    name: Mapped[str]
    """What people call it: colour."""
    values: Mapped[list[AttributeValue]] = owned(default_factory=list)
    """What there is to choose from."""
