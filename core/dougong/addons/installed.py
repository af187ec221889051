"""What is installed in a database: preparing it, reading it, building the generation of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, Engine, select, text

from dougong.addons.discovery import core_part, parts_of
from dougong.addons.manifest import Part
from dougong.addons.migrations import create_schema, current, head, upgrade
from dougong.addons.state import PartState, absent, current_generation, recorded_parts
from dougong.db.locks import exclusively
from dougong.db.naming import CORE
from dougong.errors import SetupError
from dougong.generation import Generation


def prepare(engine: Engine) -> None:
    """Have the core's own tables, at their last revision; two processes may do so at once.

    Raises SetupError when the database belongs to something else, or to a newer Dougong.
    """
    core = core_part()
    latest = head(core)
    with engine.connect() as connection:
        if current(connection, CORE) == latest:
            return

    def prepare_core(connection: Connection) -> None:
        if current(connection, CORE) is None:
            check_unused(connection)
            create_schema(connection, core)
        upgrade(connection, core)

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
    number = current_generation(connection)
    recorded = recorded_parts(connection, PartState.INSTALLED)
    found = parts_of(name for name, part in recorded.items() if not part.is_bridge)
    missing = sorted(recorded.keys() - {part.name for part in found})
    if missing:
        raise SetupError(
            f"The bridge {', '.join(missing)} is installed, but the code does not have it any more.",
            fix="install the version of the distribution that still has it.",
        )
    # A bridge that is new in the code waits until it is installed.
    return number, tuple(part for part in found if part.name == CORE or part.name in recorded)


def absent_names(connection: Connection) -> Mapping[str, str]:
    """What add-ons that are gone had in the API: `StockMove`, `Lead.score` → the add-on."""
    rows = connection.execute(select(absent.c.api_name, absent.c.addon).order_by(absent.c.addon))
    return MappingProxyType({str(name): str(addon) for name, addon in rows})


def load_generation(engine: Engine) -> Generation:
    """Build the generation that holds in this database.

    Raises SetupError when what is installed cannot be imported or does not fit together.
    """
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        number, parts = installed_parts(connection)
        names = absent_names(connection)
    generation = Generation(number, parts)
    generation.absent = names
    return generation
