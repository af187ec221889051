"""`make bench-orders`: orders of five lines over GraphQL, beside SQLAlchemy by hand and Tryton."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, text

from dougong.addons.install import install
from dougong.addons.installed import prepare
from dougong.db.engine import database_url, open_database
from orders import ours, tryton
from orders.load import Cost, cost_of, postmaster
from reads import cpu, machine

ROOT = Path(__file__).parents[2]
LARGE = 1_000
WRITTEN = {
    "lines": "select count(*) from sales_order.sales_order_line where order_id = any(:ids)",
    "events": """select count(*) from dougong.event where record_id = any(:ids)
        and entity = 'sales_order.sales_order'""",
    "changes": """select count(distinct (record_id, xid)) from dougong.change
        where record_id = any(:ids) and entity = 'sales_order.sales_order'""",
    "confirmed": """select count(*) from sales_order.sales_order
        where id = any(:ids) and state = 'CONFIRMED' and currency = 'USD'""",
}
"""What there must be as much of, an order, whoever has written it."""


def rows(engine: Engine, numbers: str) -> dict[str, float]:
    """How many rows there are for each of the orders whose numbers begin so."""
    with engine.connect() as connection:
        found = "select array_agg(id) from sales_order.sales_order where number like :like"
        ids = connection.execute(text(found), {"like": f"{numbers}%"}).scalar() or []
        counted = {
            name: connection.execute(text(said), {"ids": ids}).scalar_one()
            for name, said in WRITTEN.items()
        }
    return {name: count / len(ids) for name, count in counted.items()}


def by_hand(url: str, asked: argparse.Namespace, database: int, how: str) -> Cost:
    """The same rows, in a process of its own."""
    command = [sys.executable, "-m", "orders.by_hand", url, str(asked.clients), str(asked.orders)]
    before = cpu.used(cpu.family(database))
    said = subprocess.run([*command, how], check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds, used = map(float, said.split())
    return Cost(asked.orders, seconds, used, cpu.used(cpu.family(database)) - before)


def measure(home: Path, asked: argparse.Namespace, say: Callable[[str], None]) -> bool:
    """One run; whether all holds."""
    url = database_url(home, None)
    engine = open_database(url, pool_size=4)
    prepare(engine)
    install(engine, {"sales_order"})
    database, clients = postmaster(home), asked.clients
    say(f"| {clients} clients | orders a second | server, ms of CPU | PostgreSQL | together |")
    say("|---|---|---|---|---|")

    def cost(name: str, work: Callable[[], None], *processes: int) -> Cost:
        work()
        served = [one for process in processes for one in cpu.family(process)]
        found = cost_of(work, asked.orders, clients, served, database)
        say(found.row(name))
        return found

    with ours.serving(home, home / "serve.log") as (process, ask):
        shop = ours.Shop(engine, ask)
        both = cost("Dougong, both reviews: 5 mutations", shop.reviewed, process)
        shop.without_reviews()
        with engine.begin() as connection:
            connection.execute(text("update sales_order.sales_order set number = 'R' || number"))
        plain = cost("Dougong, reviews switched off: 3 mutations", shop.unreviewed, process)
        made = rows(engine, "SO-")
        at_once = cost("Dougong, the same by 1 mutation", shop.at_once, process)
        begun = time.perf_counter()
        shop.order([("submit", 0), ("confirm", 0)], lines=LARGE)
        large = time.perf_counter() - begun
    logs = (home / "serve.log", home / "second.log")
    with (
        ours.serving(home, logs[0]) as (one, first),
        ours.serving(home, logs[1]) as (other, second),
    ):
        shop.reached_by(first, second)
        two = cost("Dougong, 1 mutation, 2 processes", shop.at_once, one, other)
    hand = by_hand(url, asked, database, "apart")
    say(hand.row("SQLAlchemy by hand, the rows of the three"))
    same = made == rows(engine, "BH-")
    hand_at_once = by_hand(url, asked, database, "at_once")
    say(hand_at_once.row("SQLAlchemy by hand, in 1 transaction"))
    peer = beside(home, url, asked, database, say)
    engine.dispose()
    say(f"\nAn order of {LARGE:,} lines, created and confirmed: {large:.2f} s (under 3).")
    ratios = plain.each / hand.each, at_once.each / hand_at_once.each
    say("CPU {:.1f} × by hand with 3 mutations, {:.1f} × with 1 (at most 4).".format(*ratios))
    if peer is not None:
        said = ", ".join(
            f"{name} {one.rate / peer.rate:.0f} ×"
            for name, one in (("3 mutations", plain), ("1", at_once), ("2 processes", two))
        )
        say(f"Rate beside Tryton (at least 20): {said}; reviewed {both.rate / peer.rate:.0f} ×.")
    say(f"Rows an order: {made}; by hand {'the same' if same else rows(engine, 'BH-')}.")
    fast = peer is None or two.rate >= 20 * peer.rate
    return same and fast and large < 3 and max(ratios) <= 4


def beside(
    home: Path, url: str, asked: argparse.Namespace, database: int, say: Callable[[str], None]
) -> Cost | None:
    """Tryton, where it can be had."""
    programs = None if asked.alone else tryton.installed(ROOT / ".cache/bench-orders/tryton")
    if programs is None:
        say("\nTryton is left out: it was not wanted, or could not be installed.")
        return None
    with tryton.serving(programs, home, url) as (process, peer):
        peer.order()
        orders = max(asked.clients, asked.orders // 20)
        cost = cost_of(peer.order, orders, asked.clients, cpu.family(process), database)
    say(cost.row("Tryton 8.2 `sale`: 3 calls"))
    return cost


def main() -> int:
    """Measure and print; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--alone", action="store_true", help="Without Tryton.")
    parser.add_argument("--write", action="store_true", help="Keep it in benchmarks/results.")
    asked = parser.parse_args()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        print(line, flush=True)

    say(
        f"# `make bench-orders`\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {machine.commit()}, on"
    )
    say(f"{machine.processor()}, load {machine.load_now():.1f} at the beginning.\n")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        good = measure(Path(folder), asked, say)
    say(f"Load {machine.load_now():.1f} at the end.")
    if asked.write:
        (ROOT / "benchmarks/results/orders.md").write_text("\n".join(said) + "\n", "utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
