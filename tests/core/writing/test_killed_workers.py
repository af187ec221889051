"""Workers that are killed: what they had taken is done by others, once."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from gardens import Committed
from sqlalchemy import text

from dougong import Context
from dougong_garden import Bed, Crop
from dougong_sundial import water


@pytest.fixture
def garden(committed: Callable[..., Committed]) -> Committed:
    return committed("garden", "sundial")


def ask(garden: Committed) -> None:
    """Have a new bed watered later."""

    def work(ctx: Context) -> None:
        bed = ctx.create(Bed(name="North"))
        told: dict[str, Any] = {"litres": Decimal(3), "on": date(2026, 3, 1), "crops": [Crop.LEEK]}
        ctx.later(water, bed=bed, **told)

    garden.do(work)


def rows(garden: Committed, sql: str) -> list[Any]:
    with garden.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


JOBS = "select status::text from procrastinate.procrastinate_jobs"

WORKER = """
import asyncio, os, signal, sys
sys.path.insert(0, os.path.dirname({here!r}))
from gardens import GardenRuntime
from dougong.builtin.jobs import worker
from dougong.db.engine import open_database
from dougong_garden import plugged

def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)

at, url = sys.argv[1:]
worker.DEAD_SECONDS, worker.LOOKED_SECONDS = 0.5, 0.1
run = worker.run_job
def run_then_end(*given):
    run(*given)
    end()
if at == "in the rule":
    plugged["water"] = end
elif at == "before it":
    worker.run_job = end
elif at == "after the commit":
    worker.run_job = run_then_end

async def main():
    runtime = GardenRuntime(open_database(url), url)
    runtime.names = ("garden", "sundial")
    await runtime.start()
    await worker.Worker(runtime, 1).run()

asyncio.run(main())
"""


def working(garden: Committed, at: str) -> subprocess.Popen[bytes]:
    """A worker of its own process that is killed at a point."""
    url = garden.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-c", WORKER.format(here=__file__), at, url])


@pytest.mark.parametrize("at", ["before it", "in the rule", "after the commit"])
def test_a_job_whose_worker_is_killed_is_done_once_by_another(garden: Committed, at: str) -> None:
    ask(garden)
    assert working(garden, at).wait(60) == -signal.SIGKILL
    assert rows(garden, JOBS) == [("doing",)]

    other = working(garden, "nowhere")
    try:
        until = time.monotonic() + 60
        while rows(garden, JOBS) != [("succeeded",)]:
            assert time.monotonic() < until, "nobody took it over"
            time.sleep(0.05)
    finally:
        other.kill()
        other.wait()

    assert rows(garden, "select count(*) from sundial.watering") == [(1,)]
