"""Price lists: what products cost for whom, from how many on, and when."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Numeric, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Quantity, link, owned
from dougong_product.entities.products import Product


def alone(column: Any) -> Any:
    """A number as a range of itself: what an exclusion can compare without extensions."""
    return func.int8range(column, column, text("'[]'"))


class Price(Entity):
    """What a product, or everything on the list, costs from a quantity on, while it holds."""

    __table_args__ = (
        CheckConstraint("amount >= 0", name="amount"),
        CheckConstraint("percent_off between 0 and 1", name="percent_off"),
        CheckConstraint("num_nonnulls(amount, percent_off) = 1", name="either"),
        CheckConstraint("amount is null or product_id is not null", name="amount_of_product"),
        CheckConstraint("floor >= 0", name="floor"),
        CheckConstraint("min_quantity >= 0", name="min_quantity"),
        CheckConstraint("until >= since", name="until"),
    )

    price_list: Mapped["PriceList"] = link(default=None, on_delete="CASCADE")
    """The list that it stands on."""
    product: Mapped[Product | None] = link(default=None, reverse="prices")
    """What costs this; without one, everything that has no price of its own on the list."""
    min_quantity: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0")
    """From how many units of the product on it holds."""
    amount: Mapped[Decimal | None] = mapped_column(Numeric(20, 4), default=None)
    """What one unit costs, in the list's currency."""
    percent_off: Mapped[Decimal | None] = mapped_column(Numeric(7, 4), default=None)
    """Or the part that is let off the product's own price: 0.1 is ten per cent."""
    floor: Mapped[Decimal | None] = mapped_column(Numeric(20, 4), default=None)
    """What one unit costs at least, whatever is let off."""
    since: Mapped[date]
    """The first day on which it holds."""
    until: Mapped[date | None] = mapped_column(default=None)
    """The last day; without one, it goes on."""


class PriceList(Entity, searchable=("code", "name"), translatable=("name",)):
    """Prices that are agreed for some customers, a season, or a currency."""

    __table_args__ = (CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),)

    code: Mapped[str] = mapped_column(unique=True)
    """The short name that lists and imports use."""
    name: Mapped[str]
    """What people call it."""
    currency: Mapped[str]
    """What all its prices are in."""
    active: Mapped[bool] = mapped_column(default=True, server_default="true")
    """Whether it may be used."""
    prices: Mapped[list[Price]] = owned(default_factory=list)
    """What costs how much, from how many on, and when."""


_price = Price.__table__
_price.append_constraint(
    ExcludeConstraint(
        (alone(_price.c.price_list_id), "&&"),
        (alone(func.coalesce(_price.c.product_id, 0)), "&&"),
        (func.numrange(_price.c.min_quantity, _price.c.min_quantity, text("'[]'")), "&&"),
        (func.daterange(_price.c.since, _price.c.until, text("'[]'")), "&&"),
        name="ex_price_validity",
        using="gist",
    )
)
