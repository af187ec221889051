"""Sales figures."""

from decimal import Decimal

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
from dougong_sales_order.entities import OrderState, SalesOrder, SalesOrderLine
from dougong_sales_order.permissions import SEE_SALES

SOLD = (OrderState.APPROVED, OrderState.CONFIRMED, OrderState.DONE)
"""An order counts as a sale from its approval on, unless it is cancelled."""


def _exact(amount: ColumnElement[Decimal]) -> ColumnElement[Decimal]:
    """A sum with all its decimals and no zeros behind them."""
    return type_coerce(func.trim_scale(amount), Numeric(38, 12))


@report(needs=SEE_SALES)
def sales_by_year(
    ctx: Context,
) -> Select[int, str | None, int, Decimal, Decimal, Decimal]:
    """What was sold in each year and currency, by the day of the order, without freight.

    year: The year in which the customers ordered.
    currency: What the amounts of the row are in.
    orders: How many orders were approved, and not cancelled since.
    quantity: How many units their lines come to.
    net_unrounded: What the lines come to exactly, without any rounding.
    net_rounded: What the lines come to as the orders show them, each rounded to the cent.
    """
    year = cast(extract("year", SalesOrder.ordered_on), Integer)
    gross = SalesOrderLine.quantity * SalesOrderLine.unit_price
    return (
        select(
            year.label("year"),
            SalesOrder.currency.label("currency"),
            cast(func.count(SalesOrder.id.distinct()), Integer).label("orders"),
            _exact(func.sum(SalesOrderLine.quantity)).label("quantity"),
            _exact(func.sum(gross * (1 - SalesOrderLine.discount))).label("net_unrounded"),
            type_coerce(func.sum(SalesOrderLine.net), Numeric(38, 2)).label("net_rounded"),
        )
        .join(SalesOrder.lines)
        .where(SalesOrder.state.in_(SOLD))
        .group_by(year, SalesOrder.currency)
        .order_by(year, SalesOrder.currency)
    )
