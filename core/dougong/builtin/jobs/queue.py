"""The queue: Procrastinate's tables, in a schema of their own, and how jobs get in and on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from dougong.builtin.watching.spans import asked_here
from dougong.errors import SetupError

SCHEMA = "procrastinate"
TASK = "dougong.job"
"""The one task that Procrastinate knows; what is to be done stands in its arguments."""
WAITING, PARKED = "dougong", "parked"
"""The queues: of what is to be done, and of what belongs to add-ons that are not installed."""

DEFER = text(f"""
select ({SCHEMA}.procrastinate_defer_jobs_v1(array[row(
    :queue, '{TASK}', 0, null, null, cast(:args as jsonb), :at
)]::{SCHEMA}.procrastinate_job_to_defer_v1[]))[1]
""")
VERSION = text(
    f"select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = '{SCHEMA}'"
)
NUMBERS = text(f"""
select setval('{SCHEMA}.procrastinate_jobs_id_seq', greatest(
    (select last_value from {SCHEMA}.procrastinate_jobs_id_seq),
    (select max(job) from dougong.job_done), (select max(job) from dougong.job_failure)))
""")
"""A queue that is new (of a backup that was recovered) gives no number that was given before."""
FUNCTIONS = text(f"""
select format('alter function %s set search_path = {SCHEMA}, pg_catalog', p.oid::regprocedure)
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = '{SCHEMA}'
""")


def is_current(connection: Connection) -> bool:
    """Whether the queue's tables are there, at the library's version; quickly told."""
    return connection.execute(VERSION).scalar() == _version()


def prepare_queue(connection: Connection) -> None:
    """Have the queue's tables, as the library that is installed wants them.

    Raises SetupError when a newer library has made them.
    """
    from procrastinate.schema import SchemaManager

    there, wanted = connection.execute(VERSION).scalar(), _version()
    if there == wanted:
        return
    if there is not None and _numbers(there) > _numbers(wanted):
        raise SetupError(
            f"The job queue in the database is of Procrastinate {there}, newer than {wanted}.",
            fix="install the Dougong that made it, or a newer one.",
        )
    connection.execute(text(f"create schema if not exists {SCHEMA}"))
    connection.execute(text(f"set local search_path = {SCHEMA}, pg_catalog"))
    if there is None:
        _run(connection, SchemaManager.get_schema())
    else:
        for file in sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql")):
            if _numbers(there) < _numbers(file.name.partition("_")[0]) <= _numbers(wanted):
                _run(connection, file.read_text("utf-8"))
    connection.execute(NUMBERS)
    # whoever calls them, and our sessions find nothing by its bare name
    for alteration in list(connection.execute(FUNCTIONS).scalars()):
        connection.exec_driver_sql(alteration)
    connection.execute(text("set local search_path = pg_catalog"))
    connection.exec_driver_sql(f"comment on schema {SCHEMA} is '{wanted}'")


def _run(connection: Connection, script: str) -> None:
    """Several statements at once, which no driver's placeholders are looked for in."""
    driver: Any = connection.connection.dbapi_connection
    driver.execute(script.encode())


def _version() -> str:
    from importlib.metadata import version

    return version("procrastinate")


def _numbers(said: str) -> tuple[int, ...]:
    return tuple(int(part) for part in said.split("."))


def enqueue(
    session: Session | Connection,
    addon: str,
    name: str,
    form: Mapping[str, Any],
    at: datetime | None = None,
) -> int:
    """Ask for a job in the session's transaction; its number."""
    args = {"addon": addon, "name": name, "form": form, "asked_in": asked_here()}
    given = {"queue": WAITING, "args": json.dumps(args), "at": at}
    return int(session.execute(DEFER, given).scalar_one())


def resume(connection: Connection, addons: Collection[str]) -> int:
    """Let the jobs of add-ons that are installed again go on; how many there are."""
    return connection.execute(
        text(
            f"update {SCHEMA}.procrastinate_jobs set queue_name = '{WAITING}', attempts = 0 "
            f"where queue_name = '{PARKED}' and status = 'todo' and args->>'addon' = any(:addons)"
        ),
        {"addons": list(addons)},
    ).rowcount


def unfinished(connection: Connection, addons: Collection[str]) -> dict[str, int]:
    """How many jobs of add-ons are not done yet, by the key of the job."""
    rows = connection.execute(
        text(
            "select args->>'addon' || '.' || (args->>'name'), count(*) "
            f"from {SCHEMA}.procrastinate_jobs where status in ('todo', 'doing') "
            "and args->>'addon' = any(:addons) group by 1 order by 1"
        ),
        {"addons": list(addons)},
    )
    return {str(key): int(count) for key, count in rows}


def forget_done(connection: Connection) -> int:
    """Delete some of what was done, or called off, more than a week ago; how many."""
    gone = connection.execute(
        text(
            f"delete from {SCHEMA}.procrastinate_jobs where id in ("
            f" select j.id from {SCHEMA}.procrastinate_jobs j"
            " where j.status in ('succeeded', 'cancelled') and not exists ("
            f"  select from {SCHEMA}.procrastinate_events e where e.job_id = j.id"
            "   and e.at > now() - interval '7 days') limit 1000) returning id"
        )
    ).scalars()
    numbers = list(gone)
    for table in ("job_done", "job_failure"):
        connection.execute(
            text(f"delete from dougong.{table} where job = any(:numbers)"), {"numbers": numbers}
        )
    return len(numbers)


def those_waiting(connection: Connection) -> list[dict[str, Any]]:
    """What has been asked for and is not done, in order, for a backup."""
    rows = connection.execute(
        text(
            f"select queue_name, args, scheduled_at from {SCHEMA}.procrastinate_jobs j "
            "where status in ('todo', 'doing') "
            "and not exists (select from dougong.job_done d where d.job = j.id) order by id"
        )
    )
    return [{"queue": queue, "args": args, "at": at and at.isoformat()} for queue, args, at in rows]


def ask_again(connection: Connection, jobs: Iterable[Mapping[str, Any]]) -> None:
    """Ask for jobs of a backup."""
    for one in jobs:
        at = one["at"] and datetime.fromisoformat(one["at"])
        connection.execute(DEFER, {**one, "args": json.dumps(one["args"]), "at": at})


def call_off(connection: Connection, addons: Collection[str]) -> None:
    """Have what waits for add-ons whose rows are deleted never done."""
    connection.execute(
        text(
            f"update {SCHEMA}.procrastinate_jobs set status = 'cancelled' "
            "where status = 'todo' and args->>'addon' = any(:addons)"
        ),
        {"addons": list(addons)},
    )
