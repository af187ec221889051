"""`make bench-stock`: orders that reserve, beside Tryton; waiters, stock at a date, availability."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from dougong.addons.install import install
from dougong.addons.installed import prepare
from dougong.db.engine import database_url, open_database
from orders import tryton
from orders.load import Cost, cost_of, postmaster
from orders.ours import serving
from reads import cpu, machine
from stock.ours import AVAILABILITY, THEN, THERE, Stock

ROOT = Path(__file__).parents[2]
PRODUCTS = 1_000
WAITERS = 50


def measure(home: Path, asked: argparse.Namespace, say: Callable[[str], None]) -> bool:
    """One run; whether all holds."""
    url = database_url(home, None)
    engine = open_database(url, pool_size=4)
    prepare(engine)
    install(engine, {"sales_order", "inventory"})
    database, clients = postmaster(home), asked.clients
    say(f"| {clients} clients | orders a second | server, ms of CPU | PostgreSQL | together |")
    say("|---|---|---|---|---|")
    with serving(home, home / "serve.log") as (process, ask):
        shop = Stock(engine, ask, PRODUCTS)
        shop.reserved_order()
        ours = cost_of(shop.reserved_order, asked.orders, clients, cpu.family(process), database)
        say(ours.row("Dougong, five lines confirmed and reserved: 3 mutations"))
        at_once = cost_of(shop.at_once, asked.orders, clients, cpu.family(process), database)
        say(at_once.row("Dougong, the same by 1 mutation"))
        with serving(home, home / "second.log") as (other, second):
            shop.reached_by(ask, second)
            both = [*cpu.family(process), *cpu.family(other)]
            two = cost_of(shop.at_once, asked.orders, clients, both, database)
        shop.reached_by(ask)
        say(two.row("Dougong, 1 mutation, 2 processes"))
        peer = beside(home, url, asked, database, say)
        outcomes = shop.waiters(WAITERS)
        shop.move_millions(asked.moves)
        open_books = shop.took(THEN, at="2022-01-31T12:00:00Z", product="Product:7")
        shop.close_months("2024-06-01")
        then = shop.took(THEN, at="2022-01-31T12:00:00Z", product="Product:7")
        there = shop.took(THERE, at="2022-01-31T12:00:00Z", location="Location:1")
        hundred = [f"Product:{one}" for one in range(1, 101)]
        availability = shop.took(AVAILABILITY, products=hundred)
    engine.dispose()
    say(f"\n{WAITERS} waiters on 100 pieces, three each: {dict(outcomes)}.")
    say(f"Over {asked.moves:,} moves, late in a month before which all are closed:")
    say(
        f"a product's stock at a date {then:.0f} ms, all of a place's {there:.0f} ms (under 200 each);"
    )
    say(f"of a product whose books were never closed {open_books:.0f} ms.")
    say(f"Availability of 100 products: {availability:.0f} ms (under 50).")
    if peer is not None:
        said = ", ".join(
            f"{name} {cost.rate / peer.rate:.0f} ×"
            for name, cost in (("3 mutations", ours), ("1", at_once), ("2 processes", two))
        )
        say(f"Rate beside Tryton (at least 20): {said}.")
    fast = peer is None or two.rate >= 20 * peer.rate
    exact = outcomes == {"confirmed": 33, "shortage": 17}
    return fast and exact and max(then, there) < 200 and availability < 50


def beside(
    home: Path, url: str, asked: argparse.Namespace, database: int, say: Callable[[str], None]
) -> Cost | None:
    """Tryton, where it can be had: the sale is confirmed, and its shipment assigned."""
    programs = None if asked.alone else tryton.installed(ROOT / ".cache/bench-orders/tryton")
    if programs is None:
        say("\nTryton is left out: it was not wanted, or could not be installed.")
        return None
    with tryton.serving(programs, home, url) as (process, peer):
        peer.stock(10**6)
        peer.reserved_order()
        orders = max(asked.clients, asked.orders // 20)
        work = cost_of(peer.reserved_order, orders, asked.clients, cpu.family(process), database)
    say(work.row("Tryton 8.2 `sale` and `stock`: 7 calls"))
    if peer.again:
        say(f"\nTryton was asked {peer.again} times again: others were in the way.")
    return work


def main() -> int:
    """Measure and print; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--moves", type=int, default=5_000_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--alone", action="store_true", help="Without Tryton.")
    parser.add_argument("--write", action="store_true", help="Keep it in benchmarks/results.")
    asked = parser.parse_args()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        print(line, flush=True)

    say(
        f"# `make bench-stock`\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {machine.commit()}, on"
    )
    say(f"{machine.processor()}, load {machine.load_now():.1f} at the beginning.\n")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        good = measure(Path(folder), asked, say)
    say(f"Load {machine.load_now():.1f} at the end.")
    if asked.write:
        (ROOT / "benchmarks/results/stock.md").write_text("\n".join(said) + "\n", "utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
