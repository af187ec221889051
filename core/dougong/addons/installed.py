"""What is installed in a database: preparing it, reading it, building the generation of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import Connection, Engine, select, text

from dougong.addons.discovery import core_part, parts_of
from dougong.addons.manifest import Part
from dougong.addons.migrations import behind, create_schema, current, is_at_last_file, upgrade
from dougong.addons.state import (
    PartState,
    absent,
    current_generation,
    generation,
    recorded_parts,
)
from dougong.builtin.jobs.queue import is_current, prepare_queue
from dougong.db.locks import exclusively
from dougong.db.naming import CORE, host_of
from dougong.errors import SetupError
from dougong.generation import Generation


def prepare(engine: Engine) -> None:
    """Have the core's own tables, at their last revision; two processes may do so at once.

    Raises SetupError when the database belongs to something else, or to a newer Dougong.
    """
    core = core_part()
    with engine.connect() as connection:
        if is_at_last_file(connection, core) and is_current(connection):
            return

    def prepare_core(connection: Connection) -> None:
        if current(connection, CORE) is None:
            check_unused(connection)
            create_schema(connection, core)
        upgrade(connection, core)
        prepare_queue(connection)

    exclusively(engine, prepare_core)


def check_unused(connection: Connection) -> None:
    """Raise SetupError when the database has tables."""
    found = connection.execute(
        text(
            "select n.nspname || '.' || c.relname from pg_class c "
            "join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p', 'v', 'm', 'f') "
            "and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' "
            "and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype = 'e') "
            "order by 1 limit 1"
        )
    ).scalar()
    if found is not None:
        name = connection.execute(text("select current_database()")).scalar_one()
        raise SetupError(
            f"The database {name} belongs to something else: it has the table {found} and none "
            "of Dougong's.",
            fix="create an empty database for Dougong and name it in DOUGONG_DATABASE_URL.",
        )


def installed_parts(connection: Connection) -> tuple[int, tuple[Part, ...]]:
    """The number of the generation that holds, and its parts, the core first, in order.

    Raises SetupError when the code of an installed add-on cannot be imported or lacks a part.
    """
    recorded = recorded_parts(connection, PartState.INSTALLED)
    return current_generation(connection), parts_named(recorded)


def parts_named(names: Collection[str]) -> tuple[Part, ...]:
    """The parts of these names and the core, in order.

    Raises SetupError when the code of one of them cannot be imported or lacks a part.
    """
    found = parts_of(name for name in names if host_of(name) == name and name != CORE)
    missing = sorted(set(names) - {part.name for part in found})
    if missing:
        raise SetupError(
            f"The bridge {', '.join(missing)} is installed, but the code does not have it any more.",
            fix="install the version of the distribution that still has it.",
        )
    # A bridge that is new in the code waits until it is installed.
    return tuple(part for part in found if part.name == CORE or part.name in names)


def parts_that_fit(engine: Engine) -> tuple[Part, ...]:
    """What is installed; raises SetupError where its code needs newer tables than there are.

    Older code works with newer tables: servers are started anew one by one after an upgrade.
    """
    with engine.connect() as connection:
        _number, parts = installed_parts(connection)
        late = [part.name for part in behind(connection, parts)]
    if late:
        raise SetupError(
            f"The code of {', '.join(late)} is newer than its tables, so it cannot be served.",
            fix="upgrade the tables, while servers with the older code go on: dougong upgrade.",
        )
    return parts


def absent_names(connection: Connection) -> Mapping[str, str]:
    """What add-ons that are gone had in the API: `StockMove`, `Lead.score` → the add-on."""
    rows = connection.execute(select(absent.c.api_name, absent.c.addon).order_by(absent.c.addon))
    return MappingProxyType({str(name): str(addon) for name, addon in rows})


@dataclass(frozen=True)
class Standing:
    """What holds, and what shall hold next, as a worker reads it with each heartbeat."""

    number: int
    candidate: int
    candidate_parts: frozenset[str] | None
    """What is being prepared; None: nothing."""
    fenced: bool = False
    """This worker must not answer any more."""


def standing(connection: Connection, fenced: bool = False) -> Standing:
    """How things stand."""
    row = connection.execute(select(generation)).one()
    parts = None if row.candidate_parts is None else frozenset(row.candidate_parts)
    return Standing(row.number, row.candidate, parts, fenced)


def load_generation(engine: Engine, ready: Generation | None = None) -> Generation:
    """Build the generation that holds in this database.

    `ready` is taken if it is just that. Raises SetupError when what is installed cannot be
    imported or does not fit together.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        number = current_generation(connection)
        recorded = recorded_parts(connection, PartState.INSTALLED)
        names = absent_names(connection)
    if ready is None or (ready.number, {*ready.parts}) != (number, {CORE, *recorded}):
        ready = Generation(number, parts_named(recorded))
    ready.absent = names
    return ready
