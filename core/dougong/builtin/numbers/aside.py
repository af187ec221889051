"""Connections for what must be committed by itself, beside a transaction under way."""

from __future__ import annotations

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event

from dougong.db.engine import open_database

_FEW = 2
_beside: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_one_at_a_time = Lock()


def aside(engine: Engine) -> Engine:
    """An engine for the same database with a few connections of its own.

    A transaction that waits for a connection of the pool which it holds one of could wait for ever.
    """
    with _one_at_a_time:
        if engine not in _beside:
            url = engine.url.render_as_string(hide_password=False)
            beside = open_database(url, pool_size=_FEW, application="dougong numbers")
            event.listen(beside, "connect", _commit_without_waiting)
            beside.dispose()  # what was opened before it was told
            _beside[engine] = beside
            event.listen(engine, "engine_disposed", lambda _engine: beside.dispose())
        return _beside[engine]


def _commit_without_waiting(connection: Any, _record: object) -> None:
    """A number is lost with the document that has it: the document's commit waits for both."""
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
    connection.commit()
