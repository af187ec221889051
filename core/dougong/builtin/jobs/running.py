"""One job run: in a transaction, as its add-on, once."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, func
from sqlalchemy.dialects.postgresql import insert

from dougong.access.principal import Principal
from dougong.builtin.jobs.tables import job_done, job_failure
from dougong.builtin.watching.door import job as watched
from dougong.db.session import in_transaction
from dougong.errors import DougongError, GenerationChanged

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.generation import Generation

log = logging.getLogger("dougong.jobs")
LONGEST_ERROR = 10_000


class Parked(DougongError):
    """The job's add-on is not installed; it waits until that returns."""


def run_job(
    engine: Engine, generation: Generation, number: int, args: Mapping[str, Any], attempt: int
) -> None:
    """Do a job, unless it was done already.

    Raises Parked, GenerationChanged (run it again in the generation that holds), and what the job
    raises; then nothing was written but why.
    """
    key = f"{args['addon']}.{args['name']}"
    job = generation.jobs.get(key)
    asked_in = args.get("asked_in", {})
    who = Principal(None, f"job {key}", frozenset())

    def work(ctx: Context) -> None:
        if job is None:  # in the generation that holds: an older one may not know it yet
            raise Parked(f"the job {key} is of no add-on that is installed")
        with ctx.as_core():
            mine = insert(job_done).values(job=number).on_conflict_do_nothing()
            if ctx.session.execute(mine.returning(job_done.c.job)).scalar() is None:
                return
        with ctx.acting_as(job.addon):
            job.run(ctx, args["form"])

    try:
        with watched(key, number, attempt, asked_in, (GenerationChanged, Parked)):
            in_transaction(engine, generation, who, work)
    except (GenerationChanged, Parked):
        raise
    except Exception as problem:
        log.warning("the job %s (%s) failed: %s", key, number, problem)
        said = "".join(traceback.format_exception(problem))[-LONGEST_ERROR:].replace("\0", "")
        with engine.begin() as connection:
            row = insert(job_failure).values(job=number, attempt=attempt, error=said)
            again = {"error": said, "at": func.now()}
            connection.execute(
                row.on_conflict_do_update(index_elements=["job", "attempt"], set_=again)
            )
        raise
