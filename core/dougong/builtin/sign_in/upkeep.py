"""What a worker does besides: notes when tokens were used, deletes what has expired."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dougong.builtin.sign_in import throttle

if TYPE_CHECKING:
    from dougong.runtime import Runtime

NOTED_SECONDS = 60.0
ROUNDS = 60
"""After how many notes what has expired is deleted."""

USED = text("""
update dougong.token set last_used_at = now()
 where id = any(:used) and (last_used_at is null or last_used_at < now() - interval '50 seconds')
""")
EXPIRED = (
    # A token that ended is shown to nobody; a month later nobody asks what it was. Deleting raises
    # the epoch, so it is done only where there is something to delete.
    "token where expires_at < now() - interval '30 days' or revoked_at < now() - interval '30 days'",
    "password_link where expires_at < now()",
    "sign_in_place where seen_at < now() - interval '180 days'",
)


async def upkeep(runtime: Runtime) -> None:
    """Go on for ever; what cannot be written now is written with the next round."""
    rounds = 0
    while True:
        await asyncio.sleep(NOTED_SECONDS)
        with contextlib.suppress(DBAPIError):
            await asyncio.to_thread(note_use, runtime)
            rounds += 1
            if rounds % ROUNDS == 1:
                await asyncio.to_thread(delete_expired, runtime.engine)


def note_use(runtime: Runtime) -> None:
    """Write down which tokens came since the last time: one statement for all of them."""
    used, runtime.tokens.used = runtime.tokens.used, set()
    if used:
        with runtime.engine.begin() as connection:
            connection.execute(USED, {"used": sorted(used)})


def delete_expired(engine: Engine) -> None:
    """Delete what has expired, each in a transaction of its own."""
    for expired in EXPIRED:
        with engine.begin() as connection:
            if connection.scalar(text(f"select exists (select from dougong.{expired})")):
                connection.execute(text(f"delete from dougong.{expired}"))
    with engine.begin() as connection:
        throttle.forget(connection)
