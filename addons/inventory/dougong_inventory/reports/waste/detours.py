"""What was moved for nothing, and what waits for being moved (I27)."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import Integer, Select, Subquery, and_, cast, extract, func, select

from dougong import Context, report
from dougong_inventory.entities import (
    Location,
    LocationKind,
    MoveState,
    StockMove,
    Transfer,
    TransferKind,
    TransferState,
    Warehouse,
)
from dougong_inventory.permissions import SEE_WASTE
from dougong_inventory.reports.waste.figures import days_long, exact, rounded
from dougong_product import Product

BACK_WITHIN = 30
"""Goods that come back within so many days went for nothing."""
_move = StockMove.__table__.c
WAITING = (TransferState.WAITING, TransferState.RESERVED)


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
    home, other = Warehouse.__table__.alias(), Warehouse.__table__.alias()
    soon = and_(back.c.at > there.c.at, back.c.at <= there.c.at + days_long(BACK_WITHIN))
    earlier = select(there.c.at).where(
        soon,
        there.c.product_id == back.c.product_id,
        there.c.source == back.c.destination,
        there.c.destination == back.c.source,
    )
    return (
        select(
            Product.name.label("product"),
            home.c.code.label("warehouse"),
            other.c.code.label("other"),
            cast(func.count(), Integer).label("times"),
            exact(func.sum(back.c.quantity)).label("quantity"),
        )
        .select_from(back)
        .join(Product, Product.id == back.c.product_id)
        .join(home, home.c.id == back.c.destination)
        .join(other, other.c.id == back.c.source)
        .where(earlier.exists())
        .group_by(Product.id, Product.name, home.c.id, home.c.code, other.c.id, other.c.code)
        .order_by(func.sum(back.c.quantity).desc(), Product.name, home.c.code, other.c.code)
    )


def _between() -> Subquery:
    """What transfers took from the shelves of one warehouse for another."""
    shelf, to = Location.__table__.alias(), Location.__table__.alias()
    source, destination = shelf.c.warehouse_id, to.c.warehouse_id
    return (
        select(
            _move.product_id.label("product_id"),
            source.label("source"),
            destination.label("destination"),
            StockMove.quantity.label("quantity"),
            StockMove.effective_at.label("at"),
        )
        .select_from(StockMove)
        .join(StockMove.transfer)
        .join(shelf, shelf.c.id == _move.source_id)
        .join(to, to.c.id == Transfer.__table__.c.destination_id)
        .where(StockMove.state == MoveState.DONE, Transfer.kind == TransferKind.INTERNAL)
        .where(shelf.c.kind == LocationKind.STOCK, source != destination)
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
            rounded(hours).label("hours"),
        )
        .where(Transfer.state.in_(WAITING))
        .order_by(Transfer.created_at, Transfer.id)
    )
