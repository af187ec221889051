"""`make bench-import`: order lines from a CSV file, beside a COPY into the same tables.

Both write order lines and their events, with all constraints and triggers; the import runs the
reactions too, in a process of its own whose memory is measured. Meanwhile one person reads the
lines and one changes orders, over and over; their longest waits are said.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from sqlalchemy import Engine, text  # noqa: E402

from dougong.addons.install import install  # noqa: E402
from dougong.addons.installed import prepare  # noqa: E402
from dougong.db.engine import database_url, open_database  # noqa: E402
from reads import machine  # noqa: E402 - found by the line above

PER_ORDER = 10
PRODUCTS = 1_000
BEFORE = 2_000
"""Orders that have lines already."""
OWNER = "owner@bench.example"
LINES, EVENTS = "sales_order.sales_order_line", "dougong.event"
FILLED = f"""
insert into dougong.user (id, email, name) values (1, '{OWNER}', 'Ada');
insert into dougong.role_assignment (user_id, role) values (1, 'dougong.administrator');
insert into party.party (kind, name, code)
select 'COMPANY', 'P' || i, 'P' || i from generate_series(1, 100) i;
insert into product.product (name, code, kind, price_amount, price_currency, active)
select 'Q' || i, 'Q' || i, 'GOODS', 10, 'USD', true from generate_series(1, {PRODUCTS}) i;
insert into sales_order.sales_order (number, customer_id, ordered_on, currency, state)
select 'N' || i, 1 + i % 100, '2026-01-01', 'USD', 'DRAFT' from generate_series(1, :orders) i;
insert into sales_order.sales_order (number, customer_id, ordered_on, currency, state)
select 'B' || i, 1 + i % 100, '2025-01-01', 'USD', 'DRAFT' from generate_series(1, {BEFORE}) i;
"""
EARLIER = f"""
insert into {LINES} (order_id, product_id, quantity, unit_price)
select id, 1 + (id + i) % {PRODUCTS}, 1, 7
from sales_order.sales_order, generate_series(1, {PER_ORDER}) i where number like 'B%'
"""
"""Nobody's first lines: the server knows how they are spread, as in any company."""
READ = f"select count(*) from (select 1 from {LINES} where order_id = :order) x"
WRITE = "update sales_order.sales_order set carrier = 'x' where id = :order"


def fill(engine: Engine, file: Path, rows: int) -> None:
    """Orders without lines, products, and the file of lines."""
    with engine.begin() as connection:
        for statement in FILLED.replace(":orders", str(rows // PER_ORDER)).split(";"):
            if statement.strip():
                connection.execute(text(statement))
        connection.execute(text(EARLIER))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    dice = random.Random(1)
    with file.open("w", newline="") as out:
        sheet = csv.writer(out)
        sheet.writerow(["order", "product", "quantity", "unit_price", "discount"])
        for row in range(rows):
            price = "9.50" if row % 2 else ""
            product = f"Q{dice.randint(1, PRODUCTS)}"
            sheet.writerow(
                [f"N{1 + row // PER_ORDER}", product, dice.randint(1, 50), price, "0.05"]
            )


def copied(engine: Engine, file: Path) -> float:
    """Seconds of a COPY of the same lines, and of an event for each."""
    with engine.connect() as connection:
        orders = dict(
            connection.execute(text("select number, id from sales_order.sales_order")).all()
        )
        products = dict(connection.execute(text("select code, id from product.product")).all())
    with file.open() as source:
        lines = [
            f"{orders[r['order']]}\t{products[r['product']]}\t{r['quantity']}\t"
            f"{r['unit_price'] or 10}\t{r['discount']}\n"
            for r in csv.DictReader(source)
        ]
    event = "1\tAda\tsales_order\tbench.copied\tsales_order.sales_order_line\t{}\n"
    events = "".join(event.format(n) for n in range(len(lines)))
    with engine.connect() as connection:
        cursor: Any = connection.connection.driver_connection.cursor()  # type: ignore[union-attr]
        begun = time.perf_counter()
        columns = "order_id, product_id, quantity, unit_price, discount"
        with cursor.copy(f"copy {LINES} ({columns}) from stdin") as copy:
            copy.write("".join(lines))
        columns = "actor_id, actor, addon, verb, entity, record_id"
        with cursor.copy(f"copy {EVENTS} ({columns}) from stdin") as copy:
            copy.write(events)
        connection.connection.commit()
        return time.perf_counter() - begun


def emptied(engine: Engine) -> None:
    """Take out again what the COPY has written; events stay."""
    with engine.begin() as connection:
        connection.execute(text(f"truncate {LINES}, dougong.change cascade"))
        connection.execute(text(EARLIER))
        connection.execute(text("truncate dougong.change"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


@contextmanager
def others(engine: Engine, orders: int) -> Iterator[dict[str, list[float]]]:
    """Somebody who reads and somebody who writes; how long each of their statements took."""
    waits: dict[str, list[float]] = {"reads": [], "writes": []}
    over = threading.Event()

    def go_on(name: str, statement: str, seed: int) -> None:
        dice = random.Random(seed)
        while not over.is_set():
            begun = time.perf_counter()
            with engine.begin() as connection:
                connection.execute(text(statement), {"order": dice.randint(1, orders)})
            waits[name].append(time.perf_counter() - begun)
            over.wait(0.005)

    pairs = (("reads", READ, 1), ("writes", WRITE, 2))
    threads = [threading.Thread(target=go_on, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    try:
        yield waits
    finally:
        over.set()
        for thread in threads:
            thread.join()


def brought_in(file: Path, url: str, *options: str) -> tuple[float, float, float]:
    """Seconds, megabytes and seconds of CPU of `dougong import`, start and all its processes."""
    command = [
        *(sys.executable, "-m", "dougong.cli", "import", "SalesOrderLine", str(file)),
        *("--as", OWNER, "--database", url, *options),
    ]
    begun, most = time.perf_counter(), 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ) as process:
        while process.poll() is None:
            most = max(most, sum(map(_memory, [process.pid, *_children(process.pid)])))
            time.sleep(0.25)
    took = time.perf_counter() - begun
    if process.returncode:
        raise SystemExit(f"The import ended with {process.returncode}.")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, most, used.ru_utime + used.ru_stime


def _children(process: int) -> list[int]:
    with suppress(OSError):
        return [
            int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
        ]
    return []


def _memory(process: int) -> float:
    """Megabytes that it has in memory, its share of what it shares with others (PSS)."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def faults(engine: Engine, rows: int) -> list[str]:
    """What is not as it should be afterwards."""
    wanted = {
        f"select count(*) from {LINES}": rows + BEFORE * PER_ORDER,
        f"select count(*) from {LINES} where unit_price = 10": rows - rows // 2,
        f"select count(*) from {EVENTS} where verb = 'sales_order.sales_order_line.create'": rows,
        "select count(*) from dougong.change where entity = 'sales_order.sales_order_line'": rows,
        "select count(*) from sales_order.sales_order where version > 1": rows // PER_ORDER,
        f"select sum(net) = sum(round(quantity * unit_price * 0.95, 2)) from {LINES} "
        "where unit_price > 7": True,
    }
    with engine.connect() as connection:
        found = {said: connection.execute(text(said)).scalar() for said in wanted}
    return [
        f"{said}: {found[said]}, not {want}" for said, want in wanted.items() if found[said] != want
    ]


def main() -> int:
    """Measure and print; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--all-or-nothing", action="store_true", help="Try all rows before.")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="Keep it in benchmarks/results.")
    asked = parser.parse_args()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        print(line, flush=True)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        good = measure(Path(folder), asked.rows, asked.all_or_nothing, asked.processes, say)
    if asked.write:
        (ROOT / "benchmarks/results/import.md").write_text("\n".join(said) + "\n", "utf-8")
    return 0 if good else 1


def measure(home: Path, rows: int, whole: bool, processes: int, say: Callable[[str], None]) -> bool:
    """One run, side by side; whether all holds."""
    say(
        f"# `make bench-import`\n\n{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {machine.commit()}, on"
    )
    say(f"{machine.processor()}, load {machine.load_now():.1f} at the beginning.\n")
    url, file = database_url(home, None), home / "lines.csv"
    engine = open_database(url, pool_size=4)
    prepare(engine)
    install(engine, {"sales_order"})
    fill(engine, file, rows)
    with others(engine, rows // PER_ORDER):
        copy = copied(engine, file)
    emptied(engine)
    options = () if whole else ("--skip-bad",)
    with others(engine, rows // PER_ORDER) as waits:
        took, memory, cpu = brought_in(file, url, f"--processes={processes}", *options)
    wrong = faults(engine, rows)
    engine.dispose()
    longest = {name: max(some) * 1000 for name, some in waits.items()}
    say(f"| {rows:,} order lines | seconds | rows a second |\n|---|---|---|")
    say(f"| COPY, lines and events | {copy:.1f} | {rows / copy:,.0f} |")
    say(f"| `dougong import`, {processes} processes | {took:.1f} | {rows / took:,.0f} |\n")
    say(
        f"Rate {copy / took:.2f} × COPY (at least 0.3); memory {memory:.0f} MB (under 300); "
        f"{cpu / rows * 1e6:.0f} µs of CPU a row in its processes."
    )
    for name, some in waits.items():
        say(f"Others' {len(some):,} {name}: {longest[name]:.0f} ms at most (200).")
    say("\n".join(wrong) or "Rows, sums, prices, versions, events and changes are right.")
    say(f"Load {machine.load_now():.1f} at the end.")
    return not wrong and copy / took >= 0.3 and memory < 300 and max(longest.values()) <= 200


if __name__ == "__main__":
    sys.exit(main())
