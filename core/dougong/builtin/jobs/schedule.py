"""Jobs that run by the clock: asked for when their time has come, once for all workers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from dougong.builtin.jobs.job import Job
from dougong.builtin.jobs.queue import SCHEMA, TASK, WAITING

LAST = text(
    f"select max(defer_timestamp) from {SCHEMA}.procrastinate_periodic_defers "
    "where task_name = :task and periodic_id = :key"
)
BEGIN = text(
    f"insert into {SCHEMA}.procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp) "
    "values (:task, :key, :at) on conflict do nothing"
)
DEFER = text(
    f"select {SCHEMA}.procrastinate_defer_periodic_job_v2("
    ":queue, :key, :key, :task, 0, :key, :at, cast(:args as jsonb))"
)


def ask_for_due(engine: Engine, jobs: Iterable[Job], now: datetime) -> list[str]:
    """Ask for every job whose time has come since it was asked for the last time; their keys.

    One that is new begins with its next time. What waits still is not asked for again.
    """
    asked = []
    for job in jobs:
        if job.cron is not None:
            with engine.begin() as connection:
                if _ask(connection, job, job.cron, now):
                    asked.append(job.key)
    return asked


def _ask(connection: Connection, job: Job, cron: str, now: datetime) -> bool:
    given = {"task": TASK, "key": job.key, "at": int(last_time(cron, now).timestamp())}
    before = connection.execute(LAST, given).scalar()
    if before is None:
        connection.execute(BEGIN, given)
        return False
    if before >= given["at"]:
        return False
    args = json.dumps({"addon": job.addon, "name": job.name, "form": {}})
    try:
        with connection.begin_nested():
            found = connection.execute(DEFER, {**given, "queue": WAITING, "args": args}).scalar()
    except IntegrityError:  # its last time has not been done yet
        connection.execute(BEGIN, given)
        return False
    return found is not None


def last_time(cron: str, now: datetime) -> datetime:
    """When it was due last, that is not after now; in UTC."""
    from croniter import croniter

    found: datetime = croniter(cron, now.astimezone(UTC), ret_type=datetime).get_prev()
    # get_prev is before now; now itself may be a time too
    if croniter.match(cron, now.astimezone(UTC)) and now.second == 0 and now.microsecond == 0:
        return now.astimezone(UTC)
    return found
