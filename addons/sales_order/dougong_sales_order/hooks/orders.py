"""What an order fills in by itself, and what it does not let happen any more."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, select

from dougong import Context, Invalid, NumberSeries, Refused, WrongState, before, guard
from dougong_product import Product, rounding_of
from dougong_sales_order.entities import CustomerTerms, OrderState, SalesOrder, SalesOrderLine
from dougong_sales_order.pricing import (
    check_decimals,
    check_list,
    customers_list,
    price_lines,
    reprice,
)
from dougong_sales_order.workflows import submit
from dougong_sales_order.workflows.orders import UNDER_WAY

ORDER_NUMBERS = NumberSeries(
    "sales_order.order", "What people call sales orders.", pattern="SO-{n:06}"
)
MOST_TAKEN = 100
"""How many numbers in a row may be another order's that was imported."""
ADDRESS = ("ship_to_name", "ship_to_street", "ship_to_city")
"""Without these nobody can be reached."""
CURRENCY = "USD"
"""What an order is in when neither it nor a line says so."""


@before(SalesOrder.create)
def fill_in_what_is_not_said(order: SalesOrder, ctx: Context) -> None:
    """Owner, day and currency have an obvious answer when nobody gives one."""
    if order.number is None:
        order.number = _drawn(ctx)
    elif ORDER_NUMBERS.claims(ctx, order.number):
        raise Invalid("number_is_drawn", at="number", pattern=ORDER_NUMBERS.text(ctx))
    order.owner = order.owner or ctx.me
    order.intent_at = order.intent_at or ctx.now
    order.ordered_on = day = order.ordered_on or ctx.now.date()
    chosen = order.price_list = order.price_list or customers_list(order)
    listed = [line.product.price.currency for line in order.lines]
    if chosen is not None:
        listed = [chosen.currency]
    order.currency = currency = order.currency or next(iter(listed), CURRENCY)
    rounding = rounding_of(ctx, day, currency)
    order.tax_rounding, order.currency_digits = rounding.level, rounding.digits
    check_list(order, {})
    check_decimals(order, {})


@before(SalesOrder.create)
def ship_to_the_customer(order: SalesOrder, ctx: Context) -> None:
    """The address is kept as it was, however the customer moves later."""
    if any((order.ship_to_name, order.ship_to_street, order.ship_to_city, order.ship_to_country)):
        return
    customer = order.customer
    order.ship_to_name, order.ship_to_street = customer.name, customer.street
    order.ship_to_city, order.ship_to_region = customer.city, customer.region
    order.ship_to_postal_code, order.ship_to_country = customer.postal_code, customer.country


@before(SalesOrder.create)
def pay_as_agreed(order: SalesOrder, ctx: Context) -> None:
    """How a customer pays was agreed once."""
    if order.payment_method is None or order.payment_days is None:
        agreed = CustomerTerms.of(order.customer)
        order.payment_method = order.payment_method or agreed.payment_method
        if order.payment_days is None:
            order.payment_days = agreed.payment_days


@guard(submit, loads=(SalesOrder.lines,))
def submit_what_somebody_buys(order: SalesOrder, ctx: Context) -> Refused | None:
    """An order says what is bought, where it goes, and how it is paid (S09)."""
    missing = [
        *([] if order.lines else [("no_lines", "lines")]),
        *[("no_address", name) for name in ADDRESS if not (getattr(order, name) or "").strip()],
        *([] if order.payment_method else [("no_payment_method", "payment_method")]),
    ]
    refusals = [Refused(code, at=field, number=order.number) for code, field in missing]
    return Refused.all(refusals) if refusals else None


@guard(SalesOrder.update)
def change_what_is_not_promised(order: SalesOrder, ctx: Context) -> Refused | None:
    """What the customer was promised stays."""
    return _not_open(order)


@before(SalesOrder.update, form=True)
def keep_number_and_currency(order: SalesOrder, ctx: Context, **form: Any) -> None:
    """People call the order by its number, and its lines have prices."""
    if form.get("number", order.number) != order.number:
        raise Invalid("number_is_fixed", at="number", number=order.number)
    if order.lines and form.get("currency", order.currency) != order.currency:
        raise Invalid("currency_is_fixed", at="currency", currency=order.currency)
    if "intent_at" in form and order.submitted_at and form["intent_at"] != order.intent_at:
        raise Invalid("intent_is_fixed", at="intent_at", number=order.number)


@guard(SalesOrder.delete)
def delete_drafts_only(order: SalesOrder, ctx: Context) -> Refused | None:
    """What others have seen is cancelled, not deleted."""
    if order.state is OrderState.DRAFT:
        return None
    return WrongState("not_a_draft", number=order.number, state=order.state)


@before(SalesOrderLine.create, together=True)
def price_new_lines(lines: Sequence[SalesOrderLine], ctx: Context) -> None:
    """A line costs what the product costs today, unless somebody says otherwise."""
    by_order: dict[SalesOrder, list[SalesOrderLine]] = {}
    for line in lines:
        by_order.setdefault(line.order, []).append(line)
    ctx.lock(*by_order)
    for over in map(_not_open, by_order):
        if over:
            raise over
    for product in dict.fromkeys(line.product for line in lines):
        _check_sold(product)
    for some in by_order.values():
        price_lines(some, ctx)


@guard(SalesOrderLine.update, loads=(SalesOrderLine.order,))
def change_lines_that_are_not_promised(line: SalesOrderLine, ctx: Context) -> Refused | None:
    """What the customer was promised stays."""
    return _not_open(line.order)


@before(SalesOrderLine.update, form=True)
def price_what_is_changed(line: SalesOrderLine, ctx: Context, **form: Any) -> None:
    """Another product brings its own list price, unless a price is given."""
    if form.get("order", line.order) is not line.order:
        raise Invalid("line_stays", at="order", number=line.order.number)
    product = form.get("product", line.product)
    if product is not line.product:
        _check_sold(product)
    reprice(line, ctx, form)


@guard(SalesOrderLine.delete, loads=(SalesOrderLine.order,))
def delete_lines_that_are_not_promised(line: SalesOrderLine, ctx: Context) -> Refused | None:
    """What the customer was promised stays."""
    return _not_open(line.order)


def _not_open(order: SalesOrder) -> Refused | None:
    if order.state is OrderState.DRAFT or order.state in UNDER_WAY:
        return None
    return WrongState("not_open", number=order.number, state=order.state)


def _drawn(ctx: Context) -> str:
    """A number that no order has: history that was imported may have some already."""
    number = ""
    for _ in range(MOST_TAKEN):
        number = ORDER_NUMBERS.next(ctx)
        if ctx.session.scalar(select(exists().where(SalesOrder.number == number))) is False:
            return number
    raise Refused("numbers_taken", at="number", last=number)


def _check_sold(product: Product) -> None:
    if not product.active:
        raise Refused("not_sold", at="product", product=product.name)
