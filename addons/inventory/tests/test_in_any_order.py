"""Whatever clients do at the same moment, and whoever is killed: the books are right (T1, I01)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from dougong import Money, Refused
from dougong.access.context import Context
from dougong.db.session import in_transaction
from dougong.testing import LiveWorld
from dougong_inventory import (
    BackorderPolicy,
    Location,
    LocationKind,
    Lot,
    ProductTracking,
    StockMove,
    Transfer,
    TransferKind,
    TransferLine,
    TransferState,
    Warehouse,
    call_off,
    carry_out,
    complete,
    let_go,
    location_for,
    pack,
    pick,
    put_back,
    reallocate,
    request,
    reverse_move,
    set_stock_policy,
    ship,
)
from dougong_inventory.reports.differences import reservation_differences, stock_differences
from dougong_product import Product

CLIENTS = 4
KILL = """
select pg_terminate_backend(pid) from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
   and backend_type = 'client backend' order by random() limit 1
"""
WRONG = {
    "more is reserved than there is": """
        select count(*) from inventory.stock_quantity q join inventory.location l
            on l.id = q.location_id where l.kind = 'STOCK' and (reserved > on_hand or on_hand < 0)""",
    "a line says something else than its reservations": """
        select count(*) from inventory.transfer_line l where l.reserved <> coalesce((
            select sum(quantity) from inventory.reservation r
             where r.line_id = l.id and r.state = 'ACTIVE'), 0)""",
    "a line moved something else than its moves": """
        select count(*) from inventory.transfer t where (
            select coalesce(sum(done), 0) from inventory.transfer_line where transfer_id = t.id
        ) <> (select coalesce(sum(quantity), 0) from inventory.stock_move
               where transfer_id = t.id and reversal_of_id is null)""",
    "a piece is in two places": """
        select count(*) from (select lot_id from inventory.stock_quantity
            where piece and on_hand > 0 group by lot_id having count(*) > 1) twice""",
    "entries are not in the order of booking": """
        select count(*) from inventory.stock_move where (state = 'DONE') <> (entry_number is not null)""",
}


class Depot:
    """Two warehouses, three products that are told apart more and more, and a keeper."""

    def __init__(self, served: LiveWorld) -> None:
        self.served = served
        self.keeper = served.person(
            "inventory.adjuster", "inventory.supervisor", "product.editor"
        ).principal
        self.run(self._furnish)

    def run(self, work: Callable[[Context], object]) -> object:
        generation = self.served.runtime.generation
        return in_transaction(self.served.engine, generation, self.keeper, work)

    def _furnish(self, ctx: Context) -> None:
        for name, tracking in zip(("Tea", "Wine", "Watch"), ProductTracking, strict=True):
            product = ctx.create(Product(name=name, price=Money(Decimal(1), "USD")))
            set_stock_policy(product, ctx, tracking=tracking)
            if tracking is not ProductTracking.NONE:
                for number in range(3):
                    ctx.create(Lot(product=product, number=f"{name}{number}"))
        for code in ("A", "B"):
            house = ctx.create(Warehouse(name=code, code=code))
            house.one_step_transfers, house.backorders = True, BackorderPolicy.ALWAYS

    def attempt(self, seed: int) -> None:
        """Do something at random; whoever is refused or killed has done nothing."""
        dice = Random(seed)
        with suppress(Refused, DBAPIError):
            self.run(lambda ctx: dice.choice(DEEDS)(ctx, dice))


def pieces(ctx: Context, dice: Random) -> tuple[Product, Lot | None, Decimal]:
    """Some of a product."""
    product = dice.choice(ctx.find(Product))
    lots = ctx.find(Lot, Lot.product == product)
    many = Decimal(1 if product.name == "Watch" else dice.randint(1, 9))
    return product, dice.choice(lots) if lots else None, many


def bring_in(ctx: Context, dice: Random) -> None:
    product, lot, many = pieces(ctx, dice)
    shelf = dice.choice(ctx.find(Location, Location.kind == LocationKind.STOCK))
    source = location_for(dice.choice([LocationKind.SUPPLIER, LocationKind.ADJUSTMENT]), ctx)
    move = StockMove(product=product, lot=lot, quantity=many, source=source, destination=shelf)
    complete(ctx.create(move), ctx)


def ask_for(ctx: Context, dice: Random) -> None:
    goods = [pieces(ctx, dice) for _ in range(dice.randint(1, 3))]
    lines = [TransferLine(product=product, quantity=many) for product, _, many in goods]
    places = ctx.find(Location, Location.kind == LocationKind.STOCK)
    said = {"kind": TransferKind.DELIVERY, "destination": location_for(LocationKind.CUSTOMER, ctx)}
    if dice.random() < 0.3:
        source, to = dice.sample(places, 2)
        said = {"kind": TransferKind.INTERNAL, "source": source, "destination": to}
    transfer = ctx.create(Transfer(lines=lines, **said))  # type: ignore[arg-type]  # said as a table
    ctx.session.expire(transfer)
    (request if said["kind"] is TransferKind.DELIVERY else carry_out)(transfer, ctx)


def go_on(ctx: Context, dice: Random) -> None:
    over = (TransferState.SHIPPED, TransferState.DONE, TransferState.CANCELLED)
    waiting = ctx.find(Transfer, Transfer.state.not_in(over))
    transfer = dice.choice(waiting or [None])
    if transfer is not None:
        steps = {
            TransferState.WAITING: [pick, let_go, end],
            TransferState.RESERVED: [pick, let_go, end, pick],
            TransferState.PICKED: [pack, put_back, pack],
            TransferState.PACKED: [ship, put_back, ship],
        }
        dice.choice(steps[transfer.state])(transfer, ctx)


def end(transfer: Transfer, ctx: Context) -> None:
    call_off(transfer, ctx, reason="Never mind")


def give_to_another(ctx: Context, dice: Random) -> None:
    kept = ctx.find(TransferLine, TransferLine.reserved > 0)
    wants = ctx.find(TransferLine, TransferLine.base_quantity > TransferLine.reserved)
    if kept and wants:
        line, to = dice.choice(kept), dice.choice(wants)
        reallocate(line, ctx, to=to, quantity=Decimal(1), reason="They wait longer")


def take_back(ctx: Context, dice: Random) -> None:
    moves = ctx.find(StockMove)
    if moves:
        reverse_move(dice.choice(moves), ctx, reason="A mistake")


DEEDS = (
    bring_in,
    bring_in,
    bring_in,
    ask_for,
    ask_for,
    go_on,
    go_on,
    go_on,
    give_to_another,
    take_back,
)


class Books(RuleBasedStateMachine):
    """What many clients do at once, with one of them killed now and then."""

    depot: Depot
    killed = 0

    @rule(seeds=st.lists(st.integers(0, 10**6), min_size=CLIENTS, max_size=3 * CLIENTS))
    def work_at_once(self, seeds: list[int]) -> None:
        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(self.depot.attempt, seeds))

    @rule(seeds=st.lists(st.integers(0, 10**6), min_size=CLIENTS, max_size=2 * CLIENTS))
    def work_while_somebody_is_killed(self, seeds: list[int]) -> None:
        with ThreadPoolExecutor(CLIENTS + 1) as threads:
            done = [threads.submit(self.depot.attempt, seed) for seed in seeds]
            while not all(one.done() for one in done):
                with self.depot.served.engine.connect() as connection:
                    Books.killed += len(connection.execute(text(KILL)).all())
                time.sleep(0.05)  # so that not everybody is killed, however slow the machine is

    @invariant()
    def the_books_are_right(self) -> None:
        def look(ctx: Context) -> None:
            for report in (stock_differences, reservation_differences):
                assert ctx.session.execute(report.build(ctx)).all() == []

        self.depot.run(look)
        with self.depot.served.engine.connect() as connection:
            found = {name: connection.scalar(text(sql)) for name, sql in WRONG.items()}
        assert found == dict.fromkeys(WRONG, 0)


@pytest.mark.filterwarnings("default")  # a killed connection warns when it is thrown away
def test_I01_the_books_are_right_whatever_clients_do_at_once_and_whoever_is_killed(live_world):
    Books.depot = Depot(live_world("inventory"))
    run_machine(
        Books,
        settings=settings(
            max_examples=4,
            stateful_step_count=6,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )

    with Books.depot.served.engine.connect() as connection:
        moved = connection.scalar(text("select count(*) from inventory.stock_move"))
        assert moved > 3
        assert Books.killed > 0
