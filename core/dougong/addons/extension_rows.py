"""The rows of an extension: every record that it extends has one, however many there are."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Row, text

from dougong.addons.migrations import quoted
from dougong.db.locks import briefly
from dougong.entity.base import Extension

log = logging.getLogger("dougong.lifecycle")
FIRST_BATCH = 500
BATCH_SECONDS = 0.04
"""How long a batch should take: nobody changes or deletes its records meanwhile."""

Kind = type[Extension[Any]]


def fill(engine: Engine, extension: Kind) -> int:
    """Give all records their row, in short transactions, while others write records.

    Returns the oldest transaction whose records it may not have seen: `complete` does the rest.
    """
    with engine.connect() as connection:
        names = _names(connection, extension)
        estimate = text("select reltuples::bigint from pg_class where oid = to_regclass(:theirs)")
        about = connection.execute(estimate, names).scalar_one()
        since = _oldest_running(connection)
    batch = text(
        "with page as materialized (select id from {theirs} where id > :last order by id "
        "limit :size for key share), made as (insert into {mine} (id) select id from page "
        "on conflict do nothing) select max(id) as last, count(*) as rows from page".format(**names)
    )
    last, size, done = -(2**63), FIRST_BATCH, 0
    while True:
        started = time.perf_counter()
        row = briefly(engine, partial(_one, batch=batch, last=last, size=size))
        if row.last is None:
            return since
        last, done = row.last, done + row.rows
        log.info("filled %s: %s rows of about %s", names["mine"], done, max(about, done))
        share = BATCH_SECONDS / (time.perf_counter() - started)
        size = max(100, int(size * min(2.0, max(0.25, share))))


def complete(connection: Connection, extension: Kind, since: int | None = None) -> None:
    """Give a row to the records that were made by transaction `since` or later; without it, to all.

    The change log knows them. A table of the core's may have none: then all are looked through.
    """
    names = _names(connection, extension)
    logged = (
        "select from pg_trigger where tgrelid = to_regclass(:theirs) and tgname = 'log_inserted'"
    )
    among = ""
    if since is not None and connection.execute(text(logged), names).first() is not None:
        among = (
            " where id in (select record_id from dougong.change "
            "where entity = :entity and xid >= :since)"
        )
    mine, theirs = names["mine"], names["theirs"]
    every = f"insert into {mine} (id) select id from {theirs}{among} on conflict do nothing"
    connection.execute(text(every), {**names, "since": since} if among else {})


def _names(connection: Connection, extension: Kind) -> Mapping[str, str]:
    own, target = extension.__table__, extension.__extends__.__table__
    return {
        "mine": quoted(connection, str(own.schema), own.name),
        "theirs": quoted(connection, str(target.schema), target.name),
        "entity": f"{target.schema}.{target.name}",
    }


def _oldest_running(connection: Connection) -> int:
    snapshot = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return int(connection.execute(snapshot).scalar_one())


def _one(connection: Connection, batch: Any, last: int, size: int) -> Row[Any]:
    return connection.execute(batch, {"last": last, "size": size}).one()
