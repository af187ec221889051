"""What stores owe headquarters, and whether another order still fits in."""

from decimal import Decimal

from sqlalchemy import func, select

from dougong import Context, Money, Refused
from dougong_inventory.entities.replenishment import ReplenishmentOrder, ReplenishmentState
from dougong_inventory.entities.stores import StoreAccount, StorePayment
from dougong_product import Product, exchanged

State = ReplenishmentState
OWED = (
    *(State.FINANCE_APPROVED, State.SHIPPING, State.IN_TRANSIT),
    *(State.RECEIVED, State.CONFIRMED, State.CLOSED),
)
"""A store owes for an order from its funding on, for what it gets or loses."""


def account_of(order: ReplenishmentOrder, ctx: Context) -> StoreAccount | None:
    """The account of the store that orders, where it has one."""
    return next(iter(ctx.find(StoreAccount, StoreAccount.warehouse == order.warehouse)), None)


def price(order: ReplenishmentOrder, ctx: Context) -> None:
    """Write down what the store pays for each line: today's list prices, in its currency."""
    account = account_of(order, ctx)
    limit = account.credit_limit if account is not None else None
    first: Product = order.lines[0].product
    currency = limit.currency if limit is not None else first.price.currency
    order.currency = currency
    for line in order.lines:
        worth = exchanged(ctx, line.product.price, currency, ctx.now.date())
        line.unit_price = worth.amount


def owed(account: StoreAccount, ctx: Context, currency: str) -> Decimal:
    """What a store owes now, in a currency, at the rates of today; below zero: it paid in advance."""
    orders = (
        select(ReplenishmentOrder.currency, func.sum(ReplenishmentOrder.total))
        .where(ReplenishmentOrder.warehouse == account.warehouse)
        .where(ReplenishmentOrder.state.in_(OWED))
        .group_by(ReplenishmentOrder.currency)
    )
    payment = StorePayment.__table__.c
    paid = (
        select(payment.amount_currency, -func.sum(payment.amount_amount))
        .where(StorePayment.account == account)
        .group_by(payment.amount_currency)
    )
    sums = [*ctx.session.execute(orders), *ctx.session.execute(paid)]
    day = ctx.now.date()
    amounts = [exchanged(ctx, Money(sum_, kind), currency, day).amount for kind, sum_ in sums]
    return sum(amounts, Decimal(0))


def check_credit(order: ReplenishmentOrder, ctx: Context) -> None:
    """Let an order pass for which the store can pay (I18).

    The store's account stays locked until the transaction ends, so that of two orders the second
    sees the first. Raises Refused (`store_credit_exceeded`), with what is missing.
    """
    account = account_of(order, ctx)
    if account is None:
        return
    ctx.lock(account)
    limit = account.credit_limit
    if limit is None:
        return
    day = ctx.now.date()
    more = exchanged(ctx, Money(order.total, order.currency or ""), limit.currency, day)
    short = owed(account, ctx, limit.currency) + more.amount - limit.amount
    if short > 0:
        raise Refused(
            "store_credit_exceeded",
            number=order.number,
            short=Money(short, limit.currency),
            limit=limit,
        )
