"""What nobody needs any more: bytes that no file names, uploads that were not finished."""

from __future__ import annotations

import time

from sqlalchemy import delete

from dougong.access.context import Context
from dougong.builtin.files.entities import upload
from dougong.builtin.files.keeping import GRACE, sweep
from dougong.builtin.files.stores import store_of
from dougong.builtin.jobs.job import every

SECONDS = 3.0
"""How long it takes at most: installs wait for a transaction to end."""
PARTS = 24


@every("41 * * * *")
def sweep_files(ctx: Context) -> None:
    """Remove what no file names; each hour a part of the store is looked through for more."""
    ctx.session.execute(delete(upload).where(upload.c.expires_at < ctx.now - GRACE))
    engine = ctx.session.get_bind().engine
    mine = (f"{one:02x}" for one in range(256) if one % PARTS == ctx.now.hour)
    sweep(engine, store_of(), time.monotonic() + SECONDS, mine)
