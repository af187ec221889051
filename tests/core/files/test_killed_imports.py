"""An import over the API whose server is killed in the middle of it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from senders import DOUGONG, Archive, Person
from sqlalchemy import text
from test_tables_over_the_api import MANAGER, brought, downloaded, run_of, uploaded

from dougong.builtin.import_export.staging import PORTION
from dougong.testing.databases import Databases
from dougong.testing.servers import Server

RESUME = "mutation ($id: String!) { resumeImport(id: $id) { state userErrors { code } } }"
LEADS = "select count(*), count(distinct name) from crm.lead where name like 'Killed %'"


def test_no_row_is_lost_or_comes_in_twice_when_a_server_is_killed(
    databases: Databases, tmp_path: Path
) -> None:
    home = {
        **os.environ,
        "DOUGONG_DATABASE_URL": databases.clone("crm"),
        "DOUGONG_HOME": str(tmp_path),
    }
    rows = 6 * PORTION
    lines = "".join(f"Killed {n},\n" for n in range(rows)) + "Killed bad,nonsense\n"
    first = Archive(Server(DOUGONG, home))
    ann = first.person(MANAGER)

    begun = brought(ann, uploaded(ann, f"name,email\n{lines}".encode()), skipBad=True)
    while not count(first):
        time.sleep(0.01)
    first.server.process.kill()
    first.server.process.communicate()
    there = count(first)
    second = Archive(Server(DOUGONG, home))
    try:
        ann = Person(second, ann.user_id, ann.token)
        ann.ask(RESUME, id=begun["id"])
        run = run_of(ann, begun["id"])

        assert there % PORTION == 0
        assert (run["state"], run["created"], run["refused"]) == ("DONE", rows, 1)
        assert count(second) == rows
        assert downloaded(ann, run["refusedUrl"])[1][:2] == ["Killed bad", "nonsense"]
    finally:
        second.server.stop()
        for one in (first, second):
            one.engine.dispose()


def count(archive: Archive) -> int:
    """How many leads of the file there are; none twice."""
    with archive.engine.connect() as connection:
        found: Any = connection.execute(text(LEADS)).one()
    assert found[0] == found[1]
    return int(found[0])
