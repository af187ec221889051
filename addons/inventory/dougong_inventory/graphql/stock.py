"""What can be asked about the stock that no list shows: at a moment, and of many products at once."""

from datetime import UTC, datetime
from decimal import Decimal

import strawberry
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from dougong import Context, Invalid, RecordId, query
from dougong_inventory.closing import closed_before, first_moment_after
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Lot,
    MoveState,
    PeriodBalance,
    StockMove,
    StockPeriod,
    StockQuantity,
    Warehouse,
)
from dougong_inventory.permissions import SEE_STOCK
from dougong_product import Product

MOST = 1000
"""How many rows or products are answered at once."""
move = StockMove.__table__.c
balance = PeriodBalance.__table__.c
quantity = StockQuantity.__table__.c


@strawberry.type
class StockAt:
    """How many of a product were at a location at a moment."""

    product: Product
    """What lay there."""
    location: Location
    """Where it lay."""
    lot: Lot | None
    """The lot or piece, where they are told apart."""
    quantity: Decimal
    """How many of the product's own unit."""


@strawberry.type
class ProductAvailability:
    """What is in stock of a product, and what can still be promised."""

    product: Product
    """The product."""
    on_hand: Decimal
    """What lies in stock."""
    reserved: Decimal
    """What is promised of it."""
    available: Decimal
    """What can be promised: without lots that are blocked or have expired."""
    in_transit: Decimal
    """What is under way between warehouses."""


@query(needs=SEE_STOCK)
def stock_at(
    ctx: Context,
    *,
    at: datetime,
    product: Product | None = None,
    location: Location | None = None,
) -> list[StockAt]:
    """What lay where at a moment, by the moves that had happened; places of ours alone.

    It begins from the balances of the last period that was closed before the moment, so closed
    periods keep it fast. Of places whose quantities the asker does not see, nothing is told.

    at: The moment.
    product: Only this product.
    location: Only this location, of whatever kind.
    """
    if product is None and location is None:
        raise Invalid("say_of_what", at="product")
    moment = at.astimezone(UTC)
    found = at_moment(moment, product, location, closed_before(moment, ctx))
    rows = ctx.session.execute(found.limit(MOST))
    return [StockAt(product=a, location=b, lot=c, quantity=d) for a, b, c, d in rows]


def at_moment(
    at: datetime,
    product: Product | None,
    location: Location | None,
    before: StockPeriod | None = None,
) -> Select[Product, Location, Lot, Decimal]:
    """One sum: what a closed period has left, and what was brought and taken away since then."""
    since = true()
    if before is not None:
        since = StockMove.effective_at >= first_moment_after(before.ends_on)
    sides = [
        select(
            move.product_id,
            place.label("location_id"),
            move.lot_id,
            moved.label("quantity"),
        ).where(
            StockMove.state == MoveState.DONE,
            StockMove.effective_at <= at,
            since,
            *_about(move.product_id, place, product, location),
        )
        for place, moved in (
            (move.destination_id, StockMove.quantity),
            (move.source_id, -StockMove.quantity),
        )
    ]
    if before is not None:
        sides.append(_left(before, product, location))
    all_sides = union_all(*sides).subquery()
    key = (all_sides.c.product_id, all_sides.c.location_id, all_sides.c.lot_id)
    total = func.sum(all_sides.c.quantity)
    summed = (
        select(*key, total.label("quantity")).group_by(*key).having(total != 0).subquery()
    )
    ours = Location.kind.in_((LocationKind.STOCK, LocationKind.QUARANTINE, LocationKind.TRANSIT))
    return (
        select(Product, Location, Lot, summed.c.quantity)
        .select_from(summed)
        .join(Product, Product.id == summed.c.product_id)
        .join(Location, Location.id == summed.c.location_id)
        .join(StockQuantity, _same_key(summed))
        .outerjoin(Lot, Lot.id == summed.c.lot_id)
        .where(true() if location is not None else ours)
        .order_by(Product.id, Location.id, Lot.id)
    )


def _left(
    before: StockPeriod, product: Product | None, location: Location | None
) -> Select[int, int, int | None, Decimal]:
    """What a closed period has left."""
    return select(
        balance.product_id, balance.location_id, balance.lot_id, PeriodBalance.quantity
    ).where(
        PeriodBalance.period == before,
        *_about(balance.product_id, balance.location_id, product, location),
    )


def _about(
    of_product: ColumnElement[int],
    at_place: ColumnElement[int],
    product: Product | None,
    location: Location | None,
) -> list[ColumnElement[bool]]:
    return [
        true() if product is None else of_product == product.id,
        true() if location is None else at_place == location.id,
    ]


def _same_key(summed: Subquery) -> ColumnElement[bool]:
    """The quantity of the same goods at the same place: there is one wherever some were moved."""
    return and_(
        quantity.product_id == summed.c.product_id,
        quantity.location_id == summed.c.location_id,
        func.coalesce(quantity.lot_id, 0) == func.coalesce(summed.c.lot_id, 0),
    )


@query(needs=SEE_STOCK)
def product_availability(
    ctx: Context, *, products: list[RecordId], warehouse: Warehouse | None = None
) -> list[ProductAvailability]:
    """What is in stock of some products, in the order of their ids, by one statement.

    products: The ids of the products, at most 1000.
    warehouse: Only what is there, or has left it and not arrived.
    """
    if len(products) > MOST:
        raise Invalid("too_many_products", at="products", most=MOST)
    numbers = [
        int(number)
        for _, _, number in (one.partition(":") for one in products)
        if number.isdecimal()
    ]
    found = ctx.session.execute(availability(numbers, warehouse, ctx))
    return [
        ProductAvailability(product=a, on_hand=b, reserved=c, available=d, in_transit=e)
        for a, b, c, d, e in found
    ]


def availability(
    products: list[int], warehouse: Warehouse | None, ctx: Context
) -> Select[Product, Decimal, Decimal, Decimal, Decimal]:
    """On hand, reserved, available and in transit of each product."""
    today = ctx.now.date()
    in_stock = Location.kind == LocationKind.STOCK
    good = in_stock & (
        Lot.id.is_(None) | (~Lot.blocked & (func.coalesce(Lot.expires_on, today) >= today))
    )

    def total(
        column: InstrumentedAttribute[Decimal], where: ColumnElement[bool]
    ) -> ColumnElement[Decimal]:
        return func.coalesce(func.sum(column).filter(where), 0)

    here = true() if warehouse is None else Location.warehouse == warehouse
    return (
        select(
            Product,
            total(StockQuantity.on_hand, in_stock),
            total(StockQuantity.reserved, in_stock),
            total(StockQuantity.available, good),
            total(StockQuantity.on_hand, Location.kind == LocationKind.TRANSIT),
        )
        .select_from(Product)
        .outerjoin(StockQuantity, StockQuantity.__table__.c.product_id == Product.id)
        .outerjoin(Location, (StockQuantity.__table__.c.location_id == Location.id) & here)
        .outerjoin(StockQuantity.lot)
        .where(Product.id.in_(products))
        .group_by(Product.id)
        .order_by(Product.id)
    )
