"""How long stock lasts and how often it is replaced: what is too much (I27, I28)."""

from decimal import Decimal

from sqlalchemy import ColumnElement, Select, Subquery, and_, func, or_, select

from dougong import Context, report
from dougong_inventory.entities import Location, LocationKind, MoveState, StockMove, Warehouse
from dougong_inventory.layers import kept
from dougong_inventory.permissions import SEE_WASTE
from dougong_inventory.reports.waste.figures import days_long, exact, rounded
from dougong_product import Product

USED_IN, TURNED_IN = 90, 365
"""How many days the reports look at."""
USES = (LocationKind.CUSTOMER, LocationKind.GIFT, LocationKind.TRANSIT, LocationKind.STOCK)
"""Where goods go that are used; the shelves are those of another warehouse."""


def _moved(ctx: Context, days: int, *, out: bool) -> Subquery:
    """What has left the shelves of each warehouse, or come to them, in the last days."""
    here, there = Location.__table__.alias(), Location.__table__.alias()
    house, other = here.c.warehouse_id, there.c.warehouse_id
    move = StockMove.__table__.c
    ours, theirs = move.source_id, move.destination_id
    if not out:
        ours, theirs = theirs, ours
    used = there.c.kind.in_(USES)
    return (
        select(
            move.product_id.label("product_id"),
            house.label("warehouse_id"),
            func.sum(StockMove.quantity).label("quantity"),
            func.sum(StockMove.quantity).filter(used).label("used"),
        )
        .select_from(StockMove)
        .join(here, here.c.id == ours)
        .join(there, there.c.id == theirs)
        .where(StockMove.state == MoveState.DONE, here.c.kind == LocationKind.STOCK)
        .where(or_(there.c.kind != LocationKind.STOCK, other.is_distinct_from(house)))
        .where(StockMove.effective_at >= ctx.now - days_long(days))
        .group_by(move.product_id, house)
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
            exact(shelves.c.on_hand).label("on_hand"),
            exact(func.coalesce(left.c.used, 0)).label("used"),
            rounded(cover).label("days_of_cover"),
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
            exact(used).label("used"),
            rounded(average).label("average"),
            rounded(turnover).label("turnover"),
            rounded(average * TURNED_IN / func.nullif(used, 0)).label("days_of_inventory"),
        )
        .select_from(shelves)
        .outerjoin(left, _same(left, shelves))
        .outerjoin(came, _same(came, shelves))
        .join(Product, Product.id == shelves.c.product_id)
        .join(Warehouse, Warehouse.id == shelves.c.warehouse_id)
        .order_by(turnover.asc(), Product.name, Warehouse.code)
    )
