"""A shop where goods are counted: its people, and a clock that the test sets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dougong import Context
from dougong.access.principal import Principal
from dougong_inventory import (
    CountDifference,
    CountState,
    DifferenceReason,
    Location,
    LocationKind,
    StockCount,
    StockMove,
    book_count,
    complete,
    enter_count,
    explain_difference,
    location_for,
)
from dougong_inventory.workflows.counts import (
    allow,
    begin,
    conclude,
    finish,
    present,
    recompare,
    settle,
)
from dougong_product import Product

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


@dataclass
class Counting:
    """Who counts, who compares, who approves, who books; and what time it is."""

    stock: Any
    counter: Principal
    other: Principal
    keeper: Principal
    supervisor: Principal
    auditor: Principal
    finance: Principal
    now: datetime = field(default=START)

    def ctx(self, who: Principal) -> Context:
        """Somebody's context, a minute later than the one before."""
        self.now += timedelta(minutes=1)
        world = self.stock.world
        return Context(world.generation, world.session, who, now=self.now)

    def undone(self) -> Any:
        """What is refused within is undone, as at the end of a request."""
        return self.stock.world.session.begin_nested()

    def have(
        self, quantity: int, product: Product | None = None, at: Location | None = None
    ) -> None:
        """Make the books have so many."""
        book_count(
            product or self.stock.tea,
            self.ctx(self.stock.keeper),
            location=at or self.stock.shelf,
            counted=Decimal(quantity),
        )

    def move(
        self, quantity: int, source: Any = None, to: Any = LocationKind.CUSTOMER, **said: Any
    ) -> StockMove:
        """A move that is done: tea from the shelf to customers, unless another is said."""
        ctx = self.ctx(self.keeper)
        ends = [
            location_for(one, ctx) if isinstance(one, LocationKind) else one
            for one in (source or self.stock.shelf, to)
        ]
        made = StockMove(
            product=said.pop("product", self.stock.tea),
            quantity=Decimal(quantity),
            source=ends[0],
            destination=ends[1],
            **said,
        )
        return complete(ctx.create(made), ctx)

    def plan(self, **said: Any) -> StockCount:
        """A count of the shelf, which waits for being begun."""
        said.setdefault("location", self.stock.shelf)
        ctx = self.ctx(self.keeper)
        count = ctx.create(StockCount(lines=said.pop("lines", []), **said))
        ctx.session.flush()
        ctx.session.expire_all()
        return count

    def begun(self, **said: Any) -> StockCount:
        """A count that people are at."""
        count = begin(self.plan(**said), self.ctx(self.counter))
        self.stock.world.session.expire_all()
        return count

    def enter(
        self, count: StockCount, counted: int | str, who: Principal | None = None, **said: Any
    ) -> Any:
        said.setdefault("product", self.stock.tea)
        return enter_count(count, self.ctx(who or self.counter), counted=Decimal(counted), **said)

    def counted(self, counted: int, **said: Any) -> StockCount:
        """A count that has found so many of the tea, compared with the books."""
        count = self.begun(**said)
        self.enter(count, counted)
        return finish(count, self.ctx(self.counter))

    def differences(self, count: StockCount) -> list[CountDifference]:
        self.stock.world.session.expire_all()
        ctx = self.ctx(self.keeper)
        return ctx.find(CountDifference, CountDifference.stock_count == count)

    def presented(self, count: StockCount) -> StockCount:
        """A count whose differences are explained, and wait for approval."""
        if count.state is not CountState.RECOMPARED:
            recompare(count, self.ctx(self.keeper))
        for one in self.differences(count):
            if one.difference:
                explain_difference(one, self.ctx(self.keeper), reason=DifferenceReason.UNKNOWN)
        return present(count, self.ctx(self.keeper))

    def approved(self, count: StockCount) -> StockCount:
        return allow(self.presented(count), self.ctx(self.finance))

    def settled(self, count: StockCount) -> StockCount:
        return settle(self.approved(count), self.ctx(self.finance))

    def concluded(self, count: StockCount) -> StockCount:
        return conclude(self.settled(count), self.ctx(self.finance))

    def on_hand(self) -> Decimal:
        """What the books have of the tea on the shelf."""
        ((on_hand, _, _),) = self.stock.quantities()
        return Decimal(on_hand)


def furnish_counting(stock: Any) -> Counting:
    """Two counters, a keeper, a supervisor, an auditor and somebody from finance."""
    person = stock.world.person
    return Counting(
        stock,
        counter=person("inventory.counter"),
        other=person("inventory.counter"),
        keeper=person("inventory.keeper"),
        supervisor=person("inventory.supervisor"),
        auditor=person("inventory.auditor"),
        finance=person("inventory.finance"),
    )
