"""A shop for tests of reading: customers of owners, orders with lines, every kind of field."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Computed, Numeric, Select, exists, func, select
from sqlalchemy.orm import Mapped, aliased, mapped_column

from dougong import (
    Asking,
    Email,
    Entity,
    Money,
    Permission,
    Quantity,
    Role,
    User,
    all_rows,
    computed,
    link,
    money,
    own,
    owned,
    read,
    report,
    rows_where,
    sum_of,
)
from dougong.access.context import Context


class OrderState(StrEnum):
    """How far an order has come."""

    NEW = "NEW"
    """Just entered."""
    PAID = "PAID"
    SENT = "SENT"


class Customer(Entity, searchable=("name", "city", "email")):
    """Somebody who buys from us."""

    name: Mapped[str]
    """What people call them."""
    city: Mapped[str | None] = mapped_column(default=None)
    email: Mapped[Email | None] = mapped_column(default=None)
    rating: Mapped[int | None] = mapped_column(default=None)
    points: Mapped[int] = mapped_column(BigInteger, default=0)
    active: Mapped[bool] = mapped_column(default=True)
    since: Mapped[date | None] = mapped_column(default=None)
    seen_at: Mapped[datetime | None] = mapped_column(default=None)
    notes: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    credit: Mapped[Money | None] = money(default=None)
    owner: Mapped[User | None] = link(default=None)
    """Who looks after them."""
    parent: Mapped["Customer | None"] = link(default=None, reverse="branches")
    """The company that they belong to."""


class Line(Entity):
    """One article in an order."""

    order: Mapped["Order"] = link(default=None, on_delete="CASCADE")
    article: Mapped[str]
    quantity: Mapped[Quantity]
    price: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    amount: Mapped[Decimal] = mapped_column(
        Numeric(18, 2), Computed("round(quantity * price, 2)"), init=False
    )


class Payment(Entity):
    """Money that came in for an order."""

    order: Mapped["Order"] = link(default=None, on_delete="CASCADE")
    amount: Mapped[Decimal] = mapped_column(Numeric(18, 2))


class Order(Entity):
    """What a customer has asked for."""

    customer: Mapped[Customer] = link(default=None)
    state: Mapped[OrderState] = mapped_column(default=OrderState.NEW)
    placed_on: Mapped[date]
    lines: Mapped[list[Line]] = owned(default_factory=list)
    total: Mapped[Decimal] = sum_of(Line.amount)
    payments: Mapped[list[Payment]] = owned(default_factory=list)
    paid: Mapped[Decimal] = sum_of(Payment.amount)


COUNT = Permission("shop.count", "Ask for reports.")

BOSS = Role(
    "shop.boss",
    "Sees everything.",
    grants=[COUNT, read(Customer), read(Order), read(User)],
    rows=[all_rows(Customer), all_rows(Order), all_rows(User)],
)
CLERK = Role(
    "shop.clerk",
    "Sees own customers, and their orders.",
    grants=[COUNT, read(Customer), read(Order)],
    rows=[
        own(Customer.owner),
        rows_where(
            Order,
            lambda order, me: order.customer.has(Customer.owner.has(User.id == me.id)),
        ),
    ],
)
PACKER = Role(
    "shop.packer",
    "Sees paid orders, and no customers.",
    grants=[COUNT, read(Order)],
    rows=[rows_where(Order, lambda order, me: order.state.in_([OrderState.PAID]))],
)


@report(needs=COUNT)
def orders_by_state(ctx: Context) -> Select[OrderState, int, Decimal]:
    """Orders and what they bring, by state."""
    return (
        select(
            Order.state,
            func.count(func.distinct(Order.id)).label("orders"),
            func.sum(Line.amount).label("amount"),
        )
        .outerjoin(Order.lines)
        .group_by(Order.state)
        .order_by(Order.state)
    )


@report(needs=COUNT)
def best_cities(ctx: Context) -> Select[str | None, int]:
    """Cities with their customers who have ordered; through subqueries and aliases."""
    buyer = aliased(Customer)
    with_lines = select(Line.id).where(Line.order.has(Order.id > 0))
    per_city = (
        select(buyer.city.label("city"), func.count(func.distinct(buyer.id)).label("customers"))
        .select_from(Order)
        .join(Order.customer.of_type(buyer))
        .where(exists(with_lines))
        .group_by(buyer.city)
        .subquery()
    )
    return select(per_city.c.city, per_city.c.customers).order_by(per_city.c.city)


@report(needs=COUNT)
def mine_and_all(ctx: Context) -> Select[int, int, datetime]:
    """How many customers there are, how many are mine, and the moment."""
    table = Customer.__table__
    assert ctx.me is not None
    mine = func.count().filter(table.c.owner_id == ctx.me.id)
    now: Any = ctx.now
    everybody = select(func.count()).select_from(table).scalar_subquery()
    return select(everybody.label("all"), mine.label("mine"), func.max(now).label("moment"))


CALLS: list[int] = []
"""How many rows each call of `label` got."""


@computed(Customer.name, Customer.credit, Customer.points)
def label(rows: Sequence[tuple[str, Money | None, int]], asking: Asking) -> Sequence[str]:
    """The name with what they may owe."""
    CALLS.append(len(rows))
    return [f"{name} ({credit or 'cash'}) {points + 1}" for name, credit, points in rows]


@computed(Customer.since)
def years_with_us(rows: Sequence[tuple[date | None]], asking: Asking) -> Sequence[int | None]:
    """For how many years they have been with us; by the calendar."""
    return [since and asking.now.year - since.year for (since,) in rows]


@computed(Order.state, Order.placed_on)
def waiting_since(rows: Sequence[tuple[OrderState, date]], asking: Asking) -> Sequence[date | None]:
    """Since when a new order waits."""
    return [day if state is OrderState.NEW else None for state, day in rows]


@computed(Line.amount, Line.quantity)
def double(rows: Sequence[tuple[Decimal, Decimal]], asking: Asking) -> Sequence[Decimal]:
    """Twice the amount."""
    assert all(isinstance(value, Decimal) for row in rows for value in row)
    return [amount * 2 for amount, _ in rows]
