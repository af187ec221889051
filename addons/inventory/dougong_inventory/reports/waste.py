"""Stock that costs more than it is good for: too much, too old, moved for nothing, waiting."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    Subquery,
    and_,
    cast,
    extract,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import aliased

from dougong import Context, report
from dougong_inventory.entities import (
    Location,
    LocationKind,
    Lot,
    MoveState,
    StockMove,
    Transfer,
    TransferKind,
    TransferState,
    Warehouse,
)
from dougong_inventory.layers import kept, layers
from dougong_inventory.permissions import SEE_WASTE
from dougong_product import Product

QUANTITY = Numeric(38, 4)
USED_IN, TURNED_IN, BACK_WITHIN, EXPIRES_WITHIN = 90, 365, 30, 90
"""How many days each report looks at."""
USES = (LocationKind.CUSTOMER, LocationKind.GIFT, LocationKind.TRANSIT, LocationKind.STOCK)
"""Where goods go that are used; the shelves are those of another warehouse."""
WAITING = (TransferState.WAITING, TransferState.RESERVED)


def _exact(quantity: ColumnElement[Any]) -> ColumnElement[Decimal]:
    return type_coerce(quantity, QUANTITY)


def _rounded(quantity: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.round(cast(quantity, Numeric(38, 8)), 2, type_=Numeric(38, 2))


def _days(number: int) -> Any:
    return func.make_interval(0, 0, 0, number)


def _moved(ctx: Context, days: int, *, out: bool) -> Subquery:
    """What has left the shelves of each warehouse, or come to them, in the last days."""
    here, there = aliased(Location), aliased(Location)
    house, other = getattr(here, "warehouse_id"), getattr(there, "warehouse_id")
    ours, theirs = (
        (StockMove.source, StockMove.destination)
        if out
        else (StockMove.destination, StockMove.source)
    )
    used = there.kind.in_(USES)
    product = StockMove.__table__.c.product_id
    return (
        select(
            product.label("product_id"),
            house.label("warehouse_id"),
            func.sum(StockMove.quantity).label("quantity"),
            func.sum(StockMove.quantity).filter(used).label("used"),
        )
        .select_from(StockMove)
        .join(here, ours.of_type(here))
        .join(there, theirs.of_type(there))
        .where(StockMove.state == MoveState.DONE, here.kind == LocationKind.STOCK)
        .where(or_(there.kind != LocationKind.STOCK, other.is_distinct_from(house)))
        .where(StockMove.effective_at >= ctx.now - _days(days))
        .group_by(product, house)
        .subquery("left" if out else "came")
    )


def _shelves() -> Subquery:
    """What lies in each warehouse, by product."""
    shelves = kept()
    return (
        select(
            *(shelves.c.product_id, shelves.c.warehouse_id),
            func.sum(shelves.c.on_hand).label("on_hand"),
        )
        .group_by(shelves.c.product_id, shelves.c.warehouse_id)
        .subquery("shelves")
    )


def _same(one: Subquery, other: Subquery) -> ColumnElement[bool]:
    return and_(one.c.product_id == other.c.product_id, one.c.warehouse_id == other.c.warehouse_id)


@report(needs=SEE_WASTE)
def overstock(ctx: Context) -> Select[str, str, Decimal, Decimal, Decimal | None]:
    """For how many days what lies in each warehouse lasts, the longest first (I27).

    product: What lies there.
    warehouse: The warehouse's code.
    on_hand: How many lie on its shelves.
    used: How many have left for customers, as gifts and for other warehouses in the last 90 days.
    days_of_cover: How many days that lasts if it goes on like that; null where nothing left.
    """
    shelves, left = _shelves(), _moved(ctx, USED_IN, out=True)
    cover = shelves.c.on_hand * USED_IN / func.nullif(left.c.used, 0)
    return (
        select(
            Product.name.label("product"),
            Warehouse.code.label("warehouse"),
            _exact(shelves.c.on_hand).label("on_hand"),
            _exact(func.coalesce(left.c.used, 0)).label("used"),
            _rounded(cover).label("days_of_cover"),
        )
        .select_from(shelves)
        .outerjoin(left, _same(left, shelves))
        .join(Product, Product.id == shelves.c.product_id)
        .join(Warehouse, Warehouse.id == shelves.c.warehouse_id)
        .where(shelves.c.on_hand > 0)
        .order_by(cover.desc(), Product.name, Warehouse.code)
    )


@report(needs=SEE_WASTE)
def stock_turnover(
    ctx: Context,
) -> Select[str, str, Decimal, Decimal, Decimal | None, Decimal | None]:
    """How often stock was replaced in the last 365 days, the slowest first (I28).

    product: What lies there.
    warehouse: The warehouse's code.
    used: How many have left for customers, as gifts and for other warehouses.
    average: The mean of what was on hand at the beginning and at the end.
    turnover: How often the average was used up.
    days_of_inventory: How many days the average lasted; null where nothing left.
    """
    shelves = _shelves()
    left, came = (_moved(ctx, TURNED_IN, out=out) for out in (True, False))
    used = func.coalesce(left.c.used, 0)
    net = func.coalesce(came.c.quantity, 0) - func.coalesce(left.c.quantity, 0)
    average = shelves.c.on_hand - net / 2
    turnover = used / func.nullif(average, 0)
    return (
        select(
            Product.name.label("product"),
            Warehouse.code.label("warehouse"),
            _exact(used).label("used"),
            _rounded(average).label("average"),
            _rounded(turnover).label("turnover"),
            _rounded(average * TURNED_IN / func.nullif(used, 0)).label("days_of_inventory"),
        )
        .select_from(shelves)
        .outerjoin(left, _same(left, shelves))
        .outerjoin(came, _same(came, shelves))
        .join(Product, Product.id == shelves.c.product_id)
        .join(Warehouse, Warehouse.id == shelves.c.warehouse_id)
        .order_by(turnover.asc(), Product.name, Warehouse.code)
    )


@report(needs=SEE_WASTE)
def stock_ageing(
    ctx: Context,
) -> Select[str, str, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal]:
    """How long what lies in each warehouse has been there; what came last is there still (I27).

    product: What lies there.
    warehouse: The warehouse's code.
    to_30: How many came in the last 30 days.
    to_60: How many 31 to 60 days ago.
    to_90: How many 61 to 90 days ago.
    to_180: How many 91 to 180 days ago.
    older: How many earlier.
    on_hand: All of them together.
    """
    lying = layers()
    days = cast(extract("epoch", ctx.now - lying.c.arrived_at) / 86_400, Numeric(20, 6))

    def between(least: int, most: int | None) -> ColumnElement[Decimal]:
        inside = days > least if least else days >= 0
        inside = inside if most is None else and_(inside, days <= most)
        return _exact(func.coalesce(func.sum(lying.c.quantity).filter(inside), 0))

    return (
        select(
            Product.name.label("product"),
            Warehouse.code.label("warehouse"),
            between(0, 30).label("to_30"),
            between(30, 60).label("to_60"),
            between(60, 90).label("to_90"),
            between(90, 180).label("to_180"),
            between(180, None).label("older"),
            _exact(func.sum(lying.c.quantity)).label("on_hand"),
        )
        .select_from(lying)
        .join(Product, Product.id == lying.c.product_id)
        .join(Warehouse, Warehouse.id == lying.c.warehouse_id)
        .group_by(Product.id, Product.name, Warehouse.id, Warehouse.code)
        .order_by(Product.name, Warehouse.code, Product.id)
    )


@report(needs=SEE_WASTE)
def expiring_stock(ctx: Context) -> Select[str, str, str, date | None, int, Decimal]:
    """Lots in stock that have expired or will within 90 days, the first to go first (I15).

    product: What it is.
    warehouse: The warehouse's code.
    lot: The lot's number.
    expires_on: The last day on which it may leave.
    days_left: How many days that are; below zero where it has expired.
    on_hand: How many lie there.
    """
    shelves, today = kept(), cast(ctx.now, Date)
    left = cast(Lot.expires_on - today, Integer)
    return (
        select(
            Product.name.label("product"),
            Warehouse.code.label("warehouse"),
            Lot.number.label("lot"),
            Lot.expires_on.label("expires_on"),
            left.label("days_left"),
            _exact(shelves.c.on_hand).label("on_hand"),
        )
        .select_from(shelves)
        .join(Lot, Lot.id == shelves.c.lot_id)
        .join(Product, Product.id == shelves.c.product_id)
        .join(Warehouse, Warehouse.id == shelves.c.warehouse_id)
        .where(shelves.c.on_hand > 0, left <= EXPIRES_WITHIN)
        .order_by(Lot.expires_on, Product.name, Warehouse.code)
    )


@report(needs=SEE_WASTE)
def moved_back(ctx: Context) -> Select[str, str, str, int, Decimal]:
    """What went from one warehouse to another and back within 30 days: for nothing (I27).

    product: What was moved.
    warehouse: Where it went from, and came back to.
    other: Where it was in between.
    times: How often it went back.
    quantity: How many went back.
    """
    there, back = _between(), _between()
    home, other = aliased(Warehouse), aliased(Warehouse)
    soon = and_(back.c.at > there.c.at, back.c.at <= there.c.at + _days(BACK_WITHIN))
    earlier = select(there.c.at).where(
        soon,
        there.c.product_id == back.c.product_id,
        there.c.source == back.c.destination,
        there.c.destination == back.c.source,
    )
    return (
        select(
            Product.name.label("product"),
            home.code.label("warehouse"),
            other.code.label("other"),
            cast(func.count(), Integer).label("times"),
            _exact(func.sum(back.c.quantity)).label("quantity"),
        )
        .select_from(back)
        .join(Product, Product.id == back.c.product_id)
        .join(home, home.id == back.c.destination)
        .join(other, other.id == back.c.source)
        .where(earlier.exists())
        .group_by(Product.id, Product.name, home.id, home.code, other.id, other.code)
        .order_by(func.sum(back.c.quantity).desc(), Product.name, home.code, other.code)
    )


def _between() -> Subquery:
    """What transfers took from the shelves of one warehouse for another."""
    shelf, to = aliased(Location), aliased(Location)
    source, destination = getattr(shelf, "warehouse_id"), getattr(to, "warehouse_id")
    return (
        select(
            StockMove.__table__.c.product_id.label("product_id"),
            source.label("source"),
            destination.label("destination"),
            StockMove.quantity.label("quantity"),
            StockMove.effective_at.label("at"),
        )
        .select_from(StockMove)
        .join(Transfer, StockMove.transfer)
        .join(shelf, StockMove.source.of_type(shelf))
        .join(to, Transfer.destination.of_type(to))
        .where(StockMove.state == MoveState.DONE, Transfer.kind == TransferKind.INTERNAL)
        .where(shelf.kind == LocationKind.STOCK, source != destination)
        .subquery()
    )


@report(needs=SEE_WASTE)
def waiting_for_picking(
    ctx: Context,
) -> Select[str | None, str | None, TransferKind, TransferState, datetime, Decimal]:
    """Transfers that nobody has begun to pick, those that wait longest first (I27).

    number: What people call the transfer.
    reference: What it was made for.
    kind: What it is about.
    state: Whether its goods are there.
    asked_at: When it was made.
    hours: For how many hours it waits.
    """
    hours = extract("epoch", ctx.now - Transfer.created_at) / 3_600
    return (
        select(
            Transfer.number.label("number"),
            Transfer.reference.label("reference"),
            Transfer.kind.label("kind"),
            Transfer.state.label("state"),
            Transfer.created_at.label("asked_at"),
            _rounded(hours).label("hours"),
        )
        .where(Transfer.state.in_(WAITING))
        .order_by(Transfer.created_at, Transfer.id)
    )
