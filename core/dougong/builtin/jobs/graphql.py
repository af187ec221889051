"""What administrators see of jobs, and do about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import strawberry
from sqlalchemy import text

from dougong.access.context import Context
from dougong.access.permissions import Permission
from dougong.builtin.jobs.queue import PARKED, SCHEMA
from dougong.errors import Invalid, Refused
from dougong.verbs.action import action
from dougong.verbs.query import query

MANAGE_JOBS = Permission("dougong.manage_jobs", "See the jobs of all add-ons, and retry them.")
MOST = 100


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    PARKED = "PARKED"


STATES = {
    "todo": JobState.WAITING,
    "doing": JobState.RUNNING,
    "succeeded": JobState.DONE,
    "failed": JobState.FAILED,
    "aborted": JobState.FAILED,
    "aborting": JobState.RUNNING,
    "cancelled": JobState.CANCELLED,
}


@strawberry.type
class QueuedJob:
    """A job that was asked for."""

    id: str
    """Its number, by which it is retried or cancelled."""
    name: str
    """`crm.recycle`."""
    state: JobState
    """How far it has come; `PARKED`: its add-on is not installed."""
    attempts: int
    """How often it was tried without success; of one that is done, how often at all."""
    asked_at: datetime | None
    """When it was asked for."""
    due_at: datetime | None
    """Not before this moment it is tried; null: as soon as somebody has time."""
    ended_at: datetime | None
    """When it was done, given up or cancelled."""
    error: str | None
    """What its last attempt said that failed, for whoever mends it."""


# One index of the table serves all three: by number, the latest first.
LIST = f"""
select j.id, j.args->>'addon' || '.' || (j.args->>'name'), j.status::text, j.queue_name,
       j.attempts, j.scheduled_at,
       (select min(at) from {SCHEMA}.procrastinate_events e
         where e.job_id = j.id and e.type = 'deferred'),
       (select max(at) from {SCHEMA}.procrastinate_events e
         where e.job_id = j.id and e.type in ('succeeded', 'failed', 'cancelled', 'aborted')),
       (select error from dougong.job_failure f where f.job = j.id order by attempt desc limit 1)
  from {SCHEMA}.procrastinate_jobs j
 where {{conditions}}
 order by j.id desc limit :most
"""


@query(needs=MANAGE_JOBS)
def queued_jobs(
    ctx: Context,
    *,
    states: list[JobState] | None = None,
    addon: str | None = None,
    first: int = 20,
    before: str | None = None,
) -> list[QueuedJob]:
    """The jobs that were asked for, the latest first.

    states: Only those that have come so far; all unless said.
    addon: Only those of an add-on.
    first: How many, at most 100.
    before: Only those that were asked for before this one, by its id: the next page.
    """
    if not 1 <= first <= MOST:
        raise Invalid("out_of_range", at=("first",), least=1, most=MOST)
    conditions, given = ["true"], dict[str, Any](most=first)
    if states is not None:
        conditions.append(_in_states(states))
    if addon is not None:
        conditions.append("j.args->>'addon' = :addon")
        given["addon"] = addon
    if before is not None:
        conditions.append("j.id < :before")
        given["before"] = _number(before, "before")
    listing = text(LIST.format(conditions=" and ".join(conditions)))
    with ctx.as_core():
        return [_shown(row) for row in ctx.session.execute(listing, given)]


def _in_states(states: Sequence[JobState]) -> str:
    """The condition that a job has come so far; made of our own words alone."""
    parts = [
        f"(j.status = '{status}' and j.queue_name <> '{PARKED}')"
        for status, state in STATES.items()
        if state in states
    ]
    if JobState.PARKED in states:
        parts.append(f"j.queue_name = '{PARKED}'")
    return f"({' or '.join(parts) or 'false'})"


def _shown(row: Sequence[Any]) -> QueuedJob:
    number, name, status, queue, attempts, due_at, asked_at, ended_at, error = row
    parked = queue == PARKED and status == "todo"
    return QueuedJob(
        id=str(number),
        name=name,
        state=JobState.PARKED if parked else STATES[status],
        attempts=attempts,
        asked_at=asked_at,
        due_at=due_at,
        ended_at=ended_at,
        error=error,
    )


def _number(given: str, at: str) -> int:
    if not given.isdecimal() or len(given) > 18:
        raise Invalid("no_job", at=(at,), id=given)
    return int(given)


@dataclass(frozen=True)
class JobChanged:
    """What became of a job."""

    id: str
    """Its number."""
    state: str
    """How far it has come now: a JobState."""


@action(needs=MANAGE_JOBS)
def retry_job(ctx: Context, *, id: str) -> JobChanged:
    """Have a job that was given up tried again, at once.

    id: Its number.
    """
    return _changed(ctx, id, "procrastinate_retry_job_v2(:id, now(), null, null, null)", "failed")


@action(needs=MANAGE_JOBS)
def cancel_job(ctx: Context, *, id: str) -> JobChanged:
    """Have a job that waits never done.

    id: Its number.
    """
    return _changed(ctx, id, "procrastinate_cancel_job_v1(:id, false, false)", "todo")


def _changed(ctx: Context, id: str, call: str, wanted: str) -> JobChanged:
    given = {"id": _number(id, "id")}
    look = text(f"select status::text from {SCHEMA}.procrastinate_jobs where id = :id for update")
    status = ctx.session.execute(look, given).scalar()
    if status is None:
        raise Invalid("no_job", at=("id",), id=id)
    if status != wanted:
        raise Refused("job_state", at=("id",), state=STATES[status].value.lower())
    ctx.session.execute(text(f"select {SCHEMA}.{call}"), given)
    after = str(ctx.session.execute(look, given).scalar_one())
    return JobChanged(id, STATES[after].value)
