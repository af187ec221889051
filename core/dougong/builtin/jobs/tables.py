"""What is remembered of jobs beside the queue: which are done, and what went wrong."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, func

from dougong.db.naming import CORE
from dougong.entity.registry import registry_of

_core = registry_of(CORE).metadata


def _job() -> Column[int]:
    return Column("job", BigInteger, primary_key=True, autoincrement=False)


def _now() -> Column[object]:
    return Column("at", DateTime(timezone=True), nullable=False, server_default=func.now())


job_done = Table("job_done", _core, _job(), _now())
"""Jobs whose effect is in the database: written with it, in the same transaction."""

job_failure = Table(
    "job_failure",
    _core,
    _job(),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    _now(),
    Column("error", Text, nullable=False),
)
"""What each attempt said that failed; for administrators."""
