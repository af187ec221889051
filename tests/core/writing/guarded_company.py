"""A company with guarded fields, cuts, units and loans: two worlds of it, for tests and `make fuzz`."""

from gardens import make_tables, parts

from dougong.addons.state import current_generation
from dougong.db.engine import open_database
from dougong.generation import Generation
from dougong.live.change_log import log_changes
from dougong.testing.databases import Databases
from dougong.testing.two_worlds import Pair
from dougong.testing.two_worlds.people import Roles

ADDONS = ("vault", "appraisal")
SETS: tuple[Roles, ...] = (
    ("vault.keeper", "vault.reader"),
    ("appraisal.broker",),
    ("vault.boss", "vault.outsider"),
    ("vault.seller",),
    ("appraisal.appraiser", "vault.leader"),
    ("vault.clerk", "vault.seller"),
    (),
    None,
)
"""Roles with which `make test` asks, the most telling first; `make fuzz WHAT=worlds` takes all.

Their places matter: in turn somebody holds them, borrows them, or holds them with less.
"""


def guarded_company(databases: Databases) -> Pair:
    """Two worlds with the vault and what appraises it."""
    return guarded_pair(databases, guarded_tables(databases))


def guarded_tables(databases: Databases) -> str:
    """The URL of a database with the company's tables."""
    url = databases.clone()
    make_tables(url)
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        for name in ADDONS:
            log_changes(connection, name)
    engine.dispose()
    return url


def guarded_pair(databases: Databases, url: str) -> Pair:
    """Two worlds, of which the first is that database."""
    engine = open_database(url, pool_size=None)
    with engine.connect() as connection:
        generation = Generation(current_generation(connection), parts(*ADDONS))
    engine.dispose()
    return Pair(databases, url, generation)
