"""What the audit costs: mutations and imports with it and without it, in turn.

    python benchmarks/audit.py [--rounds 30] [--rows 100000]

The database's time is what its processes have used of the processors, the worker's that of this
process, which serves the requests itself. Without the audit: its triggers are disabled and nobody
tells the transaction who acts. Medians of the rounds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text

from dougong.builtin.audit import telling
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld, Person

EACH = 10
TICK = os.sysconf("SC_CLK_TCK")
LEAD = """mutation { createLead(input: {name: "Ann", email: "ann@example.com",
    expectedRevenue: {amount: "10", currency: "EUR"}}) { lead { id version } userErrors { code } } }"""
ORDER = """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
    salesOrder { id version } userErrors { code message } } }"""
STEP = """mutation ($id: ID!, $version: Int!) { %sSalesOrder(id: $id, version: $version, %s) {
    salesOrder { id version } userErrors { code message } } }"""
COPY = """copy crm.lead (name, email, expected_revenue_amount, expected_revenue_currency, stage)
    from stdin"""


def database_seconds(home: Path) -> float:
    """What all processes of the PostgreSQL below a folder have used of the processors."""
    total = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if (process / "cwd").readlink().is_relative_to(home):
                    fields = (process / "stat").read_text().rpartition(")")[2].split()
                    total += sum(map(int, fields[11:15]))
            except OSError:
                continue
    return total / TICK


class Audit:
    """The audit of a world, switched off and on."""

    def __init__(self, world: LiveWorld, home: Path) -> None:
        self._world = world
        self.home = home
        self._tell = telling.tell

    def switch(self, *, on: bool) -> None:
        """Have it audit, or not."""
        telling.tell = self._tell if on else lambda session: None
        word = "enable" if on else "disable"
        with self._world.engine.begin() as connection:
            found = connection.execute(
                text(
                    "select tgrelid::regclass::text, tgname from pg_trigger "
                    "where tgname like 'audit_%' and not tgisinternal"
                )
            )
            for table, name in found.all():
                connection.execute(text(f"alter table {table} {word} trigger {name}"))


def measured(work: Callable[[], None], times: int, home: Path) -> tuple[float, float, float]:
    """Milliseconds of one: by the clock, of the worker, of the database."""
    clock, worker, database = time.perf_counter(), time.process_time(), database_seconds(home)
    for _ in range(times):
        work()
    spent = (
        time.perf_counter() - clock,
        time.process_time() - worker,
        database_seconds(home) - database,
    )
    a, b, c = (1000 * one / times for one in spent)
    return a, b, c


def compare(audit: Audit, name: str, work: Callable[[], None], rounds: int, each: int) -> None:
    """Do some work with the audit and without, and say what it takes."""
    found: dict[bool, list[tuple[float, float, float]]] = {True: [], False: []}
    for place in range(rounds + 1):
        for on in (True, False) if place % 2 else (False, True):
            audit.switch(on=on)
            work()  # plans are made anew after triggers changed
            spent = measured(work, each, audit.home)
            if place:
                found[on].append(spent)
    audit.switch(on=True)
    rows = {on: [statistics.median(one) for one in zip(*found[on], strict=True)] for on in found}
    for on in (False, True):
        clock, worker, database = rows[on]
        print(
            f"{name:24} {'with' if on else 'without':8} {clock:10.2f} ms  worker {worker:8.2f} ms  "
            f"database {database:8.2f} ms"
        )
    cpu = [sum(rows[on][1:]) for on in (False, True)]
    print(
        f"{'':24} time {rows[True][0] / rows[False][0] - 1:+.1%}, CPU {cpu[1] / cpu[0] - 1:+.1%}\n"
    )


def mutations(world: LiveWorld, boss: Person, manager: Person) -> Iterator[tuple[str, Any]]:
    """The work that is compared."""
    party = world.ask(
        'mutation { createParty(input: {name: "Acme", street: "S", city: "C"}) '
        "{ party { id } userErrors { message } } }",
        boss,
    )["createParty"]["party"]["id"]
    product = world.ask(
        'mutation { createProduct(input: {name: "Tea", price: {amount: "1", currency: "EUR"}}) '
        "{ product { id } userErrors { message } } }",
        boss,
    )["createProduct"]["product"]["id"]
    given = {
        "customer": party,
        "paymentMethod": "CARD",
        "lines": [{"product": product, "quantity": "2"}] * 5,
    }

    reviewer = world.person("dougong.administrator", name="Reviewer")
    steps = (
        *(("submit", "", boss), ("verify", 'evidence: "They rang back"', reviewer)),
        *(("approve", "", manager), ("confirm", "", manager)),
    )

    def lead() -> None:
        assert world.ask(LEAD, boss)["createLead"]["userErrors"] == []

    def order() -> None:
        made = world.ask(ORDER, boss, input=given)["createSalesOrder"]
        assert made["userErrors"] == [], made
        for step, said, who in steps:
            (made,) = world.ask(STEP % (step, said), who, **made["salesOrder"]).values()
            assert made["userErrors"] == [], made

    yield "createLead", lead
    yield "order, 5 mutations", order


@contextmanager
def served(home: Path) -> Iterator[LiveWorld]:
    """A world with orders and the CRM."""
    with Databases(home, "bench") as databases:
        world = LiveWorld(databases.clone("sales_order", "crm"))
        yield world
        world.close()


def imports(world: LiveWorld, rows: int) -> Callable[[], None]:
    """A COPY of leads in one transaction."""
    line = "Ann\tann@example.com\t10.0000\tEUR\tNEW\n"

    def work() -> None:
        with world.engine.begin() as connection:
            raw: Any = connection.connection
            with raw.cursor() as cursor, cursor.copy(COPY) as copy:
                for _ in range(rows // 1000):
                    copy.write(line * 1000)

    return work


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, served(Path(home)) as world:
        boss = world.person("dougong.administrator", name="Boss")
        manager = world.person("dougong.administrator", name="Manager")
        audit = Audit(world, Path(home).resolve())
        for name, work in mutations(world, boss, manager):
            compare(audit, name, work, options.rounds, EACH)
        compare(audit, f"COPY of {options.rows:,}", imports(world, options.rows), 3, 1)


if __name__ == "__main__":
    main()
