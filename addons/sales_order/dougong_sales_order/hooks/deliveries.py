"""What can be delivered and promised, and what follows for the order."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dougong import Context, Invalid, Refused, WrongState, after, before, guard
from dougong_sales_order.actions.promises import change_promise
from dougong_sales_order.delivering import (
    close,
    count,
    deliver,
    note_state,
    open_lines,
    take_back,
)
from dougong_sales_order.entities import (
    Delivery,
    DeliveryLine,
    DeliveryState,
    OrderState,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.questions import delivered_by
from dougong_sales_order.workflows import cancel, close_short, ship

OF_ITS_ORDER = (DeliveryLine.delivery, Delivery.order)


@before(Delivery.create)
def deliver_what_was_promised(delivery: Delivery, ctx: Context) -> None:
    """Only what is confirmed leaves the house, and by whoever delivers (S13)."""
    order = delivery.order
    ctx.lock(order)
    if order.state not in (OrderState.CONFIRMED, OrderState.DONE):
        raise WrongState("not_confirmed", at="order", number=order.number, state=order.state)
    other = delivered_by(order, ctx)
    if other != delivery.source:
        raise Refused("delivered_elsewhere", at="order", by=other)
    if not delivery.lines:
        raise Invalid("nothing_delivered_with_it", at="lines")
    delivery.delivered_on = delivery.delivered_on or ctx.now.date()
    delivery.carrier = delivery.carrier or order.carrier


@before(DeliveryLine.create)
def count_what_is_delivered(part: DeliveryLine, ctx: Context) -> None:
    """No more leaves than is open, however many write it down at once."""
    order = part.delivery.order
    ctx.lock(order)
    if part.line.order is not order:
        raise Invalid("line_of_another_order", at="line", number=order.number)
    ctx.lock(part.line)
    count(part.line, part.quantity, part.delivery.delivered_on or ctx.now.date())


@after(DeliveryLine.create, together=True)
def end_what_is_delivered(parts: Sequence[DeliveryLine], ctx: Context) -> None:
    """An order of which nothing is open any more is done."""
    for order in {part.delivery.order for part in parts}:
        note_state(order, ctx)
        if order.delivery_state is DeliveryState.FULL and order.state is OrderState.CONFIRMED:
            ship(order, ctx)


@guard(DeliveryLine.update)
def keep_what_was_delivered(part: DeliveryLine, ctx: Context) -> Refused | None:
    """It is taken back whole and written down anew."""
    return Refused("delivery_stays")


@before(Delivery.update, form=True)
def keep_the_order_of_a_delivery(delivery: Delivery, ctx: Context, **form: Any) -> None:
    """Carrier and number may be learnt later; what it was for does not change."""
    if form.get("order", delivery.order) is not delivery.order:
        raise Invalid("delivery_stays", at="order")


@guard(Delivery.delete, loads=(Delivery.order,))
def take_back_by_hand_only(delivery: Delivery, ctx: Context) -> Refused | None:
    """A mistake is taken back while its order is open."""
    return _stays(delivery)


@guard(DeliveryLine.delete, loads=(OF_ITS_ORDER,))
def take_back_lines_by_hand_only(part: DeliveryLine, ctx: Context) -> Refused | None:
    """Nor a part of it later."""
    return _stays(part.delivery)


@before(DeliveryLine.delete)
def count_what_is_taken_back(part: DeliveryLine, ctx: Context) -> None:
    """It is open again."""
    ctx.lock(part.line)
    take_back(part.line, part.quantity)


@after(DeliveryLine.delete)
def open_what_was_taken_back(part: DeliveryLine, ctx: Context) -> None:
    """The order says so too."""
    note_state(part.line.order, ctx)


@after(ship)
def deliver_the_rest(order: SalesOrder, ctx: Context) -> None:
    """What has left the house is delivered, unless somebody else writes that down."""
    if delivered_by(order, ctx) is None:
        deliver(order, ctx)
    note_state(order, ctx)


@after(close_short)
def expect_no_more(order: SalesOrder, ctx: Context) -> None:
    """Nothing of it is open."""
    note_state(order, ctx)


@after(cancel)
def deliver_none_of_it(order: SalesOrder, ctx: Context) -> None:
    """What was called off is not late."""
    close(open_lines(order, ctx), ctx)


@guard(cancel)
def cancel_before_anything_left(order: SalesOrder, ctx: Context) -> Refused | None:
    """What a customer has got is not called off."""
    if order.delivery_state is DeliveryState.NONE:
        return None
    return Refused("partly_delivered", number=order.number)


@guard(close_short)
def close_what_was_begun(order: SalesOrder, ctx: Context) -> Refused | None:
    """An order of which nothing was delivered is cancelled."""
    if order.delivery_state is not DeliveryState.NONE:
        return None
    return Refused("nothing_delivered", number=order.number)


@before(SalesOrder.create)
def promise_what_the_lines_say(order: SalesOrder, ctx: Context) -> None:
    """Where only lines have days, the order has the latest."""
    days = [line.promised_on for line in order.lines if line.promised_on is not None]
    order.promised_on = order.promised_on or max(days, default=None)


@before(SalesOrder.update, form=True)
def promise_the_lines_the_same(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """Another day for a draft is another for the lines that have the same."""
    if form.get("promised_on", order.promised_on) == order.promised_on:
        return
    for line in ctx.find(SalesOrderLine, SalesOrderLine.order == order):
        if line.promised_on == order.promised_on:
            line.promised_on = form["promised_on"]


@guard(change_promise, loads=(SalesOrderLine.order,))
def promise_what_is_open(line: SalesOrderLine, ctx: Context) -> Refused | None:
    """Until it is confirmed nothing is promised, and once it is delivered nothing more."""
    order = line.order
    if order.state is not OrderState.CONFIRMED:
        return WrongState("not_confirmed", number=order.number, state=order.state)
    return None if line.quantity_open else Refused("line_is_over", number=order.number)


@before(change_promise, form=True)
def say_why_it_is_later(
    line: SalesOrderLine, ctx: Context, *, promised_on: date, reason: str
) -> None:
    """Whoever asks later wants to know."""
    if not reason.strip():
        raise Invalid("promise_without_reason", at="reason")


def _stays(delivery: Delivery) -> Refused | None:
    if delivery.source is not None:
        return Refused("delivered_elsewhere", by=delivery.source)
    order = delivery.order
    if order.state is OrderState.CONFIRMED:
        return None
    return WrongState("delivered_for_good", number=order.number, state=order.state)
