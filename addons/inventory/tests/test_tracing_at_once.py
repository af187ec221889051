"""Two who trace the same days: what is wrong is put right once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from dougong import Money, Refused
from dougong.db.session import in_transaction
from dougong_inventory import (
    FindingKind,
    Location,
    LocationKind,
    StockMove,
    StockQuantity,
    TraceSession,
    TraceState,
    TraceVoucher,
    Warehouse,
    book_count,
    complete,
    correct,
    location_for,
    report_finding,
    tick,
)
from dougong_inventory.workflows.tracing import propose, uphold, verify
from dougong_product import Product

KEEPER = ("inventory.keeper", "inventory.adjuster", "product.editor")


@pytest.fixture
def run(live_world):
    """Does something in a transaction of its own, as a keeper, an auditor or a supervisor."""
    served = live_world("inventory")
    people = {
        "keeper": served.person(*KEEPER).principal,
        "auditor": served.person("inventory.auditor").principal,
        "supervisor": served.person("inventory.supervisor").principal,
    }

    def in_its_own(work, who="keeper"):
        return in_transaction(served.engine, served.runtime.generation, people[who], work)

    return in_its_own


def sell_without_a_voucher(ctx):
    """A hundred of the tea, of which three were booked out for nothing."""
    tea = ctx.create(Product(name="Tea", price=Money(Decimal(1), "USD")))
    ctx.create(Warehouse(name="Main", code="MAIN"))
    (shelf,) = ctx.find(Location, Location.code == "MAIN")
    book_count(tea, ctx, location=shelf, counted=Decimal(100))
    customers = location_for(LocationKind.CUSTOMER, ctx)
    ends = {"source": shelf, "destination": customers}
    complete(ctx.create(StockMove(product=tea, quantity=Decimal(3), **ends)), ctx)


def trace(ctx):
    """A session that has found it."""
    (shelf,) = ctx.find(Location, Location.code == "MAIN")
    today = ctx.now.date()
    session = ctx.create(TraceSession(location=shelf, since=today, until=today))
    verify(session, ctx)
    for one in ctx.find(TraceVoucher, TraceVoucher.session == session):
        if one.suspected is FindingKind.EXTRA:
            report_finding(session, ctx, voucher=one, kind=FindingKind.EXTRA)
        else:
            tick(session, ctx, vouchers=[one])
    return propose(session, ctx).id


def test_I10_what_two_have_found_is_put_right_once_however_many_correct_it(run):
    run(sell_without_a_voucher)
    sessions = [run(trace, "auditor") for _ in range(2)]
    for one in sessions:
        run(lambda ctx, one=one: uphold(ctx.get(TraceSession, one), ctx), "supervisor")

    def put_right(one):
        try:
            run(lambda ctx: correct(ctx.get(TraceSession, one), ctx), "auditor")
        except Refused as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(put_right, sessions * 3))

    assert outcomes.count(None) == 1
    assert {*outcomes} <= {None, "booked_since", "wrong_state"}
    assert "booked_since" in outcomes

    def found(ctx):
        (shelf,) = ctx.find(Location, Location.code == "MAIN")
        back = ctx.find(StockMove, StockMove.reversal_of.has())
        (left,) = ctx.find(StockQuantity, StockQuantity.location == shelf)
        states = [ctx.get(TraceSession, one).state for one in sessions]
        return len(back), left.on_hand, sorted(states)

    assert run(found) == (1, 100, [TraceState.APPLIED, TraceState.APPROVED])
