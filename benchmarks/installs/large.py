"""An extension is installed on an entity with a million rows, while others read and write it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Self

import psycopg
from psycopg.errors import DatabaseError
from sqlalchemy import text

from installs.company import Company

Say = Callable[[str], None]
LONGEST = 0.2
FILL = """insert into party.party (kind, name)
select 'COMPANY', 'Party ' || n from generate_series(1, :rows) n"""
READ = "select name from party.party where id = %s"
WRITES = (
    "update party.party set city = city where id = %s",
    "insert into party.party (kind, name) select 'PERSON', 'New ' || %s",
    "select from party.party where id = %s for update",
)


class Prober:
    """Asks one thing after the other and notes the longest time that one took."""

    def __init__(self, url: str, statements: tuple[str, ...], rows: int, *, enters: bool) -> None:
        """`enters`: each statement is a business transaction, which an install holds off."""
        self.longest, self.number = 0.0, 0
        self._url, self._statements, self._rows, self._enters = url, statements, rows, enters
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._probe)

    def _probe(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute("select number from dougong.generation").fetchone()
            while row is not None and not self._end.wait(0.005):
                began = time.perf_counter()
                if not self._once(connection, row[0]):
                    return  # it knows nothing of extensions that came since
                self.longest = max(self.longest, time.perf_counter() - began)
                self.number += 1

    def _once(self, connection: psycopg.Connection, generation: int) -> bool:
        """Whether the generation still holds."""
        statement = self._statements[self.number % len(self._statements)]
        try:
            with connection.transaction():
                if self._enters:
                    connection.execute("select dougong.enter(%s)", [generation])
                connection.execute(statement, [self.number * 7919 % self._rows + 1])
        except DatabaseError as problem:
            if problem.sqlstate != "XG001":
                raise
            return False
        return True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def run(say: Say, rows: int) -> bool:
    """Measure; whether nobody was kept waiting for long."""
    company = Company("bench-install-large", 1, 5)
    company.install(["party"])
    with company.engine.begin() as connection:
        connection.execute(text(FILL), {"rows": rows})
    plain = company.url.replace("postgresql+psycopg", "postgresql")
    good = True
    for when, work in (
        ("nothing is installed", lambda: time.sleep(10)),
        ("it is installed", lambda: company.install(company.addons)),
    ):
        reader = Prober(plain, (READ,), rows, enters=False)
        writer = Prober(plain, WRITES, rows, enters=True)
        began = time.perf_counter()
        with reader, writer:
            work()
        say(
            f"While {when} ({time.perf_counter() - began:.1f} s): the longest of {reader.number:,} "
            f"reads took {reader.longest * 1000:.0f} ms, of {writer.number:,} writes "
            f"{writer.longest * 1000:.0f} ms."
        )
        good = reader.longest < LONGEST and writer.longest < LONGEST
    with company.engine.connect() as connection:
        name = company.addons[0]
        lacking = f"""select count(*) from party.party left join {name}.{name}_note e using (id)
                      where e.id is null"""
        lacks = connection.execute(text(lacking)).scalar_one()
    say(f"Parties without their row: {lacks}.")
    return good and lacks == 0
