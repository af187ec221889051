"""What is on its way to stores, how long that takes, and what stores owe."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Numeric,
    Select,
    cast,
    extract,
    func,
    select,
    type_coerce,
)

from dougong import Context, report
from dougong_inventory.entities import Warehouse
from dougong_inventory.entities.gifts import GiftIssue, GiftLine, GiftState
from dougong_inventory.entities.replenishment import ReplenishmentLine, ReplenishmentOrder
from dougong_inventory.entities.stores import StoreAccount, StorePayment
from dougong_inventory.permissions import FUND_SUPPLIES, SEE_GIFTS, SEE_SUPPLIES
from dougong_inventory.store_credit import OWED
from dougong_product import Product

AMOUNT = Numeric(38, 4)


@report(needs=SEE_SUPPLIES)
def supplies_in_transit(
    ctx: Context,
) -> Select[str | None, str, str, Decimal, Decimal, datetime | None]:
    """What has left headquarters and is neither on a store's shelf nor explained (I20).

    number: The order's number.
    warehouse: The store's code.
    product: What it is.
    in_transit: How many; each unit is counted once.
    disputed: How many of these did not arrive well.
    shipped_at: When goods were sent last.
    """
    line = ReplenishmentLine
    return (
        select(
            ReplenishmentOrder.number.label("number"),
            Warehouse.code.label("warehouse"),
            Product.name.label("product"),
            line.in_transit.label("in_transit"),
            line.disputed.label("disputed"),
            ReplenishmentOrder.shipped_at.label("shipped_at"),
        )
        .select_from(ReplenishmentOrder)
        .join(ReplenishmentOrder.lines)
        .join(ReplenishmentOrder.warehouse)
        .join(line.product)
        .where(line.in_transit > 0)
        .order_by(ReplenishmentOrder.shipped_at, ReplenishmentOrder.number, Product.name)
    )


@report(needs=SEE_SUPPLIES)
def replenishment_times(
    ctx: Context,
) -> Select[str, int, Decimal, Decimal, Decimal]:
    """How long stores wait for what they order, in hours on average (I27).

    warehouse: The store's code.
    orders: How many of its orders were received.
    to_shipment: From the submission until goods were sent last.
    to_receipt: From then until the store had looked at them.
    together: From the submission until then.
    """
    order = ReplenishmentOrder

    def hours(begin: Any, end: Any) -> ColumnElement[Decimal]:
        mean = func.avg(extract("epoch", end - begin) / 3_600)
        return func.round(cast(mean, Numeric(20, 6)), 2, type_=Numeric(20, 2))

    return (
        select(
            Warehouse.code.label("warehouse"),
            cast(func.count(), Integer).label("orders"),
            hours(order.submitted_at, order.shipped_at).label("to_shipment"),
            hours(order.shipped_at, order.received_at).label("to_receipt"),
            hours(order.submitted_at, order.received_at).label("together"),
        )
        .select_from(order)
        .join(order.warehouse)
        .where(order.received_at.is_not(None))
        .group_by(Warehouse.id, Warehouse.code)
        .order_by(Warehouse.code)
    )


@report(needs=FUND_SUPPLIES)
def store_balances(
    ctx: Context,
) -> Select[str, Any, Any, Decimal, Decimal, Decimal]:
    """What stores owe in the currency of their limits, and how much they may still order (I18).

    warehouse: The store's code.
    currency: What the amounts are in.
    credit_limit: How much it may owe.
    ordered: What it got, lost or will get.
    paid: What it has paid.
    left: How much it may still order; below zero where it owes too much.
    """
    account, order, payment = StoreAccount.__table__.c, ReplenishmentOrder, StorePayment.__table__.c
    kind, limit = account.credit_limit_currency, account.credit_limit_amount
    ordered = (
        select(func.coalesce(func.sum(order.total), 0))
        .where(order.__table__.c.warehouse_id == account.warehouse_id)
        .where(order.state.in_(OWED), order.currency == kind)
        .correlate(StoreAccount)
        .scalar_subquery()
    )
    paid = (
        select(func.coalesce(func.sum(payment.amount_amount), 0))
        .where(payment.account_id == account.id, payment.amount_currency == kind)
        .correlate(StoreAccount)
        .scalar_subquery()
    )
    return (
        select(
            Warehouse.code.label("warehouse"),
            kind.label("currency"),
            limit.label("credit_limit"),
            type_coerce(ordered, AMOUNT).label("ordered"),
            type_coerce(paid, AMOUNT).label("paid"),
            type_coerce(limit - ordered + paid, AMOUNT).label("left"),
        )
        .select_from(StoreAccount)
        .join(StoreAccount.warehouse)
        .where(kind.is_not(None))
        .order_by(Warehouse.code)
    )


@report(needs=SEE_GIFTS)
def gifts_given(ctx: Context) -> Select[date | None, str | None, str, str, Decimal]:
    """What was given away and not taken back, the latest first (I24).

    day: The day on which the goods left.
    number: The gift's number.
    reason: Why it was given.
    product: What was given.
    quantity: How many units.
    """
    line = GiftLine
    return (
        select(
            GiftIssue.issued_on.label("day"),
            GiftIssue.number.label("number"),
            GiftIssue.reason.label("reason"),
            Product.name.label("product"),
            line.quantity.label("quantity"),
        )
        .select_from(GiftIssue)
        .join(GiftIssue.lines)
        .join(line.product)
        .where(GiftIssue.state == GiftState.ISSUED)
        .order_by(GiftIssue.issued_on.desc(), GiftIssue.number, Product.name)
    )
