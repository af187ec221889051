"""The portions of an import done one after the other, and by several processes side by side."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from sqlalchemy import Engine

from dougong.access.principal import Principal
from dougong.builtin.import_export.portions import advance
from dougong.db.session import in_transaction
from dougong.errors import GenerationChanged
from dougong.generation import Generation

WORTH_IT = 20_000
"""Rows for whose sake another process is started: it takes seconds until that one helps."""
ANYBODY = Principal(None, "dougong import", frozenset())
"""Rows are brought in with the rights of whoever has begun the import."""


def portions(engine: Engine, generation: Generation, who: Principal, run: int) -> Iterator[None]:
    """Do what is left of an import; yields after each portion."""
    from dougong.addons.installed import load_generation

    with _much_is_made():
        while True:
            try:
                if not in_transaction(engine, generation, who, lambda ctx: advance(ctx, run)):
                    return
            except GenerationChanged:
                generation = load_generation(engine)
            yield


@contextmanager
def helped(engine: Engine, run: int, processes: int) -> Iterator[None]:
    """Have so many processes in all do portions meanwhile, no more than there are processors.

    They end with the import, or with this process. What one that is killed had under way is done
    by those that are left.
    """
    url = engine.url.render_as_string(hide_password=False)
    with ExitStack() as others:
        for _ in range(min(processes, os.cpu_count() or 1) - 1):
            others.enter_context(_another(url, run))
        yield


@contextmanager
def _another(url: str, run: int) -> Iterator[None]:
    command = [sys.executable, "-m", "dougong.builtin.import_export.beside", str(run)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"{url}\n")  # a list of processes shows arguments, but not this
            process.stdin.flush()
        try:
            yield
        finally:
            with suppress(BrokenPipeError):
                process.stdin.close()


@contextmanager
def _much_is_made() -> Iterator[None]:
    """What is installed stays: nobody need look through it for what is no longer used."""
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def main() -> None:
    """Do portions of an import until it is over, or whoever has started this process is gone."""
    from dougong.addons.installed import load_generation
    from dougong.db.engine import open_database

    engine = open_database(sys.stdin.readline().strip(), pool_size=1, application="dougong import")
    gone = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        gone.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    with suppress(KeyboardInterrupt):
        for _ in portions(engine, load_generation(engine), ANYBODY, int(sys.argv[1])):
            if gone.is_set():
                return


if __name__ == "__main__":
    main()
