"""A process's hold on the embedded server: it runs as long as somebody has one."""

import atexit
import fcntl
import os
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from dougong.db.embedded import keeper
from dougong.db.embedded.cluster import SUPERUSER
from dougong.db.embedded.problem import ServerProblem
from dougong.db.embedded.server import PORT, START_WITHIN, Server


class ServerLease:
    """What a process holds while it uses the server; `url` leads to the database `postgres`.

    It belongs to the process that took it: a forked child neither keeps the server alive nor
    stops it, and takes a lease of its own if it may outlive its parent. Also a context manager.
    """

    def __init__(self, server: Server, users_lock: int, socket_folder: Path) -> None:
        self.socket_folder = socket_folder
        self.port = PORT
        self.user = SUPERUSER
        self.url = connection_url(self, "postgres")
        self._server = server
        self._users_lock: int | None = users_lock
        _leases.add(self)
        atexit.register(self.release)

    def release(self) -> None:
        """Give the server up; the last one to do so stops it, and it has ended on return.

        Does nothing the second time. Raises ServerProblem if others hold the gate for too long.
        """
        users_lock, self._users_lock = self._users_lock, None
        if users_lock is None:
            return
        atexit.unregister(self.release)
        keeper.unlock(users_lock)
        if self._server.folder.is_dir():
            with _gate(self._server.folder):
                self._server.stop_if_unused()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _forget(self) -> None:
        """In a forked child: the lock stays the parent's, only our copy of it is closed."""
        users_lock, self._users_lock = self._users_lock, None
        if users_lock is not None:
            os.close(users_lock)


_leases: "weakref.WeakSet[ServerLease]" = weakref.WeakSet()


def _forget_leases() -> None:
    for lease in list(_leases):
        lease._forget()
    _leases.clear()


os.register_at_fork(after_in_child=_forget_leases)


def lease_server(home: Path, *, settings: Mapping[str, str] | None = None) -> ServerLease:
    """Start the server under `home` (made if missing) or join the one that runs there.

    `settings` are PostgreSQL settings by name; they count when this process is the one that
    starts the server. Raises ServerProblem, whose message says what is wrong and what to do.
    """
    home = Path(os.path.realpath(home))
    try:
        return _lease(home, settings or {})
    except OSError as error:
        raise ServerProblem(
            f"Cannot use {home} for the embedded PostgreSQL: {error}",
            "make the folder writable for the user who runs this, free space on its disk, or "
            "choose another one with DOUGONG_HOME",
        ) from error


def connection_url(lease: ServerLease, database: str) -> str:
    """The URL of `database` on the leased server, as libpq, psycopg and asyncpg understand it."""
    host = quote(str(lease.socket_folder), safe="/")
    return f"postgresql://{lease.user}@/{quote(database, safe='')}?host={host}&port={lease.port}"


def _lease(home: Path, settings: Mapping[str, str]) -> ServerLease:
    server = Server(folder=home / "postgres", log=home / "postgres.log")
    server.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _gate(server.folder):
        users_lock = keeper.lock(server.folder / keeper.USERS, fcntl.LOCK_SH, within=10)
        try:
            server.join_or_start(settings)
            sockets = server.socket_folder()
            if sockets is None:
                raise ServerProblem(f"{server.folder} has lost its socket", "start again")
            return ServerLease(server, users_lock, sockets)
        except BaseException:
            keeper.unlock(users_lock)
            raise


@contextmanager
def _gate(folder: Path) -> Iterator[None]:
    try:
        gate = keeper.lock(folder / keeper.GATE, fcntl.LOCK_EX, within=START_WITHIN + 10)
    except TimeoutError:
        raise ServerProblem(
            f"Another process has been starting or stopping the server of {folder} for over "
            f"{START_WITHIN:.0f} s",
            "look at postgres.log beside that folder, end that process, and start again",
        ) from None
    try:
        yield
    finally:
        keeper.unlock(gate)
