"""How far imports have come that are done in portions, and what is wrong with their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from dougong.builtin.import_export.tables import ImportState
from dougong.builtin.import_export.values import Problem
from dougong.errors import Refused

PROGRESS = """
select r.id, r.entity, r.file, r.sha256, r.user_id, r.state, r.rows, r.began_at, r.ended_at, r.said,
       coalesce((r.how->>'dry_run')::boolean, false) as dry_run,
       coalesce((r.how->>'skip_bad')::boolean, false) as skip_bad,
       coalesce((r.how->>'side_by_side')::boolean, false) as side_by_side, p.*
  from dougong.import_run r cross join lateral (
    select coalesce(sum(count) filter (where state <> 'WAITING'), 0)::int as checked,
           coalesce(sum(count) filter (where state = 'DONE'), 0)::int as done,
           coalesce(sum(cardinality(records)) filter (where state = 'DONE'), 0)::int as created,
           coalesce(sum(updated) filter (where state = 'DONE'), 0)::int as updated,
           coalesce(sum(skipped), 0)::int as skipped, coalesce(sum(bad), 0)::int as bad
      from dougong.import_portion where run = r.id) p
"""


@dataclass(frozen=True)
class Progress:
    """How far one import has come; all numbers count rows."""

    id: int
    entity: str
    file: str
    sha256: str
    user_id: int
    state: ImportState
    rows: int
    began_at: datetime
    ended_at: datetime | None
    said: str | None
    dry_run: bool
    skip_bad: bool
    side_by_side: bool
    """Whether several processes may do it."""
    checked: int
    """Rows that have been tried."""
    done: int
    """Rows that have been written."""
    created: int
    updated: int
    skipped: int
    bad: int

    @property
    def steps(self) -> int:
        """How much there is to do: where all or nothing is asked for, every row is done twice."""
        return self.rows if self.dry_run or self.skip_bad else 2 * self.rows

    @property
    def steps_done(self) -> int:
        """How much of it is done."""
        return self.checked if self.dry_run or self.skip_bad else self.checked + self.done


def found_progress(connection: Connection, where: str, **values: object) -> list[Progress]:
    """The imports for which a condition of our own holds, the latest first."""
    rows = connection.execute(
        text(f"{PROGRESS} where {where} order by r.id desc limit 100"), values
    )
    return [Progress(**{**row, "state": ImportState(row["state"])}) for row in rows.mappings()]


def progress_of(engine: Engine, run: int) -> Progress:
    """One import; raises Refused where there is none."""
    with engine.connect() as connection:
        found = found_progress(connection, "r.id = :run", run=run)
    if not found:
        raise Refused("no_import", id=run)
    return found[0]


def problems_of(engine: Engine, run: int, most: int = 10_000) -> list[Problem]:
    """What is wrong with rows of an import, by line."""
    found = text(
        "select one from dougong.import_portion p, jsonb_array_elements(p.problems) one "
        "where p.run = :run order by p.number limit :most"
    )
    with engine.connect() as connection:
        rows = connection.execute(found, {"run": run, "most": most})
        return [Problem(**row.one) for row in rows]
