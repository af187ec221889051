"""A worker: takes jobs from the queue as long as its process serves, and does them in threads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from sqlalchemy.exc import DBAPIError

from dougong.builtin.audit.sealing import PORTIONS, seal_some
from dougong.builtin.jobs.queue import PARKED, SCHEMA, TASK, WAITING, forget_done, resume
from dougong.builtin.jobs.running import Parked, run_job
from dougong.builtin.jobs.schedule import ask_for_due
from dougong.errors import GenerationChanged
from dougong.live.ending import end

if TYPE_CHECKING:
    from procrastinate.jobs import Job as Queued

    from dougong.runtime import Runtime

log = logging.getLogger("dougong.jobs")
logging.getLogger("procrastinate").setLevel(logging.CRITICAL)  # what fails we say ourselves
LOOKED_SECONDS = 5.0
"""How often it is looked for what was not told: jobs whose time came, and those of dead workers."""
DEAD_SECONDS = 30.0
"""After how long without a sign a worker is dead, and others take its jobs."""
FORGET_SECONDS = 600.0
SEAL_SECONDS = 60.0
"""How often the audit is sealed."""
GOODBYE_SECONDS = 5.0
"""How long a worker that stops waits for a queue that does not answer."""
TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = 10, 3600


class Again(BaseRetryStrategy):
    """When a job that failed is tried again."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def get_retry_decision(self, *, exception: BaseException, job: Queued) -> RetryDecision | None:
        """As often as the job says, after longer and longer pauses; a parked one is put away."""
        if isinstance(exception, Parked):
            return RetryDecision(queue=PARKED)
        if isinstance(exception, GenerationChanged):
            return RetryDecision()
        known = self._runtime.generation.jobs.get(
            f"{job.task_kwargs.get('addon')}.{job.task_kwargs.get('name')}"
        )
        if known is None or job.attempts >= known.retries:
            return None
        pause = min(FIRST_PAUSE * 4**job.attempts, LONGEST_PAUSE)
        return RetryDecision(retry_in={"seconds": pause})


class Worker:
    """Does the jobs of the generation that a runtime serves; `jobs` at a time."""

    def __init__(self, runtime: Runtime, jobs: int) -> None:
        self._runtime = runtime
        self._at_a_time = jobs
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="job")
        self._stopping = False
        self._under_way = 0
        self._forgets_at = 0.0
        self._seals_at = 0.0

    async def stop(self, working: asyncio.Task[None]) -> None:
        """End the task that runs this: no more jobs are begun, those under way are finished.

        It is cancelled once, as a second time would break off jobs; should that get lost while the
        queue is opened (see `dougong.live.ending`), no work is begun. A queue that cannot be told
        goodbye, as its database is away, is left: after a while others take this worker for dead.
        """
        self._stopping = True
        working.cancel()
        while not working.done():
            await asyncio.wait({working}, timeout=GOODBYE_SECONDS)
            if not self._under_way:
                await end(working)

    async def run(self) -> None:
        """Work until stopped; what is under way then is finished."""
        while not self._stopping:
            try:
                await self._work()
            except Exception:
                log.exception("the worker lost the queue; trying again")
            await asyncio.sleep(LOOKED_SECONDS)

    async def _work(self) -> None:
        scheme, _, rest = self._runtime.url.partition("://")
        connector = PsycopgConnector(
            conninfo=f"{scheme.partition('+')[0]}://{rest}",
            kwargs={
                "application_name": "dougong jobs",
                "options": f"-c TimeZone=UTC -c search_path={SCHEMA},pg_catalog",
            },
            min_size=1,
            max_size=self._at_a_time + 2,
        )
        app = App(connector=connector)
        app.task(name=TASK, pass_context=True, retry=Again(self._runtime))(self._do)
        async with app.open_async():
            if self._stopping:
                return
            looking = asyncio.create_task(self._look(app))
            try:
                await app.run_worker_async(
                    queues=[WAITING],
                    concurrency=self._at_a_time,
                    install_signal_handlers=False,
                    fetch_job_polling_interval=LOOKED_SECONDS,
                    stalled_worker_timeout=DEAD_SECONDS,
                    delete_jobs="never",
                )
            finally:
                await end(looking)

    async def _do(self, context: JobContext, /, **args: Any) -> None:
        job, runtime = context.job, self._runtime
        assert job.id is not None
        loop = asyncio.get_running_loop()
        self._under_way += 1
        try:
            for _ in range(TRIES):
                generation = runtime.generation
                work = partial(run_job, runtime.engine, generation, job.id, args, job.attempts)
                try:
                    await loop.run_in_executor(self._threads, work)
                except GenerationChanged:
                    await runtime.catch_up(generation)
                else:
                    runtime.changes.committed()
                    return
            raise GenerationChanged
        finally:
            self._under_way -= 1

    async def _look(self, app: App) -> None:
        """Ask for what is due, and give back what somebody died over."""
        while True:
            with contextlib.suppress(DBAPIError):
                await asyncio.to_thread(self._ask)
            with contextlib.suppress(Exception):  # the queue's driver; the next round finds it
                for job in await app.job_manager.get_stalled_jobs(
                    task_name=TASK, seconds_since_heartbeat=DEAD_SECONDS
                ):
                    log.warning("taking over job %s, whose worker died", job.id)
                    await app.job_manager.retry_job(job)
            await asyncio.sleep(LOOKED_SECONDS)

    def _ask(self) -> None:
        generation, engine = self._runtime.generation, self._runtime.engine
        with engine.begin() as connection:
            resume(connection, list(generation.parts))
        ask_for_due(engine, generation.jobs.values(), datetime.now(UTC))
        if time.monotonic() >= self._seals_at:
            with engine.begin() as connection:
                seal_some(connection, PORTIONS)
            self._seals_at = time.monotonic() + SEAL_SECONDS
        if time.monotonic() >= self._forgets_at:
            with engine.begin() as connection:
                more = forget_done(connection)
            self._forgets_at = time.monotonic() + (0 if more else FORGET_SECONDS)
