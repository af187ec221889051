"""The pool of read-only connections: small, fair, and without anything between two statements."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from datetime import date, datetime
from typing import Any

import asyncpg

from dougong.errors import DougongError

SECONDS_PER_STATEMENT = 10
MOST_WAITING = 1_000
CONNECT_SECONDS = 10
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.InternalClientError,  # the server has said goodbye, the end of the stream is on its way
    ConnectionError,
    OSError,
)


class TooBusy(DougongError):
    """More statements wait for a connection than is sensible; ask again later."""


class ReadPool:
    """Runs single read-only statements; text comes back as bytes, ready to be sent.

    A connection is not reset between statements, and there is no transaction around them: one
    statement sees one snapshot. Who waits longest is served first.
    """

    def __init__(
        self, url: str, size: int = 8, *, seconds_per_statement: float = SECONDS_PER_STATEMENT
    ) -> None:
        """`url` is that of the database, with or without SQLAlchemy's driver in it."""
        scheme, _, rest = url.partition("://")
        self._url = f"{scheme.partition('+')[0]}://{rest}"
        self._size = size
        self._seconds = seconds_per_statement
        self._free: deque[Any] = deque()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._open = 0
        self._closed = False

    async def open(self) -> None:
        """Connect once, so that a wrong address is found at once."""
        self._give(await self._take())

    async def fetchrow(self, sql: str, *arguments: Any) -> tuple[Any, ...]:
        """The first row of a statement; `$1` stands for the first argument.

        A statement whose connection turns out to be lost is run once more on a new one.
        Raises TooBusy, asyncpg's errors, and asyncpg.InterfaceError after close().
        """
        connection = self._at_hand() or await self._take()
        try:
            try:
                row = await self._run(connection, sql, arguments)
            except LOST as error:
                if isinstance(error, asyncpg.InternalClientError):
                    connection.terminate()
                if not connection.is_closed():
                    raise
                connection = await self._new_connection()
                row = await self._run(connection, sql, arguments)
        finally:
            self._give(connection)
        return tuple(row)

    async def _run(self, connection: Any, sql: str, arguments: tuple[Any, ...]) -> Any:
        return await connection.fetchrow(sql, *arguments)

    async def close(self) -> None:
        """End all connections; those in use end when they are given back."""
        self._closed = True
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(_closed())
        while self._free:
            await self._end(self._free.popleft())

    def _at_hand(self) -> Any:
        """A connection that nobody uses; None where there is none."""
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        return None

    async def _take(self) -> Any:
        if self._closed:
            raise _closed()
        connection = self._at_hand()
        if connection is not None:
            return connection
        if self._open < self._size:
            return await self._connect()
        if len(self._waiting) >= MOST_WAITING:
            raise TooBusy("too many requests wait for the database")
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            connection = await waiter
        except asyncio.CancelledError:
            # What was handed over in the same moment must not get lost.
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._open -= waiter.result() is None
                self._give(waiter.result())
            raise
        return connection if connection is not None else await self._connect_in_place()

    def _give(self, connection: Any) -> None:
        """Hand a connection to whoever waits longest; None stands for a lost one's place."""
        if connection is not None and connection.is_closed():
            self._open -= 1
            connection = None
        if connection is not None and self._closed:
            self._open -= 1
            connection.terminate()
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                if connection is None:
                    self._open += 1  # the place is theirs: nobody else may take it meanwhile
                waiter.set_result(connection)
                return
        if connection is not None:
            self._free.append(connection)

    async def _connect(self) -> Any:
        self._open += 1
        return await self._connect_in_place()

    async def _connect_in_place(self) -> Any:
        """Connect for a place that is counted already."""
        try:
            return await self._new_connection()
        except BaseException:
            self._open -= 1
            self._give(None)
            raise

    async def _new_connection(self) -> Any:
        connection = await asyncpg.connect(
            self._url,
            timeout=CONNECT_SECONDS,
            statement_cache_size=256,
            max_cacheable_statement_size=100_000,
            server_settings={
                "application_name": "dougong reads",
                "default_transaction_read_only": "on",
                "statement_timeout": str(int(self._seconds * 1000)),
                "TimeZone": "UTC",
                "jit": "off",
            },
        )
        try:
            await connection.set_type_codec(
                "text", schema="pg_catalog", encoder=str.encode, decoder=bytes, format="binary"
            )
            # The driver takes Python's first and last day and moment for PostgreSQL's infinity.
            for name, kind in (("date", date), ("timestamptz", datetime)):
                await connection.set_type_codec(
                    name, schema="pg_catalog", encoder=kind.isoformat, decoder=kind.fromisoformat
                )
        except BaseException:
            connection.terminate()
            raise
        return connection

    @staticmethod
    async def _end(connection: Any) -> None:
        with contextlib.suppress(*LOST, TimeoutError):
            await connection.close(timeout=2)


def _closed() -> Exception:
    said: Exception = asyncpg.InterfaceError("the read pool is closed")
    return said
