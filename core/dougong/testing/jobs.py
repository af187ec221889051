"""Jobs in tests: done at once, in the test's own process, without a worker."""

from __future__ import annotations

from sqlalchemy import Engine, text

from dougong.builtin.jobs.queue import SCHEMA, WAITING
from dougong.builtin.jobs.running import run_job
from dougong.generation import Generation

FETCH = text(
    f"select id, args, attempts from {SCHEMA}.procrastinate_fetch_job_v2('{{{WAITING}}}', null) "
    "where id is not null"
)
FINISH = text(f"select {SCHEMA}.procrastinate_finish_job_v1(:id, :status, false)")


def do_jobs(engine: Engine, generation: Generation) -> list[str]:
    """Do what waits and is due, one after the other, and what is asked for by that; their keys.

    Raises what a job raises; it counts as given up then.
    """
    done: list[str] = []
    while True:
        with engine.begin() as connection:
            found = connection.execute(FETCH).one_or_none()
        if found is None:
            return done
        status = "failed"
        try:
            run_job(engine, generation, found.id, found.args, found.attempts)
            status = "succeeded"
        finally:
            with engine.begin() as connection:
                connection.execute(FINISH, {"id": found.id, "status": status})
        done.append(f"{found.args['addon']}.{found.args['name']}")
