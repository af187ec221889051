"""What grows old on the shelves: how long it has been there, and what expires (I15, I27)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    and_,
    cast,
    extract,
    func,
    select,
)

from dougong import Context, report
from dougong_inventory.entities import Lot, Warehouse
from dougong_inventory.layers import kept, layers
from dougong_inventory.permissions import SEE_WASTE
from dougong_inventory.reports.waste.figures import exact
from dougong_product import Product

EXPIRES_WITHIN = 90
"""Lots that expire within so many days are told."""


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
        return exact(func.coalesce(func.sum(lying.c.quantity).filter(inside), 0))

    return (
        select(
            Product.name.label("product"),
            Warehouse.code.label("warehouse"),
            between(0, 30).label("to_30"),
            between(30, 60).label("to_60"),
            between(60, 90).label("to_90"),
            between(90, 180).label("to_180"),
            between(180, None).label("older"),
            exact(func.sum(lying.c.quantity)).label("on_hand"),
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
            exact(shelves.c.on_hand).label("on_hand"),
        )
        .select_from(shelves)
        .join(Lot, Lot.id == shelves.c.lot_id)
        .join(Product, Product.id == shelves.c.product_id)
        .join(Warehouse, Warehouse.id == shelves.c.warehouse_id)
        .where(shelves.c.on_hand > 0, left <= EXPIRES_WITHIN)
        .order_by(Lot.expires_on, Product.name, Warehouse.code)
    )
