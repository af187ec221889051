"""Keeping bytes, each once, so that a row never names some that are not there.

Who puts bytes into the store or removes them holds the lock of their row in `content` meanwhile. A
file refers to that row, so it cannot go before the file. What was put and is named by no file is
removed when it has not been used for GRACE: who has just put it has that long to attach it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from sqlalchemy import Connection, Engine, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from dougong.access.context import Context
from dougong.builtin.files.entities import File, content
from dougong.builtin.files.names import checked_name
from dougong.builtin.files.stores import Incoming, Store, store_of, sweep_unfinished
from dougong.entity.base import Entity
from dougong.entity.model import key_of

GRACE = timedelta(hours=24)
_UNUSED = """
select sha256 from dougong.content c
 where used_at < now() - :grace
   and not exists (select from dougong.file f where f.sha256 = c.sha256)
"""
UNUSED = text(f"{_UNUSED} limit 1000")
TAKE = text(f"""
delete from dougong.content
 where sha256 = ({_UNUSED} and sha256 = :sha256 for update skip locked) returning sha256
""")


@dataclass(frozen=True)
class Content:
    """Bytes that the store has."""

    sha256: str
    size: int


def keep_bytes(engine: Engine, pieces: Iterable[bytes], store: Store | None = None) -> Content:
    """Put bytes into the store, outside any transaction of the caller; attach them within GRACE."""
    store = store or store_of()
    with Incoming(store) as incoming:
        for piece in pieces:
            incoming.write(piece)
        return keep(engine, store, incoming)


def keep(engine: Engine, store: Store, incoming: Incoming) -> Content:
    """Put what has come into the store, unless it has the same bytes already."""
    found = Content(incoming.finish(), incoming.size)
    with engine.begin() as connection:
        row = insert(content).values(sha256=found.sha256, size=found.size)
        used = {"used_at": func.now()}
        connection.execute(row.on_conflict_do_update(index_elements=["sha256"], set_=used))
        store.put(found.sha256, incoming.path)
    return found


def attach(
    ctx: Context, record: Entity, name: str, content_type: str, kept: Content | Iterable[bytes]
) -> File:
    """Hang a file on a record: its bytes, or what `keep_bytes` has kept; returns it stored.

    In the core's code the asker needs the right to change the record; an add-on's needs
    `may=[create(File)]`. Nothing is asked of a job, which acts for nobody. Raises Refused where the
    record is gone, and Invalid (`bad_file_name`).
    """
    if not isinstance(kept, Content):
        kept = keep_bytes(ctx.session.get_bind().engine, kept)
    ctx.lock(record)
    file = File(
        name=checked_name(name),
        size=kept.size,
        content_type=content_type,
        sha256=kept.sha256,
        entity=key_of(type(record)),
        number=record.id,
        record=f"{type(record).__name__}:{record.id}",
    )
    if ctx.principal.user_id is not None:
        return ctx.create(file)
    ctx.session.add(file)
    ctx.session.flush()
    return file


def open_file(file: File) -> BinaryIO:
    """Open the bytes of a file, to read and seek; raises FileNotFoundError."""
    return store_of().open(file.sha256)


def sweep(engine: Engine, store: Store, until: float, prefixes: Iterable[str] = ()) -> bool:
    """Remove what no file names, up to a moment of `time.monotonic()`; whether all was looked at.

    Of what the store has without a row, that whose hash begins with one of `prefixes`.
    """
    with engine.connect() as connection:
        unused = connection.scalars(UNUSED, {"grace": GRACE}).all()
    for sha256 in unused:
        if time.monotonic() < until:
            _sweep_unused(engine, store, sha256)
    sweep_unfinished(store.incoming, GRACE.total_seconds())
    for prefix in prefixes:
        if time.monotonic() >= until:
            return False
        _sweep_strays(engine, store, prefix)
    return time.monotonic() < until


def _sweep_unused(engine: Engine, store: Store, sha256: str) -> None:
    with engine.begin() as connection:
        if connection.scalar(TAKE, {"grace": GRACE, "sha256": sha256}) is not None:
            store.remove(sha256)


def _sweep_strays(engine: Engine, store: Store, prefix: str) -> None:
    """Remove bytes without a row: somebody was killed between putting them and saying so."""
    before = datetime.now(UTC) - GRACE
    old = [sha256 for sha256, since in store.listed(prefix) if since < before]
    with engine.connect() as connection:
        known = set(connection.scalars(select(content.c.sha256).where(content.c.sha256.in_(old))))
    for sha256 in set(old) - known:
        with engine.begin() as connection:
            if _is_mine(connection, sha256):
                store.remove(sha256)
                connection.execute(delete(content).where(content.c.sha256 == sha256))


def _is_mine(connection: Connection, sha256: str) -> bool:
    """Take the row of some bytes that have none; False where somebody has just made one."""
    row = insert(content).values(sha256=sha256, size=0).on_conflict_do_nothing()
    return connection.execute(row.returning(content.c.sha256)).scalar() is not None
