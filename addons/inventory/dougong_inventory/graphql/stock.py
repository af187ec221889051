"""What can be asked about the stock that no list shows: at a moment, and of many products at once."""

from datetime import UTC, datetime
from decimal import Decimal

import strawberry
from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    func,
    literal,
    or_,
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
from dougong_inventory.graphql.asked import asked_for
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
    product: RecordId | None = None,
    location: RecordId | None = None,
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
    goods, place = asked_for(Product, product, ctx), asked_for(Location, location, ctx)
    found = at_moment(moment, goods, place, closed_before(moment, ctx))
    rows = ctx.session.execute(found.limit(MOST))
    return [StockAt(product=a, location=b, lot=c, quantity=d) for a, b, c, d in rows]


def at_moment(
    at: datetime,
    product: Product | None,
    location: Location | None,
    before: StockPeriod | None = None,
) -> Select[Product, Location, Lot, Decimal]:
    """One sum: what a closed period has left, and what was brought and taken away since then."""
    sides = _moved(at, product, location, before)
    if before is not None:
        sides.append(_left(before, product, location))
    all_sides = union_all(*sides).subquery()
    key = (all_sides.c.product_id, all_sides.c.location_id, all_sides.c.lot_id)
    total = func.sum(all_sides.c.quantity)
    summed = select(*key, total.label("quantity")).group_by(*key).having(total != 0).subquery()
    ours = Location.kind.in_((LocationKind.STOCK, LocationKind.QUARANTINE, LocationKind.TRANSIT))
    return (
        select(Product, Location, Lot, summed.c.quantity)
        .select_from(summed)
        .join(Product, Product.id == summed.c.product_id)
        .join(Location, Location.id == summed.c.location_id)
        .outerjoin(Lot, Lot.id == summed.c.lot_id)
        .where(_looked_into(summed.c.location_id, product, location))
        .where(true() if location is not None else ours)
        .order_by(Product.id, Location.id, Lot.id)
    )


def _moved(
    at: datetime, product: Product | None, location: Location | None, before: StockPeriod | None
) -> list[Select[int, int, int | None, Decimal]]:
    """What was brought to places and taken from them; of one place each move is read once."""
    about = [StockMove.state == MoveState.DONE, StockMove.effective_at <= at]
    if before is not None:
        about.append(StockMove.effective_at >= first_moment_after(before.ends_on))
    if product is not None:
        about.append(move.product_id == product.id)
    sides: list[tuple[ColumnElement[int], ColumnElement[Decimal]]] = [
        (move.destination_id, move.quantity),
        (move.source_id, -move.quantity),
    ]
    if location is not None:
        brought = move.destination_id == location.id
        about.append(or_(brought, move.source_id == location.id))
        sides = [(literal(location.id), case((brought, move.quantity), else_=-move.quantity))]
    return [
        select(
            *(move.product_id, place.label("location_id"), move.lot_id),
            func.sum(moved).label("quantity"),
        )
        .select_from(StockMove)
        .where(*about)
        .group_by(move.product_id, move.lot_id, *([place] if location is None else []))
        for place, moved in sides
    ]


def _left(
    before: StockPeriod, product: Product | None, location: Location | None
) -> Select[int, int, int | None, Decimal]:
    """What a closed period has left."""
    return (
        select(balance.product_id, balance.location_id, balance.lot_id, PeriodBalance.quantity)
        .select_from(PeriodBalance)
        .where(
            PeriodBalance.period == before,
            true() if product is None else PeriodBalance.product == product,
            true() if location is None else PeriodBalance.location == location,
        )
    )


def _looked_into(
    place: ColumnElement[int], product: Product | None, location: Location | None
) -> ColumnElement[bool]:
    """Whether the asker sees what lies at a place: there is a quantity of all that moved."""
    there = select(quantity.location_id).select_from(StockQuantity)
    if location is not None:
        return there.where(StockQuantity.location == location).exists()
    return place.in_(there.where(StockQuantity.product == product))


@query(needs=SEE_STOCK)
def product_availability(
    ctx: Context, *, products: list[RecordId], warehouse: RecordId | None = None
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
    found = ctx.session.execute(availability(numbers, asked_for(Warehouse, warehouse, ctx), ctx))
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
