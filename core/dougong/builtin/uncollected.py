"""Making much at once, nearly all of which stays: looking for garbage meanwhile takes half the time."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


@contextmanager
def uncollected() -> Iterator[None]:
    """Put off looking for garbage until the block is done; reference counts free most of it anyway."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def say_and_end(answer: str) -> NoReturn:
    """Write the answer of a child process and end it at once: nothing is tidied up for nobody."""
    sys.stdout.write(answer)
    sys.stdout.flush()
    os._exit(0)
