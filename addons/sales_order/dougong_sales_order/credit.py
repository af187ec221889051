"""How much of a customer's credit is taken, and whether an order still fits in."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, or_, select

from dougong import Context, Money, Refused
from dougong_party import Party
from dougong_product import exchanged
from dougong_sales_order.entities import (
    CustomerTerms,
    OrderReview,
    OrderState,
    ReviewKind,
    SalesOrder,
)
from dougong_sales_order.permissions import SEE_CREDIT

OWED = SalesOrder.total + SalesOrder.freight
"""What an order costs its customer, in its own currency."""
TAKES_CREDIT = OrderState.CONFIRMED
"""The state in which an order takes credit: promised, and not ended."""


@dataclass(frozen=True)
class Exposure:
    """How a customer stands, in the currency of the limit."""

    taken: Money
    """What confirmed orders that have not ended come to.

    There are no invoices and receipts yet: an order takes credit from its confirmation until it
    is done or cancelled, whether it was paid before or not.
    """
    order: Money
    """What the order in question would add."""

    def exceeds(self, limit: Money) -> bool:
        """Whether both together are more than the limit."""
        return self.taken.amount + self.order.amount > limit.amount


def exposure(order: SalesOrder, ctx: Context, currency: str) -> Exposure:
    """How the customer of an order stands; other currencies at the rates of today.

    Raises Refused (`no_rate`).
    """
    asked = SalesOrder.id == order.id
    rows = ctx.session.execute(
        select(asked, SalesOrder.currency, func.sum(OWED))
        .where(SalesOrder.customer == order.customer, or_(SalesOrder.state == TAKES_CREDIT, asked))
        .group_by(asked, SalesOrder.currency)
    )
    sums = {True: Money(Decimal(0), currency), False: Money(Decimal(0), currency)}
    for mine, kind, amount in rows:
        worth = exchanged(ctx, Money(amount, kind or currency), currency, ctx.now.date())
        sums[mine] = Money(sums[mine].amount + worth.amount, currency)
    return Exposure(taken=sums[False], order=sums[True])


def limit_of(customer: Party) -> Money | None:
    """How much a customer may owe, as far as it is known here; None: any amount."""
    return CustomerTerms.of(customer).credit_limit


def check_credit(order: SalesOrder, ctx: Context, reviews: list[OrderReview]) -> None:
    """Let an order pass that fits into its customer's credit limit, or may go beyond it (S11).

    The customer's terms stay locked until the transaction ends, so that of two orders the second
    sees the first. The amounts are told to those alone who may see them. Raises Refused
    (`credit_limit_exceeded`).
    """
    if limit_of(order.customer) is None:
        return
    ctx.lock(CustomerTerms.of(order.customer))
    limit = limit_of(order.customer)
    if limit is None or any(one.kind is ReviewKind.CREDIT for one in reviews):
        return
    found = exposure(order, ctx, limit.currency)
    if found.exceeds(limit):
        raise Refused("credit_limit_exceeded", **_told(order, found, limit, ctx))


def _told(order: SalesOrder, found: Exposure, limit: Money, ctx: Context) -> dict[str, Any]:
    told: dict[str, Any] = {"number": order.number}
    customer: Party = order.customer
    if ctx.allows(SEE_CREDIT, customer):
        told |= {"limit": limit, "taken": found.taken, "order": found.order}
    return told
