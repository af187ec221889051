"""The embedded server as its users meet it: real processes that start, share, crash and kill it."""

import asyncio
import contextlib
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import asyncpg
import psycopg
import pytest

from dougong.db import embedded
from dougong.db.embedded import ServerProblem, binaries, connection_url, lease_server
from dougong.db.embedded.server import Server

QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
IS_ROOT = os.geteuid() == 0
SOURCE = Path(embedded.__file__).parents[3]

# Takes a lease, says so, and keeps it until told to go. The rest of Dougong, which takes a second
# to import, is left out.
USER = """
import sys
import types
from pathlib import Path
dougong = sys.modules["dougong"] = types.ModuleType("dougong")
dougong.__path__ = [str(Path(sys.argv[2]) / "dougong")]
from dougong.db.embedded import lease_server
lease = lease_server(Path(sys.argv[1]), settings={"fsync": "off"})
print(lease.url, flush=True)
sys.stdin.readline()
"""


class User:
    """Another process that uses the server in `home`."""

    def __init__(self, home: Path, script: str = USER) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, str(home), str(SOURCE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def url(self) -> str:
        """Wait until it has its lease."""
        return self._stream(self.process.stdout).readline().strip()

    def leave(self) -> None:
        """End it normally and wait."""
        with contextlib.suppress(BrokenPipeError):
            self._stream(self.process.stdin).close()
        self.process.wait(30)
        self._stream(self.process.stdout).close()

    def end_by(self, signal_number: int) -> None:
        """Send it a signal and wait until it is gone."""
        self.process.send_signal(signal_number)
        self.leave()

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream


@pytest.fixture
def user_of() -> Iterator[Callable[[Path], User]]:
    """Makes other users; at the end of a test those that are left are told to go."""
    users: list[User] = []

    def make(home: Path) -> User:
        users.append(User(home))
        return users[-1]

    yield make
    for user in users:
        user.leave()


@pytest.fixture(scope="module")
def used_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a cluster: tests that do not need a new one save the time to make it."""
    home = tmp_path_factory.mktemp("used") / ".dougong"
    lease_server(home, settings=QUICK).release()
    return home


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    yield used_home
    wait_until_stopped(used_home)


def server_of(home: Path) -> Server:
    return Server(folder=home / "postgres", log=home / "postgres.log")


def postmaster(home: Path) -> int:
    pid = server_of(home).process()
    assert pid is not None, "no server runs"
    return pid


def keeper_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def wait_until_stopped(home: Path) -> None:
    deadline = time.monotonic() + 15
    while server_of(home).process():
        assert time.monotonic() < deadline, "the server still runs"
        time.sleep(0.02)


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 15
    while Path(f"/proc/{pid}").exists() and "\nState:\tZ" not in _state(pid):
        assert time.monotonic() < deadline, f"process {pid} still lives"
        time.sleep(0.02)


def _state(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/status").read_text()
    return ""


def ask(url: str, query: str = "SELECT 1") -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def run_sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


# What a lease gives


def test_a_lease_leads_psycopg_and_asyncpg_to_the_server(home: Path) -> None:
    async def ask_by_asyncpg(url: str) -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval("SELECT current_user")
        finally:
            await connection.close()

    with lease_server(home, settings=QUICK) as lease:
        run_sql(lease.url, 'CREATE DATABASE "a b/ü"')
        url = connection_url(lease, "a b/ü")
        assert ask(url, "SELECT current_database()") == "a b/ü"
        assert asyncio.run(ask_by_asyncpg(url)) == lease.user == "dougong"
        run_sql(lease.url, 'DROP DATABASE "a b/ü"')


def test_the_server_is_set_up_as_promised_and_takes_our_settings(home: Path) -> None:
    with lease_server(home, settings={**QUICK, "work_mem": "7MB"}) as lease:
        found = {
            name: ask(lease.url, f"SHOW {name}")
            for name in ("timezone", "jit", "max_connections", "shared_buffers", "server_encoding")
        }
        assert found == {
            "timezone": "UTC",
            "jit": "off",
            "max_connections": "200",
            "shared_buffers": "128MB",
            "server_encoding": "UTF8",
        }
        assert ask(lease.url, "SHOW work_mem") == "7MB"
        assert ask(lease.url, "SELECT lower('Ä') || upper('é')") == "äÉ"
    with lease_server(home) as lease:
        assert ask(lease.url, "SHOW fsync") == "on"


def test_only_a_private_socket_leads_to_the_server(home: Path) -> None:
    with lease_server(home, settings=QUICK) as lease:
        state = lease.socket_folder.stat()
        assert ask(lease.url, "SHOW listen_addresses") == ""
        assert stat.S_IMODE(state.st_mode) == 0o700
        assert state.st_uid == (home / "postgres" / "cluster").stat().st_uid
        assert (state.st_uid == os.geteuid()) is not IS_ROOT
        assert len(str(lease.socket_folder)) < 60
    assert not lease.socket_folder.exists()


def test_a_second_start_is_quick(home: Path) -> None:
    begun = time.monotonic()
    lease_server(home).release()
    assert time.monotonic() - begun < 1.5


# Sharing


def test_processes_share_the_server_and_the_last_one_stops_it(
    home: Path, user_of: Callable[[Path], User]
) -> None:
    first, second = user_of(home), user_of(home)
    assert first.url() == second.url()
    pid = postmaster(home)
    keeper = keeper_of(pid)
    first.leave()
    assert postmaster(home) == pid
    second.leave()
    assert server_of(home).process() is None
    wait_until_gone(pid)
    wait_until_gone(keeper)


def test_two_leases_of_one_process_count_twice_and_release_may_be_repeated(home: Path) -> None:
    one, other = lease_server(home, settings=QUICK), lease_server(home, settings=QUICK)
    one.release()
    one.release()
    assert ask(other.url) == 1
    other.release()
    assert server_of(home).process() is None


def test_ctrl_c_in_the_terminal_leaves_no_process_behind(
    home: Path, user_of: Callable[[Path], User]
) -> None:
    user = user_of(home)
    assert user.url()
    pid = postmaster(home)
    keeper = keeper_of(pid)
    os.killpg(user.process.pid, signal.SIGINT)
    user.leave()
    assert server_of(home).process() is None
    wait_until_gone(pid)
    wait_until_gone(keeper)


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_the_keeper_stops_the_server_when_its_only_user_is_killed(
    home: Path, user_of: Callable[[Path], User], signal_number: int
) -> None:
    user = user_of(home)
    assert user.url()
    pid = postmaster(home)
    user.end_by(signal_number)
    wait_until_stopped(home)
    wait_until_gone(pid)


def test_a_killed_user_does_not_count_when_the_last_one_leaves(
    home: Path, user_of: Callable[[Path], User]
) -> None:
    killed = user_of(home)
    with lease_server(home, settings=QUICK) as lease:
        assert killed.url() == lease.url
        killed.end_by(signal.SIGKILL)
        assert ask(lease.url) == 1
    assert server_of(home).process() is None


def test_a_server_whose_keeper_and_users_were_killed_is_joined_and_then_stopped(
    home: Path, user_of: Callable[[Path], User]
) -> None:
    user = user_of(home)
    assert user.url()
    pid = postmaster(home)
    os.kill(keeper_of(pid), signal.SIGKILL)
    user.end_by(signal.SIGKILL)
    with lease_server(home, settings=QUICK) as lease:
        assert postmaster(home) == pid
        assert ask(lease.url) == 1
    assert server_of(home).process() is None


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_neither_ends_nor_prolongs_the_lease_of_its_parent(home: Path) -> None:
    forked = multiprocessing.get_context("fork")
    lease = lease_server(home, settings=QUICK)
    short = forked.Process(target=lease.release)
    short.start()
    short.join()
    assert short.exitcode == 0
    assert ask(lease.url) == 1
    long = forked.Process(target=time.sleep, args=(60,))
    long.start()
    try:
        lease.release()
        assert server_of(home).process() is None
    finally:
        long.kill()
        long.join()


def test_eight_first_starts_at_once_make_one_cluster(
    tmp_path: Path, user_of: Callable[[Path], User]
) -> None:
    users = [user_of(tmp_path / "new") for _ in range(8)]
    urls = {user.url() for user in users}
    assert len(urls) == 1
    assert ask(urls.pop()) == 1
    for user in users:
        user.leave()
    log = (tmp_path / "new" / "postgres.log").read_text()
    assert log.count("ready to accept connections") == 1
    assert log.count("database system is shut down") == 1
    assert not list((tmp_path / "new" / "postgres").glob("unfinished-*"))


def test_users_that_come_and_go_all_the_time_always_find_a_server(home: Path) -> None:
    script = USER.replace("sys.stdin.readline()", "").replace(
        "print(lease.url, flush=True)",
        "import psycopg\n"
        "for _ in range(8):\n"
        "    with lease_server(Path(sys.argv[1])) as again:\n"
        "        psycopg.connect(again.url).close()\n"
        "    lease.release()\n",
    )
    users = [User(home, script) for _ in range(4)]
    for user in users:
        user.leave()
    assert [user.process.returncode for user in users] == [0, 0, 0, 0]


# Crashes


def test_a_killed_server_comes_back_with_the_next_lease_at_the_same_address(home: Path) -> None:
    with lease_server(home) as lease:
        run_sql(lease.url, "CREATE TABLE kept AS SELECT 42 AS answer")
        pid = postmaster(home)
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid)
        with lease_server(home) as again:
            assert again.url == lease.url
            assert postmaster(home) != pid
            assert ask(lease.url, "SELECT answer FROM kept") == 42
            run_sql(lease.url, "DROP TABLE kept")
        assert ask(lease.url) == 1


def test_a_server_killed_amid_a_long_statement_comes_back(home: Path) -> None:
    with lease_server(home, settings=QUICK) as lease:
        pid = postmaster(home)
        with contextlib.closing(psycopg.connect(lease.url)) as busy:
            busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 5000000)")
            os.kill(pid, signal.SIGKILL)
            wait_until_gone(pid)
            with lease_server(home, settings=QUICK) as again:
                assert ask(again.url) == 1
        assert "is still in use" in (home / "postgres.log").read_text()


def test_a_server_and_all_its_users_killed_at_once_leave_a_home_that_starts(
    home: Path, user_of: Callable[[Path], User]
) -> None:
    user = user_of(home)
    old = user.url()
    pid = postmaster(home)
    for victim in (keeper_of(pid), user.process.pid, pid):
        os.kill(victim, signal.SIGKILL)
    user.leave()
    wait_until_gone(pid)
    with lease_server(home, settings=QUICK) as lease:
        assert lease.url == old
        assert ask(lease.url) == 1


def test_a_process_that_now_has_the_id_of_a_killed_server_is_not_taken_for_it(home: Path) -> None:
    owner = (home / "postgres" / "cluster").stat().st_uid
    with lease_server(home, settings=QUICK):
        pid = postmaster(home)
        note = home / "postgres" / "cluster" / "postmaster.pid"
        old = note.read_text()
        os.kill(pid, signal.SIGKILL)
        wait_until_gone(pid)
        stranger = subprocess.Popen(["sleep", "60"], user=owner if IS_ROOT else None)
        try:
            note.write_text(old.replace(str(pid), str(stranger.pid), 1))
            with lease_server(home, settings=QUICK) as lease:
                assert ask(lease.url) == 1
                assert postmaster(home) != stranger.pid
        finally:
            assert stranger.poll() is None, "a stranger was killed"
            stranger.kill()
            stranger.wait()


def test_a_server_whose_socket_was_swept_away_is_started_anew(home: Path) -> None:
    with lease_server(home, settings=QUICK) as lease:
        shutil.rmtree(lease.socket_folder)
        with lease_server(home, settings=QUICK) as again:
            assert ask(again.url) == 1


def test_a_removed_home_takes_its_server_with_it(
    tmp_path: Path, user_of: Callable[[Path], User]
) -> None:
    user = user_of(tmp_path / "gone")
    assert user.url()
    pid = postmaster(tmp_path / "gone")
    sockets = server_of(tmp_path / "gone").socket_folder()
    shutil.rmtree(tmp_path / "gone")
    wait_until_gone(pid)
    user.leave()
    assert is_swept_up(sockets)


def test_a_server_that_dies_while_its_home_is_removed_leaves_no_sockets(
    tmp_path: Path, user_of: Callable[[Path], User]
) -> None:
    user = user_of(tmp_path / "gone")
    assert user.url()
    pid = postmaster(tmp_path / "gone")
    sockets = server_of(tmp_path / "gone").socket_folder()
    os.kill(pid, signal.SIGKILL)
    shutil.rmtree(tmp_path / "gone")
    wait_until_gone(pid)
    user.leave()
    assert is_swept_up(sockets)


def is_swept_up(sockets: Path | None) -> bool:
    """Whether the keeper removes them, which it does soon after the server has gone."""
    assert sockets is not None
    for _ in range(200):
        if not sockets.exists():
            return True
        time.sleep(0.05)
    return False


# Places


@pytest.mark.parametrize(
    "name",
    ["a-very-long-name-" * 12, "a name with spaces, 'quotes' and 中文"],
    ids=["long", "odd"],
)
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    with lease_server(tmp_path / name / ".dougong", settings=QUICK) as lease:
        assert ask(lease.url) == 1


def test_a_home_in_a_folder_that_only_we_may_enter_works_and_keeps_its_modes() -> None:
    private = Path(tempfile.mkdtemp())
    try:
        with lease_server(private / "deep" / ".dougong", settings=QUICK) as lease:
            assert ask(lease.url, "SHOW data_directory") is not None
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert private.stat().st_uid == os.geteuid()
        with lease_server(private / "deep" / ".dougong", settings=QUICK) as lease:
            assert ask(lease.url) == 1
    finally:
        shutil.rmtree(private)


@pytest.mark.skipif(
    not IS_ROOT, reason="only root's server is another user than its programs' owner"
)
def test_programs_in_a_folder_that_only_root_may_enter_are_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    installed = binaries.installations()
    newest = installed[max(installed)]
    private = Path(tempfile.mkdtemp())
    public = Path(tempfile.mkdtemp())
    public.chmod(0o755)
    try:
        libraries = f"{binaries.PACKAGE}.libs"
        shutil.copytree(newest, private / binaries.PACKAGE / newest.name)
        shutil.copytree(newest.parents[1] / libraries, private / libraries)
        monkeypatch.setattr(binaries, "PUBLIC_PLACES", (tmp_path / "missing", public))
        monkeypatch.setattr(
            "dougong.db.embedded.cluster.installations",
            lambda: {max(installed): private / binaries.PACKAGE / newest.name},
        )
        old_mask = os.umask(0o077)
        try:
            for _ in range(2):
                with lease_server(home, settings=QUICK) as lease:
                    assert ask(lease.url) == 1
        finally:
            os.umask(old_mask)
        assert len(list((public / "dougong").iterdir())) == 1
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(private)
        shutil.rmtree(public)


@pytest.mark.skipif(not IS_ROOT, reason="an ordinary user cannot give a folder away")
def test_a_public_place_that_others_may_change_is_not_trusted(tmp_path: Path) -> None:
    for mode, owner in ((0o777, 0), (0o755, 65534)):
        place = tmp_path / f"{mode}"
        place.mkdir()
        place.chmod(mode)
        os.chown(place, owner, owner)
        with pytest.raises(PermissionError, match="only root can change"):
            binaries._make_public(place)


@pytest.mark.skipif(not IS_ROOT, reason="only root may act for the owner of a home")
def test_root_joins_the_server_of_an_ordinary_user_as_that_user(tmp_path: Path) -> None:
    lease_server(tmp_path / "theirs", settings=QUICK).release()
    cluster = tmp_path / "theirs" / "postgres" / "cluster"
    for path in (cluster, *cluster.rglob("*")):
        os.chown(path, 4711, 4711)
    with lease_server(tmp_path / "theirs", settings=QUICK) as lease:
        assert ask(lease.url) == 1
        assert lease.socket_folder.stat().st_uid == 4711


# Problems


def test_a_missing_wheel_is_named_with_both_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "PACKAGE", "no_such_package")
    with pytest.raises(ServerProblem, match=r"not installed.*dougong\[embedded\].*DATABASE_URL"):
        lease_server(tmp_path / "home")


def test_a_home_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ServerProblem, match=r"Cannot use .*file/home.*Fix: .*DOUGONG_HOME"):
        lease_server(tmp_path / "file" / "home")


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_home_of_somebody_else_is_named() -> None:
    with pytest.raises(ServerProblem, match=r"Permission denied.*Fix: .*DOUGONG_HOME"):
        lease_server(Path("/", "usr", "dougong-home"))


def test_a_cluster_of_another_major_version_is_left_alone(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres" / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")
    if IS_ROOT:
        os.chown(cluster, 65534, 65534)
    with pytest.raises(ServerProblem, match=r"made by PostgreSQL 15.*Fix: "):
        lease_server(tmp_path)
    assert [path.name for path in cluster.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_is_no_cluster_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    with pytest.raises(ServerProblem, match=r"no PG_VERSION.*Fix: "):
        lease_server(tmp_path)


def test_a_failed_start_shows_what_the_log_says_and_the_next_one_works(home: Path) -> None:
    with pytest.raises(ServerProblem, match=r"(?s)did not start.*work_mem.*Fix: "):
        lease_server(home, settings={"work_mem": "a lot"})
    with lease_server(home, settings=QUICK) as lease:
        assert ask(lease.url) == 1


def test_a_failed_first_start_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "postgres" / "unfinished-killed").mkdir(parents=True)
    with monkeypatch.context() as broken:
        broken.setattr("dougong.db.embedded.cluster.DEFAULTS", {"shared_buffers": "none"})
        with pytest.raises(ServerProblem, match=r"(?s)could not make its data folder.*Fix: "):
            lease_server(tmp_path)
    assert sorted(path.name for path in (tmp_path / "postgres").iterdir()) == [
        "gate.lock",
        "users.lock",
    ]
    with lease_server(tmp_path, settings=QUICK) as lease:
        assert ask(lease.url) == 1
