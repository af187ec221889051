"""What we sell, buy and keep: goods and services."""

from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, money


class ProductKind(StrEnum):
    """Whether a product can lie in a warehouse."""

    GOODS = "GOODS"
    SERVICE = "SERVICE"


class Product(Entity, searchable=("name", "code")):
    """Something that we sell or buy."""

    __table_args__ = (CheckConstraint("price_amount >= 0", name="price"),)

    name: Mapped[str] = mapped_column(index=True)
    """What people call it."""
    code: Mapped[str | None] = mapped_column(default=None, unique=True)
    """A short code that no other product has, for example from an older system."""
    kind: Mapped[ProductKind] = mapped_column(default=ProductKind.GOODS)
    """Goods are kept in stock; a service is only done."""
    price: Mapped[Money] = money()
    """What one unit costs on the list today; an order keeps the price it was made at."""
    unit: Mapped[str | None] = mapped_column(default=None)
    """How it is counted or packed: “10 boxes x 20 bags”."""
    category: Mapped[str | None] = mapped_column(default=None, index=True)
    """The shelf it belongs to: “Beverages”."""
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether it may still be sold."""
