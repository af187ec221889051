"""Bytes are kept once; no row names bytes that are not there, whoever is killed or races."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dougong.access.permissions import create
from dougong.access.principal import Principal
from dougong.addons.discovery import parts_of
from dougong.addons.manifest import Part
from dougong.addons.rehearsal import with_needs
from dougong.builtin.files import Content, File, attach, keep_bytes, keeping, open_file
from dougong.builtin.files.settings import FILES, HOME
from dougong.builtin.files.stores import Folder, Store
from dougong.builtin.files.sweeping import sweep_files
from dougong.db.engine import open_database
from dougong.db.session import in_transaction
from dougong.errors import Invalid, Refused, SetupError
from dougong.generation import Generation
from dougong.testing.databases import Databases
from dougong_crm import Lead

EVERY = [f"{one:02x}" for one in range(256)]


class Kept:
    """A database and a store."""

    def __init__(self, url: str, folder: Path) -> None:
        self.engine = open_database(url)
        self.store = Folder(folder)
        self.folder = folder
        self.home = folder.parent
        self.generation = Generation(2, parts_of(with_needs(["crm"])))
        with self.engine.connect() as connection:
            found = text("select number from dougong.generation")
            self.generation.number = connection.execute(found).scalar_one()

    def keep(self, content: bytes) -> Content:
        return keep_bytes(self.engine, [content[:3], content[3:]], self.store)

    def do(self, work: Callable[[Any], Any]) -> Any:
        """Do some work as a job does."""
        return in_transaction(
            self.engine, self.generation, Principal(None, "job", frozenset()), work
        )

    def attached(self, kept: Content, name: str = "a.txt") -> int:
        """A new file of a new lead; its number."""

        def work(ctx: Any) -> int:
            lead = Lead(name="A lead")
            ctx.session.add(lead)
            ctx.session.flush()
            return attach(ctx, lead, name, "text/plain", kept).id

        return int(self.do(work))

    def age(self) -> None:
        """Let a day and an hour pass since everything was kept."""
        long_ago = time.time() - timedelta(hours=25).total_seconds()
        for path in (one for one in self.folder.rglob("*") if one.is_file()):
            os.utime(path, (long_ago, long_ago))
        self.sql("update dougong.content set used_at = now() - interval '25 hours'")

    def sql(self, statement: str) -> Any:
        with self.engine.begin() as connection:
            found = connection.execute(text(statement))
            return found.scalar() if found.returns_rows else None

    def sweep(self, store: Store | None = None) -> None:
        assert keeping.sweep(self.engine, store or self.store, time.monotonic() + 60, EVERY)

    def files(self) -> list[str]:
        """What lies in the store."""
        return sorted(one.name for one in self.folder.rglob("*") if one.is_file())


@pytest.fixture
def kept(databases: Databases, tmp_path: Path) -> Iterator[Kept]:
    made = Kept(databases.clone("crm"), tmp_path / "files")
    yield made
    made.engine.dispose()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_code_keeps_bytes_attaches_them_and_reads_them(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FILES, str(kept.folder))
    content = kept.keep(b"some text")
    number = kept.attached(content, "notes.txt")

    def read(ctx: Any) -> tuple[str, bytes]:
        file = ctx.get(File, number)
        with open_file(file) as opened:
            return file.name, opened.read()

    assert content == Content(sha256(b"some text"), 9)
    assert kept.do(read) == ("notes.txt", b"some text")


def test_code_cannot_attach_to_a_record_that_is_gone_or_under_a_bad_name(kept: Kept) -> None:
    content = kept.keep(b"some text")
    with pytest.raises(Invalid, match="bad_file_name"):
        kept.attached(content, "a/b.txt")

    def gone(ctx: Any) -> None:
        lead = Lead(name="A lead")
        ctx.session.add(lead)
        ctx.session.flush()
        ctx.session.execute(text("delete from crm.lead"))
        attach(ctx, lead, "a.txt", "text/plain", content)

    with pytest.raises(Refused, match="not_found"):
        kept.do(gone)


@pytest.fixture
def scanned(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Attaches bytes to a lead as the add-on `scanner`, for an administrator."""
    monkeypatch.setenv(FILES, str(kept.folder))
    monkeypatch.setenv(HOME, str(kept.home))
    shipped = parts_of(with_needs(["crm"]))

    def attached(content: bytes, *may: Any) -> int:
        ours = Part("scanner", "dougong_scanner", "1", "Scanner", ("crm",), may)
        generation = Generation(kept.generation.number, [*shipped, ours])
        boss = Principal(1, "boss", frozenset({"dougong.administrator"}))

        def work(ctx: Any) -> int:
            lead = Lead(name="A lead")
            ctx.session.add(lead)
            ctx.session.flush()
            with ctx.acting_as("scanner"):
                return attach(ctx, lead, "a.txt", "text/plain", [content]).id

        kept.sql("""insert into dougong."user" (id, email, name) overriding system value
                    values (1, 'boss@x.example', 'boss') on conflict do nothing""")
        return in_transaction(kept.engine, generation, boss, work)

    return attached


def test_an_add_on_attaches_files_where_its_manifest_says_so(scanned: Callable[..., int]) -> None:
    with pytest.raises(SetupError, match=r"may not create dougong\.file"):
        scanned(b"some text")

    assert scanned(b"some text", create(File)) > 0


def test_an_add_on_refuses_files_before_they_are_attached(
    kept: Kept, scanned: Callable[..., int]
) -> None:
    with pytest.raises(Refused, match="secret_file"):
        scanned(b"SECRET text", create(File))

    assert kept.sql("select count(*) from dougong.file") == 0


def test_what_no_file_names_is_swept_after_a_day(kept: Kept) -> None:
    kept.attached(kept.keep(b"named"))
    kept.keep(b"not named")
    kept.age()
    kept.keep(b"not named yet")

    kept.sweep()

    assert kept.files() == sorted([sha256(b"named"), sha256(b"not named yet")])
    assert kept.sql("select count(*) from dougong.content") == 2


def test_what_is_kept_again_is_new(kept: Kept) -> None:
    kept.keep(b"again")
    kept.age()

    kept.keep(b"again")
    kept.sweep()

    assert kept.files() == [sha256(b"again")]


def test_bytes_of_a_file_that_went_are_swept(kept: Kept) -> None:
    kept.attached(kept.keep(b"first"))
    kept.sql("delete from crm.lead")
    assert kept.sql("select count(*) from dougong.file") == 0
    kept.age()

    kept.sweep()

    assert kept.files() == []


class Killed(BaseException):
    """The process is gone."""


class Dying(Folder):
    """A store whose process is killed before or after it puts or removes."""

    def __init__(self, folder: Path, at: str) -> None:
        super().__init__(folder)
        self._at = at

    def put(self, sha256: str, path: Path) -> None:
        self._die("before put")
        super().put(sha256, path)
        self._die("after put")

    def remove(self, sha256: str) -> None:
        self._die("before remove")
        super().remove(sha256)
        self._die("after remove")

    def _die(self, here: str) -> None:
        if here == self._at:
            raise Killed


@pytest.mark.parametrize("at", ["before put", "after put"])
def test_a_kill_while_bytes_are_put_leaves_no_row(kept: Kept, at: str) -> None:
    with pytest.raises(Killed):
        keep_bytes(kept.engine, [b"killed"], Dying(kept.folder, at))

    assert kept.sql("select count(*) from dougong.content") == 0
    kept.age()
    kept.sweep()
    assert kept.files() == []


@pytest.mark.parametrize("at", ["before remove", "after remove"])
def test_after_a_kill_during_sweeping_the_same_bytes_can_be_kept_again(kept: Kept, at: str) -> None:
    kept.keep(b"swept")
    kept.age()
    with pytest.raises(Killed):
        kept.sweep(Dying(kept.folder, at))

    kept.keep(b"swept")

    assert kept.files() == [sha256(b"swept")]
    assert kept.sql("select count(*) from dougong.content") == 1


class Waiting(Folder):
    """A store that tells when it is about to remove, and waits."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.removing, self.go_on = threading.Event(), threading.Event()

    def remove(self, sha256: str) -> None:
        self.removing.set()
        assert self.go_on.wait(20)
        super().remove(sha256)


@pytest.mark.parametrize("stray", [False, True])
def test_who_keeps_bytes_that_are_just_being_swept_waits_and_has_them(
    kept: Kept, stray: bool
) -> None:
    kept.keep(b"both")
    kept.age()
    if stray:
        kept.sql("delete from dougong.content")
    store = Waiting(kept.folder)
    sweeping = threading.Thread(target=kept.sweep, args=(store,))
    found: list[Content] = []
    keeping_ = threading.Thread(target=lambda: found.append(kept.keep(b"both")))
    sweeping.start()
    assert store.removing.wait(20)
    keeping_.start()
    time.sleep(0.2)
    assert found == []

    store.go_on.set()
    sweeping.join(20)
    keeping_.join(20)

    kept.attached(found[0])
    assert kept.files() == [sha256(b"both")]
    assert kept.sql("select count(*) from dougong.content") == 1


def test_strays_and_what_was_left_unfinished_are_swept_by_a_job(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FILES, str(kept.folder))
    monkeypatch.setenv(HOME, str(kept.home))
    kept.keep(b"stray")
    kept.sql("delete from dougong.content")
    (kept.folder / ".unfinished-1").write_bytes(b"x")
    (kept.folder / ".unfinished-2").write_bytes(b"x")
    kept.age()
    (kept.folder / ".unfinished-2").write_bytes(b"y")

    def all_day(ctx: Any) -> None:
        for hour in range(24):
            ctx.now = ctx.now.replace(hour=hour)
            sweep_files.rule(ctx)

    kept.do(all_day)

    assert kept.files() == [".unfinished-2"]
