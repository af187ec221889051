"""Ending tasks for sure."""

from __future__ import annotations

import asyncio
from typing import Any

AGAIN_SECONDS = 1.0
"""How long a task has to end before it is cancelled once more."""


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait until they are over, whatever they raise.

    Before Python 3.12 a cancellation is lost when it meets the very moment in which that comes
    which an `asyncio.wait_for` waits for, be it within a driver: so they are cancelled until they end.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=AGAIN_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)  # none is "never retrieved"
