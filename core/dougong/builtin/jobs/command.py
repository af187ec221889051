"""`dougong worker`: does jobs, without serving anything."""

from __future__ import annotations

import asyncio
import os
import signal

import click

from dougong.cli.installation import Installation, about_installation


@click.command()
@click.option(
    "--jobs",
    default=4,
    type=click.IntRange(1, 64),
    show_default=True,
    envvar="DOUGONG_JOBS",
    help="How many are done at a time.",
)
@about_installation
def worker(installation: Installation, jobs: int) -> None:
    """Do the jobs of add-ons, until told to stop; `dougong serve` does some too."""
    from dougong.builtin.jobs.worker import Worker
    from dougong.builtin.life_cycle.process import HOME
    from dougong.builtin.watching.start import start_watching
    from dougong.errors import SetupError
    from dougong.runtime import Runtime

    start_watching()
    os.environ[HOME] = str(installation.home.absolute())
    engine = installation.engine(application="dougong worker", connections=jobs + 3)
    runtime = Runtime(engine, installation.url())

    async def work() -> None:
        stopped = asyncio.Event()
        runtime.end = stopped.set
        for sign in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(sign, stopped.set)
        await runtime.start()
        worker = Worker(runtime, jobs)
        working = asyncio.create_task(worker.run())
        click.echo(f"Dougong does jobs, {jobs} at a time (Ctrl-C ends it)")
        try:
            await stopped.wait()
        finally:
            await worker.stop(working)
            await runtime.stop()

    try:
        asyncio.run(work())
    finally:
        engine.dispose()
    if runtime.failure is not None:
        said = runtime.failure.partition(" Fix: ")[0]
        raise SetupError(
            f"This worker ended, as it could not take up what is installed: {said}",
            fix="install the code that it lacks, then start it again.",
        )
