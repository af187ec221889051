"""A depot for tests of paging: items with every kind of value, many of them equal or missing."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import BigInteger, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, Money, Role, all_rows, link, money, read, rows_where


class Colour(StrEnum):
    """What an item is painted in."""

    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"


class Shelf(Entity):
    """Where items lie."""

    __plural__ = "shelves"

    name: Mapped[str | None] = mapped_column(default=None)
    closed: Mapped[bool] = mapped_column(default=False)


class Item(Entity):
    """Something that is kept."""

    name: Mapped[str | None] = mapped_column(default=None)
    label: Mapped[str | None] = mapped_column(Text(collation="C"), default=None)
    size: Mapped[int | None] = mapped_column(default=None)
    stock: Mapped[int] = mapped_column(BigInteger, default=0)
    weight: Mapped[Decimal | None] = mapped_column(Numeric(12, 3), default=None)
    fragile: Mapped[bool | None] = mapped_column(default=None)
    made_on: Mapped[date | None] = mapped_column(default=None)
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    colour: Mapped[Colour | None] = mapped_column(default=None)
    price: Mapped[Money | None] = money(default=None)
    shelf: Mapped[Shelf | None] = link(default=None)


KEEPER = Role(
    "depot.keeper",
    "Sees everything.",
    grants=[read(Item), read(Shelf)],
    rows=[all_rows(Item), all_rows(Shelf)],
)
GUEST = Role(
    "depot.guest",
    "Sees what is in stock, and open shelves.",
    grants=[read(Item), read(Shelf)],
    rows=[
        rows_where(Item, lambda item, me: item.stock > 0),
        rows_where(Shelf, lambda shelf, me: shelf.closed.is_(False)),
    ],
)
