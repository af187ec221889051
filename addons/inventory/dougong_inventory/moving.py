"""What a move and a place must be like before anything is written."""

from datetime import date, datetime

from dougong import Context, Invalid
from dougong_inventory.entities import Location, LocationKind, Warehouse
from dougong_inventory.own_warehouses import SHARED
from dougong_product import Product, ProductKind


def check_move(product: Product, source: Location, destination: Location) -> None:
    """Goods alone are moved, from a place that holds some to another; raises Invalid."""
    check_goods(product)
    if source is destination:
        raise Invalid("same_place", at="destination", location=source.name)
    for at, place in (("source", source), ("destination", destination)):
        if place.kind is LocationKind.VIEW:
            raise Invalid("view_holds_nothing", at=at, location=place.name)


def check_goods(product: Product) -> None:
    """A service does not lie anywhere; raises Invalid."""
    if product.kind is not ProductKind.GOODS:
        raise Invalid("not_goods", at="product", product=product.name)


def check_dates(effective_at: datetime, accounting_date: date, ctx: Context) -> None:
    """What is booked has happened; raises Invalid."""
    if effective_at > ctx.now:
        raise Invalid("in_the_future", at="effective_at", now=ctx.now)
    if accounting_date > ctx.now.date():
        raise Invalid("in_the_future", at="accounting_date", now=ctx.now)


def check_negative(kind: LocationKind, negative_allowed: bool) -> None:
    """Only from stock more may be taken than is there; raises Invalid."""
    if negative_allowed and kind is not LocationKind.STOCK:
        raise Invalid("negative_elsewhere", at="negative_allowed")


def check_house(place: Location, house: Warehouse | None, above: Location | None) -> None:
    """A place is in the building of the place that it is part of; raises Invalid."""
    if house is None and place.kind in SHARED:
        return
    if above is not None and above.warehouse is not None and above.warehouse is not house:
        raise Invalid("place_of_another_house", at="warehouse", location=place.name)


def lineage(place: Location | None) -> list[Location]:
    """A location and all that it is part of, the nearest first."""
    found: list[Location] = []
    while place is not None and place not in found:
        found.append(place)
        place = place.parent
    return found
