"""A database whose audit tests look at: what a piece of work leaves in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.addons.installed import load_generation
from dougong.db.engine import open_database
from dougong.db.session import in_transaction
from dougong.generation import Generation
from dougong.testing.worlds import make_person

Work = Callable[[Context], Any]
LISTED = text(
    "select entity, record_id, what, changes, by, part from dougong.audit_entry "
    "where id > :after order by id"
)


class Audited:
    """An installation in a database of its own, and its audit."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = open_database(url, pool_size=None)
        self.generation: Generation = load_generation(self.engine)
        with Session(self.engine) as session, session.begin():
            self.ada = make_person(session, ("dougong.administrator",), "Ada")

    def do(self, work: Work, who: Principal | None = None) -> Any:
        """Do some work in a transaction of its own."""
        return in_transaction(self.engine, self.generation, who or self.ada, work)

    def last(self) -> int:
        """The number of the last entry."""
        with self.engine.connect() as connection:
            found = connection.execute(text("select max(id) from dougong.audit_entry"))
            return int(found.scalar() or 0)

    def since(self, after: int) -> list[dict[str, Any]]:
        """The entries after one."""
        with self.engine.connect() as connection:
            return [dict(row._mapping) for row in connection.execute(LISTED, {"after": after})]

    def by(self, work: Work, who: Principal | None = None) -> list[dict[str, Any]]:
        """The entries that some work leaves."""
        before = self.last()
        self.do(work, who)
        return self.since(before)

    def run(self, *statements: str) -> None:
        """Run SQL by hand, past the product."""
        with self.engine.begin() as connection:
            for one in statements:
                connection.execute(text(one))

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()
