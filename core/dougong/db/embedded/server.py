"""One server in one folder: is it there, start it, stop it. All of it under the gate."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dougong.db.embedded import keeper
from dougong.db.embedded.account import Account, server_account
from dougong.db.embedded.cluster import ready_cluster, server_environment
from dougong.db.embedded.problem import ServerProblem, last_lines

PORT = 5432  # only part of the socket's name: the server listens on no network port
START_WITHIN = 120.0  # seconds; recovery after a crash is the longest start
LOG_LIMIT = 10_000_000  # bytes; a longer log begins anew at the next start
SHORT_PLACE = Path("/", "tmp")  # a socket's path has about 100 bytes; TMPDIR may be longer


@dataclass(frozen=True)
class Server:
    """The server whose files lie in `folder` and whose log is `log`."""

    folder: Path
    log: Path

    def socket_folder(self) -> Path | None:
        """Where the running (or crashed) server has its socket; None after a proper stop."""
        try:
            written = (self.folder / keeper.SOCKET).read_text()
        except FileNotFoundError:
            return None
        return Path(written) if written else None

    def process(self) -> int | None:
        """The process id of the living server; None if there is none.

        The id in postmaster.pid may be an old one that another process has now, so its command
        line must name our socket folder, which has a random name.
        """
        sockets = self.socket_folder()
        pid = self._written_process()
        if pid and sockets and f"unix_socket_directories={sockets}" in _command_line(pid):
            return pid
        return None

    def is_ready(self) -> bool:
        """Whether the server lives and takes connections where we would look for it."""
        sockets = self.socket_folder()
        if not self.process() or sockets is None or self._status() != "ready":
            return False
        with socket.socket(socket.AF_UNIX) as attempt:
            try:
                attempt.connect(str(sockets / f".s.PGSQL.{PORT}"))
            except OSError:
                return False
        return True

    def join_or_start(self, settings: Mapping[str, str]) -> None:
        """Have the server run. Raises ServerProblem, OSError."""
        deadline = time.monotonic() + START_WITHIN
        while self._status() == "starting" and self.process() and time.monotonic() < deadline:
            time.sleep(0.02)  # who started it was killed meanwhile
        if self.is_ready():
            return
        self.stop()  # one that nobody can reach is of no use
        self._start(settings)

    def stop(self) -> None:
        """Stop the server: disconnect its clients, write everything, end. Nothing if none runs."""
        for signal_number, patience in (
            (signal.SIGINT, keeper.STOP_WITHIN),
            (signal.SIGQUIT, 10.0),
        ):
            if pid := self.process():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal_number)
                self._wait_for_end(patience)

    def stop_if_unused(self) -> None:
        """What the last user does; returns when neither server nor keeper is left."""
        if not keeper.in_use(self.folder):
            self.stop()
            keeper.forget_socket(self.folder)
            with suppress(TimeoutError):
                self._wait_for_keeper()

    def _wait_for_end(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while self.process() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _wait_for_keeper(self) -> None:
        with keeper.locked(self.folder / keeper.KEEPER, within=10):
            pass

    def _start(self, settings: Mapping[str, str]) -> None:
        account = server_account(self.folder / "cluster")
        programs = ready_cluster(self.folder, account, sync=settings.get("fsync") != "off")
        try:
            self._wait_for_keeper()
        except TimeoutError:
            raise ServerProblem(
                f"The server of {self.folder} runs where this process cannot see it",
                "stop the other container or process that uses this DOUGONG_HOME",
            ) from None
        order = self._order(programs / "postgres", settings, account)
        deadline = time.monotonic() + START_WITHIN
        while not self._try_to_start(order, deadline):
            time.sleep(0.3)

    def _order(self, program: Path, settings: Mapping[str, str], account: Account) -> str:
        """What the keeper is told, as JSON: the arguments of `keeper.keep`."""
        sockets = str(self._private_socket_folder(account))
        own = {
            "unix_socket_directories": sockets,
            "unix_socket_permissions": "0700",
            "listen_addresses": "",
            "port": str(PORT),
        }
        pairs = {**settings, **own}.items()
        order = {
            "folder": str(self.folder),
            "sockets": sockets,
            "program": str(program),
            "options": [part for pair in pairs for part in ("-c", "=".join(pair))],
            "user": account.user,
            "group": account.group,
        }
        return json.dumps(order)

    def _try_to_start(self, order: str, deadline: float) -> bool:
        """True when the server is ready, False when it is worth another try."""
        self._remove_stale_process_id()
        log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.fstat(log).st_size > LOG_LIMIT:
                os.truncate(log, 0)
            since = os.fstat(log).st_size
            _run_keeper(order, log)
        finally:
            os.close(log)
        while time.monotonic() < deadline:
            if self.is_ready():
                return True
            if not self._keeper_lives():
                said = last_lines(self.log, since)
                if "is still in use" in said:  # children of a killed server are about to end
                    return False
                raise self._failure(f"did not start; {self.log} ends with\n{said}\n")
            time.sleep(0.01)
        raise self._failure(f"was not ready after {START_WITHIN:.0f} s (see {self.log})")

    def _keeper_lives(self) -> bool:
        try:
            with keeper.locked(self.folder / keeper.KEEPER, within=0):
                return False
        except TimeoutError:
            return True

    def _failure(self, what: str) -> ServerProblem:
        return ServerProblem(
            f"The embedded PostgreSQL in {self.folder} {what}",
            "remove the cause named there, or set DOUGONG_DATABASE_URL to another server",
        )

    def _written_process(self) -> int | None:
        lines = self._process_file()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def _status(self) -> str:
        lines = self._process_file()
        return lines[7].strip() if len(lines) > 7 else "starting" if lines else ""

    def _process_file(self) -> list[str]:
        try:
            return (self.folder / "cluster" / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _remove_stale_process_id(self) -> None:
        """Let a killed server's id not keep the next one out: another process may have it now.

        Even a dead one that nobody has waited for would. That the old server's children have ended
        is checked by PostgreSQL itself, by their shared memory.
        """
        (self.folder / "cluster" / "postmaster.pid").unlink(missing_ok=True)

    def _private_socket_folder(self, account: Account) -> Path:
        """The folder of a crashed server again, so that its URL stays true, or a new one."""
        sockets = self.socket_folder()
        if sockets is None or not _is_private(sockets, account):
            place = SHORT_PLACE if SHORT_PLACE.is_dir() else Path(tempfile.gettempdir())
            sockets = Path(tempfile.mkdtemp(prefix="dougong-", dir=place))
            account.give(sockets)
            (self.folder / keeper.SOCKET).unlink(missing_ok=True)
            (self.folder / keeper.SOCKET).write_text(str(sockets))
        for remains in sockets.glob(".s.PGSQL.*"):
            remains.unlink()
        return sockets


def _is_private(folder: Path, account: Account) -> bool:
    try:
        state = folder.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(state.st_mode) and state.st_uid == account.owner and not state.st_mode & 0o077
    )


def _command_line(pid: int) -> str:
    """The command line of a living process; empty if there is none or only its remains."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("latin-1")
        except OSError:
            return ""
    shown = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(shown, capture_output=True, text=True, check=False).stdout


def _run_keeper(order: str, log: int) -> None:
    """Returns when the keeper, detached from us, holds its lock, or has failed to (see the log).

    It gets its own session: Ctrl-C in our terminal must not end the server before we are done.
    """
    subprocess.run(
        [sys.executable, "-I", "-S", keeper.__file__, order],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=server_environment(),
        cwd="/",
        start_new_session=True,
        check=False,
    )
