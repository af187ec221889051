"""How the shop looks after customers, for tests of hand-written fields of the API."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum

import strawberry
from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from dougong import (
    EVERYONE,
    Asking,
    Context,
    Money,
    Operation,
    Permission,
    Refused,
    Role,
    computed,
    own,
    query,
    read,
    team,
)
from dougong_shop import Customer, Line, Order, OrderState
from dougong_stars import Rated

CARE = Permission("care.care", "Look after customers.")
CARER = Role("care.carer", "Looks after customers.", grants=[CARE])
NEIGHBOUR = Role(
    "care.neighbour",
    "Knows the customers of colleagues.",
    grants=[CARE, read(Customer)],
    rows=[own(Customer.owner), team(Customer.owner)],
)
READS: list[str] = []
"""What was called, with how many rows."""


class Mood(StrEnum):
    """How a customer feels."""

    GOOD = "GOOD"
    BAD = "BAD"


@strawberry.type
class Visit:
    """A day on which to call on customers."""

    day: date
    """When."""
    customers: list[Customer]
    """Whom to call on."""
    first: Customer | None
    """Whom to call on first."""
    budget: Money | None = None
    """What may be spent."""
    mood: Mood = Mood.GOOD
    """How they feel."""

    @strawberry.field
    def orders(self, info: strawberry.Info[Context, None], at_least: int = 1) -> list[Order]:
        """What they have ordered."""
        READS.append("orders")
        wanted = Customer.id.in_([one.id for one in self.customers])
        found = info.context.find(Order, Order.customer.has(wanted))
        return found if len(found) >= at_least else []

    @strawberry.field
    def broken(self) -> int:
        """Always fails."""
        raise ValueError("secret of the house")

    @strawberry.field
    def refused(self) -> int | None:
        """Always says no."""
        raise Refused("no_visit", day=str(self.day))


@strawberry.input
class Trip:
    """Where to go."""

    cities: list[str]
    """In which cities."""
    most: int = 3
    """How many customers."""
    moods: list[Mood] | None = None
    """Of which moods."""


@query(needs=CARE)
def visits(ctx: Context, *, trip: Trip, days: int = 1, after: date | None) -> list[Visit]:
    """Whom to call on in the next days.

    days: For how many days.
    """
    found = ctx.find(Customer, Customer.city.in_(trip.cities))[: trip.most]
    mood = trip.moods[0] if trip.moods else Mood.GOOD
    budget = Money(Decimal("12.5"), "EUR")
    day = after or date(2026, 1, 1)
    return [
        Visit(day=day, customers=found, first=found[0] if found else None, budget=budget, mood=mood)
        for _ in range(days)
    ]


@query(needs=EVERYONE)
def slogan(ctx: Context) -> str:
    """What we say to everybody."""
    return "Come in"


@query(needs=CARE)
def twin(ctx: Context, *, of: Customer) -> Customer | None:
    """The next customer of the same name."""
    others = ctx.find(Customer, Customer.name == of.name, Customer.id != of.id)
    return others[0] if others else None


@query(needs=CARE)
def known(ctx: Context, *, of: Customer) -> bool:
    """Whether the asker may read a customer."""
    return ctx.allows(Operation.READ, of)


@query(needs=CARE)
def counted(ctx: Context) -> list[int]:
    """How many there are of everything, counted in every way."""
    one, many = select(func.count(Customer.id)), select(func.count()).select_from(Order)
    within = select(func.count()).select_from(select(Customer.id).subquery())
    joined = select(func.count(Order.id)).join(Order.customer)
    some = select(func.count(Order.id)).where(Order.customer.has(Customer.id > 0))
    rated = select(func.count(Rated.id))
    lines = select(func.count(Line.id))
    counts = [ctx.session.scalar(s) or 0 for s in (one, many, within, joined, some, rated, lines)]
    orders = ctx.session.scalars(select(Order).options(joinedload(Order.customer))).all()
    lazily = ctx.find(Order)
    return [
        *counts,
        len(orders),
        len([one for one in orders if one.customer]),
        len([one for one in lazily if one.customer]),
    ]


@query(needs=CARE)
def smuggled(ctx: Context) -> list[Customer]:
    """Customers that were found behind the back of the rules."""
    READS.append("smuggled")
    before, ctx.acting, ctx.asks = ctx.acting, "dougong", False
    found = ctx.find(Customer)
    ctx.acting, ctx.asks = before, True
    return found


@query(needs=CARE)
def places(ctx: Context) -> list[Customer | None]:
    """The same, each in its place."""
    return list(smuggled.rule(ctx))[:6]


@query(needs=CARE)
def written(ctx: Context) -> int:
    """Tries to write."""
    ctx.session.execute(text("update shop.customer set points = 0"))
    return 1


@strawberry.type
class Health:
    """How it stands with a customer."""

    orders: int
    """How many orders they have."""
    newest: Order | None
    """The last one."""

    @strawberry.field
    def good(self) -> bool:
        """Whether they order at all."""
        return self.orders > 0


@computed(Customer.id, Customer.name)
def health(rows: Sequence[tuple[int, str]], ctx: Context) -> Sequence[Health]:
    """How it stands."""
    READS.append(f"health {len(rows)}")
    if any(name == "Ärger & Söhne" for _, name in rows) and len(rows) == 1:
        raise Refused("no_health")
    found: dict[int, list[Order]] = {number: [] for number, _ in rows}
    for order in ctx.find(Order, Order.customer.has(Customer.id.in_(found))):
        found[order.customer.id].append(order)
    return [Health(orders=len(some), newest=some[-1] if some else None) for some in found.values()]


@computed(Order.id, Order.state)
def payer(rows: Sequence[tuple[int, OrderState]], ctx: Context) -> Sequence[Customer | None]:
    """Who pays for it."""
    known = {one.id: one for one in ctx.find(Order, Order.id.in_([number for number, _ in rows]))}
    return [known[number].customer for number, _ in rows]


@strawberry.type
class Unwell:
    """What ails a customer."""

    @strawberry.field
    def fine(self) -> bool | None:
        """Whether all is well; nobody knows."""
        raise Refused("nobody_knows")


@computed(Customer.id)
def unwell(rows: Sequence[tuple[int]], asking: Asking) -> Sequence[Unwell]:
    """What ails them."""
    return [Unwell() for _ in rows]
