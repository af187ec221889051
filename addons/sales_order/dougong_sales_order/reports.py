"""Sales figures."""

from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Numeric,
    Select,
    and_,
    case,
    cast,
    extract,
    func,
    or_,
    select,
    type_coerce,
)

from dougong import Context, report
from dougong_sales_order.entities import OrderState, SalesOrder, SalesOrderLine
from dougong_sales_order.permissions import SEE_SALES

SOLD = (OrderState.APPROVED, OrderState.CONFIRMED, OrderState.DONE)
"""An order counts as a sale from its approval on, unless it is cancelled."""


def _exact(amount: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    """A sum with all its decimals and no zeros behind them."""
    return type_coerce(func.trim_scale(amount), Numeric(38, 12))


@report(needs=SEE_SALES)
def on_time_delivery(ctx: Context) -> Select[int, int, int, int, Decimal]:
    """How many lines of orders were delivered by the day that was promised (S26).

    year: The year of the promise.
    lines: How many lines are delivered, or should have been by now.
    late: How many of them came after the day, or are open past it.
    orders_late: How many orders have such a line.
    percent_on_time: The part of the lines that was in time, in per cent.
    """
    today = cast(ctx.now, Date)
    line = SalesOrderLine
    behind = and_(line.delivered_on.is_(None), line.promised_on < today, line.quantity_open > 0)
    late = or_(line.delivered_on > line.promised_on, behind)
    year = cast(extract("year", line.promised_on), Integer)
    late_lines = func.count().filter(late)
    in_time = 100 - cast(late_lines, Numeric(20, 0)) * 100 / func.count()
    return (
        select(
            year.label("year"),
            cast(func.count(), Integer).label("lines"),
            cast(late_lines, Integer).label("late"),
            cast(func.count(SalesOrder.id.distinct()).filter(late), Integer).label("orders_late"),
            func.round(in_time, 2, type_=Numeric(5, 2)).label("percent_on_time"),
        )
        .join(line.order)
        .where(SalesOrder.state.in_(SOLD), or_(line.delivered_on.is_not(None), behind))
        .where(line.promised_on.is_not(None))
        .group_by(year)
        .order_by(year)
    )


@report(needs=SEE_SALES)
def sales_by_year(
    ctx: Context,
) -> Select[int, str | None, int, Decimal, Decimal, Decimal, Decimal]:
    """What was sold in each year and currency, by the day of the order, without freight.

    year: The year in which the customers ordered.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many of the products' own units their lines come to.
    net_unrounded: What the lines come to exactly, without any rounding.
    net_rounded: What the lines come to as the orders show them, each rounded to the cent.
    net_rounded_by_order: What the orders come to where each is rounded once, to the cent.
    """
    priced = SalesOrderLine.quantity * SalesOrderLine.unit_price * (1 - SalesOrderLine.discount)
    inside = case((SalesOrderLine.tax_included, 1 + SalesOrderLine.tax_rate), else_=1)
    exact = func.sum((priced - SalesOrderLine.order_discount) / inside)
    order = (
        select(
            cast(extract("year", SalesOrder.ordered_on), Integer).label("year"),
            SalesOrder.currency.label("currency"),
            func.sum(SalesOrderLine.base_quantity).label("quantity"),
            exact.label("exact"),
            func.sum(SalesOrderLine.net).label("net"),
        )
        .join(SalesOrder.lines)
        .where(SalesOrder.state.in_(SOLD))
        .group_by(SalesOrder.id, SalesOrder.ordered_on, SalesOrder.currency)
        .subquery()
    )
    return (
        select(
            order.c.year,
            order.c.currency,
            cast(func.count(), Integer).label("orders"),
            _exact(func.sum(order.c.quantity)).label("quantity"),
            _exact(func.sum(order.c.exact)).label("net_unrounded"),
            type_coerce(func.sum(order.c.net), Numeric(38, 2)).label("net_rounded"),
            type_coerce(func.sum(func.round(order.c.exact, 2)), Numeric(38, 2)).label(
                "net_rounded_by_order"
            ),
        )
        .group_by(order.c.year, order.c.currency)
        .order_by(order.c.year, order.c.currency)
    )
