"""Files come and go with the add-on of their records, and with the whole installation."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from test_keeping import Kept, sha256

from dougong.addons.archive import Archive
from dougong.addons.kept import kept_parts
from dougong.addons.leaving import plan_remove
from dougong.addons.plans import in_words
from dougong.addons.remove import Removed, remove
from dougong.addons.restore import Restored, restore
from dougong.addons.state import Rows
from dougong.builtin.backup.recovering import recover
from dougong.builtin.backup.writing import write_backup
from dougong.db.engine import open_database
from dougong.errors import SetupError
from dougong.testing.databases import Databases


class House(Kept):
    """An installation with the CRM, whose home is a folder of the test."""

    def __init__(self, url: str, home: Path) -> None:
        super().__init__(url, home / "files")
        self.archives = home / "archives"

    def remove(self, rows: Rows = Rows.ARCHIVE) -> Removed:
        plan = plan_remove(self.engine, ["crm"], rows=rows)
        return remove(self.engine, ["crm"], plan.hash, self.archives, rows=rows)

    def restore(self) -> Restored:
        return restore(self.engine, ["crm"], self.archives)

    def rows(self) -> list[Any]:
        """All that the table says of files."""
        with self.engine.connect() as connection:
            found = connection.execute(text("select f.* from dougong.file f order by id"))
            return [tuple(row) for row in found]


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[House]:
    made = House(databases.clone("crm"), tmp_path)
    yield made
    made.engine.dispose()


def test_an_add_on_takes_the_files_of_its_records_along_and_brings_them_back(
    house: House,
) -> None:
    house.attached(house.keep(b"first"), "报价.txt")
    house.attached(house.keep(b"second"), 'a, "b".txt'.replace('"', "'"))
    before = house.rows()

    plan = plan_remove(house.engine, ["crm"])
    archive = house.remove().archive

    assert archive is not None
    assert plan.parts[0].files == (2, 11)
    assert "    2 files of its records: 11 bytes" in list(in_words(plan))
    assert house.rows() == []
    house.age()
    house.sweep()
    assert house.files() == []
    house.restore()
    assert house.rows() == before
    assert house.files() == sorted([sha256(b"first"), sha256(b"second")])


def test_files_of_records_of_others_stay(house: House) -> None:
    house.attached(house.keep(b"of a lead"))
    content = house.keep(b"of a party")
    house.sql("insert into party.party (kind, name) values ('COMPANY', 'p')")
    house.sql(
        "insert into dougong.file (name, size, content_type, sha256, entity, number, record) "
        f"values ('p.txt', 10, 'text/plain', '{content.sha256}', 'party.party', 1, 'Party:1')"
    )

    house.remove()

    assert [row[-1] for row in house.rows()] == ["Party:1"]


def test_what_is_deleted_with_the_add_on_is_lost(house: House) -> None:
    house.attached(house.keep(b"lost"))

    assert house.remove(Rows.DELETE).archive is None

    assert house.rows() == []


def test_what_is_kept_with_the_add_on_stays_until_it_is_forgotten(house: House) -> None:
    house.attached(house.keep(b"kept"))
    before = house.rows()

    house.remove(Rows.KEEP)
    house.age()
    house.sweep()
    assert house.rows() == before
    house.restore()
    assert house.rows() == before
    house.remove(Rows.KEEP)
    house.remove(Rows.DELETE)

    with house.engine.connect() as connection:
        assert kept_parts(connection) == {}
    assert house.rows() == []


@pytest.mark.parametrize("harm", ["bytes", "missing", "rows"])
def test_an_archive_whose_files_are_not_what_was_written_is_not_restored(
    house: House, harm: str
) -> None:
    house.attached(house.keep(b"first"))
    archive = house.remove().archive
    assert isinstance(archive, Archive)
    harmed = archive.folder / "files" / sha256(b"first")
    if harm == "rows":
        harmed = archive.folder / "crm.~files.csv.gz"
        harmed.write_bytes(gzip.compress(b"id\n"))
    elif harm == "bytes":
        harmed.write_bytes(b"fir5t")
    else:
        harmed.unlink()

    with pytest.raises(SetupError, match="is damaged"):
        house.restore()

    assert house.rows() == []


def test_an_add_on_whose_files_lost_their_bytes_is_not_dropped(house: House) -> None:
    house.attached(house.keep(b"first"))
    os.truncate(house.folder / sha256(b"first")[:2] / sha256(b"first"), 3)

    with pytest.raises(SetupError, match="are missing in the store, or are others now"):
        house.remove()

    assert house.sql("select count(*) from crm.lead") == 1


def test_a_file_whose_uploader_is_gone_comes_back_without_one(house: House) -> None:
    house.attached(house.keep(b"first"))
    house.sql("""insert into dougong."user" (email, name) values ('a@b.example', 'A')""")
    house.sql("""update dougong.file set created_by_id = (select max(id) from dougong."user")""")
    house.remove()
    house.sql("""delete from dougong."user" where email = 'a@b.example'""")

    house.restore()

    assert house.sql("select created_by_id from dougong.file") is None
    assert len(house.rows()) == 1


def test_a_backup_has_the_files(
    house: House, databases: Databases, tmp_path: Path, opened_empty: Callable[[], Engine]
) -> None:
    house.attached(house.keep(b"first"))
    before = house.rows()
    write_backup(house.engine, house.home, tmp_path / "backup")

    engine = opened_empty()
    recover(engine, tmp_path / "other", tmp_path / "backup")

    with engine.connect() as connection:
        found = connection.execute(text("select f.* from dougong.file f")).all()
    assert [tuple(row) for row in found] == before
    assert (tmp_path / "other" / "files" / sha256(b"first")[:2] / sha256(b"first")).is_file()
    assert json.loads((tmp_path / "backup" / "files.json").read_text())


@pytest.fixture
def opened_empty(databases: Databases) -> Iterator[Callable[[], Engine]]:
    opened: list[Engine] = []

    def make() -> Engine:
        opened.append(open_database(databases.empty()))
        return opened[-1]

    yield make
    for one in opened:
        one.dispose()
