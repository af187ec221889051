"""The keeper: a small process that runs PostgreSQL and stops it when nobody uses it any more.

It is started as a script and needs the standard library only, so that it is up in milliseconds.
What it and the users of the server agree on stands here too: the lock files and how they are read.

Every user of the server holds a shared lock on `users.lock`. The operating system drops it
however the process ends, SIGKILL included, so no list of process ids can go stale and a reused
process id cannot be taken for a user. Whoever starts, joins or stops holds `gate.lock`.
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

GATE, USERS, KEEPER, SOCKET = "gate.lock", "users.lock", "keeper.lock", "socket_folder"
LOOK_EVERY = 0.5  # seconds between two looks whether anybody still uses the server
SWEEP_LOOKS = 20  # looks whether the folder of a server that ended by itself is being removed
STOP_WITHIN = 60.0  # seconds a fast shutdown may take before it is cut short


def lock(path: Path, kind: int, within: float) -> int:
    """Open `path` and lock it; return the file descriptor that holds the lock.

    `kind` is `fcntl.LOCK_SH` or `fcntl.LOCK_EX`. Raises TimeoutError after `within` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + within
    try:
        while True:
            try:
                fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
                return descriptor
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise TimeoutError(f"{path} is locked by another process") from None
            time.sleep(0.02)
    except BaseException:
        os.close(descriptor)
        raise


def unlock(descriptor: int) -> None:
    """Give up a lock, for forked copies of the descriptor too, and close it."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


@contextmanager
def locked(path: Path, within: float) -> Iterator[None]:
    """Hold `path` exclusively for the length of a block. Raises TimeoutError."""
    descriptor = lock(path, fcntl.LOCK_EX, within)
    try:
        yield
    finally:
        unlock(descriptor)


def in_use(folder: Path) -> bool:
    """Whether a living process uses the server; only asked by who holds the gate."""
    try:
        with locked(folder / USERS, within=0):
            return False
    except TimeoutError:
        return True


@contextmanager
def reachable(cluster: Path, user: int | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield a path by which `user` reaches `cluster`, and the descriptors its process inherits.

    The server's own user cannot walk through a folder that only root may enter. It need not: it
    inherits the opened folder, and Linux resolves /proc/self/fd/N without walking the path.
    """
    if user is None or not Path("/proc/self/fd").is_dir():
        yield str(cluster), ()
        return
    descriptor = os.open(cluster, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def remove_sockets(sockets: Path) -> None:
    """Remove the socket folder of a server that has ended; anything else in it stays."""
    with suppress(OSError):
        for remains in sockets.glob(".s.PGSQL.*"):
            remains.unlink()
        sockets.rmdir()


def forget_socket(folder: Path) -> None:
    """After a proper stop: remove the socket folder and the note that names it."""
    with suppress(FileNotFoundError):
        remove_sockets(Path((folder / SOCKET).read_text()))
        (folder / SOCKET).unlink()


def _start(
    cluster: Path, program: str, options: list[str], user: int | None, group: int | None
) -> subprocess.Popen[bytes]:
    with reachable(cluster, user) as (path, descriptors):
        return subprocess.Popen(
            [program, "-D", path, *options],
            stdin=subprocess.DEVNULL,
            cwd="/",
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            pass_fds=descriptors,
            umask=0o077,
        )


def _stop(server: subprocess.Popen[bytes]) -> None:
    for signal_number, patience in ((signal.SIGINT, STOP_WITHIN), (signal.SIGQUIT, 10.0)):
        server.send_signal(signal_number)
        with suppress(subprocess.TimeoutExpired):
            server.wait(patience)
            return


def _stop_if_unused(folder: Path, server: subprocess.Popen[bytes], sockets: Path) -> None:
    """Skips when the gate is taken: whoever has it decides, and the next look comes soon."""
    with suppress(TimeoutError, FileNotFoundError), locked(folder / GATE, within=0):
        if not in_use(folder):
            _stop(server)
            forget_socket(folder)
    if not folder.exists():
        _stop(server)
        remove_sockets(sockets)


def _sweep_up_after_a_removed_home(folder: Path, sockets: Path) -> None:
    """A server may die of its folder's removal before it is through; a crash leaves the folder."""
    for _ in range(SWEEP_LOOKS):
        if not sockets.exists():
            return
        if not folder.exists():
            remove_sockets(sockets)
            return
        time.sleep(LOOK_EVERY)


def _end(signal_number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def keep(
    folder: str,
    sockets: str,
    program: str,
    options: list[str],
    user: int | None,
    group: int | None,
) -> None:
    """Run the server in `folder` until it ends by itself, is unused, or the keeper is told to end.

    `sockets` is its socket folder, `program` the path of `postgres`, `options` its arguments
    after `-D`; `user` and `group` are whom it runs as (None: as the keeper). Holds `keeper.lock`.
    """
    place = Path(folder)
    with locked(place / KEEPER, within=10):
        if os.fork():
            os._exit(0)  # whoever started us need not wait for us; the lock stays with the child
        signal.signal(signal.SIGTERM, _end)
        server = _start(place / "cluster", program, options, user, group)
        try:
            while server.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    server.wait(LOOK_EVERY)
                    break
                _stop_if_unused(place, server, Path(sockets))
        finally:
            if server.poll() is None:
                _stop(server)
    _sweep_up_after_a_removed_home(place, Path(sockets))


if __name__ == "__main__":
    keep(**json.loads(sys.argv[1]))
