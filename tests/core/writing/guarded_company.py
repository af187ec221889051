"""A company with guarded fields, cuts, units and loans: two worlds of it, for tests and `make fuzz`."""

from gardens import make_tables, parts

from dougong.addons.state import current_generation
from dougong.db.engine import open_database
from dougong.generation import Generation
from dougong.live.change_log import log_changes
from dougong.testing.databases import Databases
from dougong.testing.two_worlds import Pair

ADDONS = ("vault", "appraisal")


def guarded_company(databases: Databases) -> Pair:
    """Two worlds with the vault and what appraises it."""
    url = databases.clone()
    make_tables(url)
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        for name in ADDONS:
            log_changes(connection, name)
        generation = Generation(current_generation(connection), parts(*ADDONS))
    engine.dispose()
    return Pair(databases, url, generation)
