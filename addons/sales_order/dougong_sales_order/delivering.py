"""Counting what has been delivered of an order, and what is still open."""

from datetime import date
from decimal import Decimal

from dougong import Context, Refused
from dougong_product import rounded
from dougong_sales_order.entities import (
    Delivery,
    DeliveryLine,
    DeliveryState,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.questions import delivered_by


def open_lines(order: SalesOrder, ctx: Context) -> list[SalesOrderLine]:
    """The lines of which something is still to be delivered."""
    of_order = SalesOrderLine.order == order
    return ctx.find(SalesOrderLine, of_order, SalesOrderLine.quantity_open > 0)


def open_base(line: SalesOrderLine) -> Decimal:
    """How much of a line is open, in the product's own unit: what stock is counted in."""
    if line.quantity_open == line.quantity:
        return line.base_quantity
    times = line.unit_numerator / line.unit_denominator
    return rounded(line.quantity_open * times, 4)


def deliver(order: SalesOrder, ctx: Context) -> Delivery | None:
    """Write down that all that is open has left the house today; None where nothing is open.

    For who answers `delivered_by`, and for the step that ends an order.
    """
    lines = [DeliveryLine(line=one, quantity=one.quantity_open) for one in open_lines(order, ctx)]
    if not lines:
        return None
    delivery = Delivery(order=order, lines=lines)
    delivery.source = delivered_by(order, ctx)
    return ctx.create(delivery)


def count(line: SalesOrderLine, quantity: Decimal, on: date) -> None:
    """Add to a line what was delivered; raises Refused for more than is open."""
    if quantity > line.quantity_open:
        raise Refused(
            "over_delivery",
            at="quantity",
            wanted=quantity,
            open=line.quantity_open,
            product=line.product.name,
        )
    if quantity == line.quantity_open:
        line.delivered_on = on
    line.quantity_delivered += quantity


def take_back(line: SalesOrderLine, quantity: Decimal) -> None:
    """Take from a line what was not delivered after all."""
    line.quantity_delivered -= quantity
    line.delivered_on = None


def close(lines: list[SalesOrderLine], ctx: Context) -> None:
    """Have no more of some lines delivered."""
    for line in lines:
        line.quantity_closed += line.quantity_open
    ctx.session.flush()


def note_state(order: SalesOrder, ctx: Context) -> None:
    """Say on the order how much of it has been delivered."""
    ctx.session.flush()
    if not open_lines(order, ctx):
        order.delivery_state = DeliveryState.FULL
        return
    some = ctx.find(
        SalesOrderLine, SalesOrderLine.order == order, SalesOrderLine.quantity_delivered > 0
    )
    order.delivery_state = DeliveryState.PARTIAL if some else DeliveryState.NONE
