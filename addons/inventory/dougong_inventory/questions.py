"""What the inventory asks of whoever knows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from dougong import Context, question
from dougong_inventory.entities import Location, Lot
from dougong_product import Product


@dataclass(frozen=True)
class SourceVoucher:
    """One line of a voucher that says what left or reached a place of ours."""

    origin: str
    """The line, as the moves for it have it in `origin`: alone, or with `/` and more behind it."""
    reference: str | None
    """What people call the voucher."""
    product: Product
    """What it is about."""
    location: Location
    """The place of ours."""
    counterpart: Location
    """Where the goods went to or came from."""
    quantity: Decimal
    """How many units of the product reached the place; below zero for what left."""
    at: datetime
    """When that was."""
    lot: Lot | None = None
    """The lot that it names."""


@question(all=True)
def trace_sources(
    places: Sequence[Location], ctx: Context, *, since: date, until: date
) -> list[SourceVoucher]:
    """What vouchers say has left and reached some places from one day to another (I08)."""
    return []
