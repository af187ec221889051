"""Restoring rows whose records were deleted meanwhile, and choosing among archives."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue, run, scalar

from dougong.addons.archive import Archive
from dougong.addons.install import install
from dougong.addons.leaving import plan_remove
from dougong.addons.orphans import Orphans
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.cli import main
from dougong.errors import SetupError

TIES = """
    from dougong import Entity, Extension, link
    from dougong_party import Party
    from sqlalchemy import CheckConstraint
    from sqlalchemy.orm import Mapped, mapped_column

    class Note{0}(Entity):
        '''Goes with its party.'''
        party: Mapped[Party] = link(on_delete="CASCADE")

    class Reply{0}(Entity):
        '''Goes with its note.'''
        note: Mapped[Note{0}] = link(on_delete="CASCADE")

    class Pin{0}(Entity):
        '''Stays without its note.'''
        note: Mapped[Note{0} | None] = link(default=None, on_delete="SET NULL")

    class Wish{0}(Entity):
        '''Stays without its party, unless it is a strong one.'''
        __table_args__ = (CheckConstraint("not strong or party_id is not null", name="strong"),)
        party: Mapped[Party | None] = link(default=None, on_delete="SET NULL")
        strong: Mapped[bool] = mapped_column(default=False)

    class Deed{0}(Entity):
        '''Keeps its party.'''
        party: Mapped[Party] = link()

    class Sign{0}(Entity):
        '''Goes with its deed.'''
        deed: Mapped[Deed{0}] = link(on_delete="CASCADE")

    class Grade{0}(Extension[Party]):
        '''More about a party.'''
        grade: Mapped[str] = mapped_column(default="?", server_default="?")
"""


class Ties:
    """An add-on whose rows hang on parties in every way; it was removed, with two parties left."""

    def __init__(self, engine: Engine, throw_away: ThrowAway, archives: Path) -> None:
        self.engine = engine
        self.archives = archives
        self.name = throw_away.name("ties")
        self.number = self.name.removeprefix("ties")
        throw_away.write(self.name, needs="party", entities=TIES.format(self.number))
        throw_away.write_revision(engine, self.name)
        install(engine, [self.name])
        parties = "select 'PERSON', 'p' || n from generate_series(1, 3) n"
        run(engine, f"insert into party.party (kind, name) {parties}")
        run(
            engine, f"insert into {self.table('grade')} (id, grade) select id, 'A' from party.party"
        )

    def table(self, stem: str) -> str:
        """The table of an entity."""
        return f"{self.name}.{stem}{self.number}"

    def insert(self, stem: str, **values: object) -> None:
        """One more row."""
        said = ", ".join(str(value) for value in values.values())
        run(self.engine, f"insert into {self.table(stem)} ({', '.join(values)}) values ({said})")

    def remove(self) -> Archive:
        """Take the add-on out."""
        plan = plan_remove(self.engine, [self.name])
        archive = remove(self.engine, [self.name], plan.hash, self.archives).archive
        assert archive is not None
        return archive

    def ids(self, stem: str, column: str = "id") -> object:
        """The ids of the rows that are there."""
        ids = f"coalesce(string_agg(coalesce({column}::text, '-'), ' ' order by id), '')"
        return scalar(self.engine, f"select {ids} from {self.table(stem)}")


@pytest.fixture
def ties(opened: Callable[..., Engine], throw_away: ThrowAway, tmp_path: Path) -> Ties:
    return Ties(opened("party"), throw_away, tmp_path / "archives")


def test_what_goes_with_a_deleted_record_is_left_out_and_references_are_emptied(
    ties: Ties,
) -> None:
    for party in (1, 2):
        ties.insert("note", party_id=party)
        ties.insert("reply", note_id=party)
        ties.insert("pin", note_id=party)
        ties.insert("wish", party_id=party, strong=False)
    structure = catalogue(ties.engine)
    ties.remove()
    run(ties.engine, "delete from party.party where id = 1")

    done = restore(ties.engine, [ties.name], ties.archives)

    assert done.count("left out") == {ties.table(stem): 1 for stem in ("note", "reply", "grade")}
    column = f"{ties.table('pin')}.note_id"
    assert done.count("emptied") == {column: 1, f"{ties.table('wish')}.party_id": 1}
    assert done.rows == {ties.name: 3 + 8 - 3}
    assert (ties.ids("note"), ties.ids("reply"), ties.ids("grade")) == ("2", "2", "2 3")
    assert (ties.ids("pin", "note_id"), ties.ids("wish", "party_id")) == ("- 2", "- 2")
    assert scalar(ties.engine, f"select string_agg(grade, '') from {ties.table('grade')}") == "AA"
    assert catalogue(ties.engine) == structure


def test_what_keeps_a_record_is_refused_or_left_out_on_request(ties: Ties) -> None:
    for party in (1, 2):
        ties.insert("deed", party_id=party)
        ties.insert("sign", deed_id=party)
    ties.remove()
    run(ties.engine, "delete from party.party where id = 1")
    before = catalogue(ties.engine)

    with pytest.raises(
        SetupError, match=rf"1 of {ties.table('deed')} \(party_id.*--orphans=reject-file"
    ):
        restore(ties.engine, [ties.name], ties.archives)
    assert catalogue(ties.engine) == before
    done = restore(ties.engine, [ties.name], ties.archives, orphans=Orphans.REJECT_FILE)

    assert done.count("left out") == {ties.table(stem): 1 for stem in ("deed", "sign", "grade")}
    assert (ties.ids("deed"), ties.ids("sign")) == ("2", "2")


def test_the_command_says_what_it_left_out_emptied_and_skipped(ties: Ties) -> None:
    ties.insert("deed", party_id=1)
    ties.insert("wish", party_id=1, strong=False)
    ties.remove()
    run(ties.engine, "delete from party.party where id = 1")
    (ties.archives / "notes").mkdir()
    url = ties.engine.url.render_as_string(hide_password=False)
    words = ["restore", ties.name, "--database", url, "--home", str(ties.archives.parent)]

    refused = CliRunner().invoke(main, words)
    done = CliRunner().invoke(main, [*words, "--orphans=reject-file"])

    assert "--orphans=reject-file" in refused.stderr
    *phases, skipped = done.stderr.splitlines()
    assert phases[:2] == [f"Tried {ties.name}.", f"Proposed party, {ties.name}."]
    assert phases[-1].startswith("Generation ")
    assert skipped == f"Skipped {ties.archives}/notes: it is damaged, or no archive."
    assert done.stdout.splitlines()[0] == f"Restored {ties.name}: 3 rows."
    assert f"Left out 1 rows of {ties.table('deed')}: what they refer to is gone." in done.stdout
    assert f"Emptied {ties.table('wish')}.party_id in 1 rows: what it" in done.stdout


def test_what_cannot_be_emptied_is_refused_as_the_database_would_have(ties: Ties) -> None:
    ties.insert("wish", party_id=1, strong=True)
    ties.remove()
    run(ties.engine, "delete from party.party where id = 1")

    with pytest.raises(SetupError, match=rf"1 of {ties.table('wish')} \(party_id → party\.party\)"):
        restore(ties.engine, [ties.name], ties.archives)
    done = restore(ties.engine, [ties.name], ties.archives, orphans=Orphans.REJECT_FILE)

    assert (done.count("left out")[ties.table("wish")], ties.ids("wish")) == (1, "")


def test_a_draft_order_may_be_deleted_while_the_inventory_is_away(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("sales_order", "inventory")
    run(
        engine,
        "set local session_replication_role = replica",  # an order without customer and product
        "insert into sales_order.sales_order (ordered_on, currency, state, customer_id) "
        "values (now(), 'EUR', 'DRAFT', 1)",
        "insert into sales_order.sales_order_line (order_id, product_id, quantity, unit_price) "
        "values (1, 1, 1, 1)",
        "insert into inventory__sales_order.line_stock (id) values (1)",
    )
    remove(engine, ["inventory"], plan_remove(engine, ["inventory"]).hash, tmp_path)
    run(engine, "delete from sales_order.sales_order")

    done = restore(engine, ["inventory"], tmp_path)

    assert done.count("left out") == {"inventory__sales_order.line_stock": 1}


def test_a_damaged_archive_of_something_else_or_from_before_stands_in_nobodys_way(
    ties: Ties,
) -> None:
    before = ties.remove().folder
    restore(ties.engine, [ties.name], ties.archives)
    needed = ties.remove().folder
    stamp = needed.name.partition("-")[2]
    other = Path(shutil.copytree(needed, ties.archives / f"crm-{stamp}"))
    renamed = Path(shutil.copytree(needed, ties.archives / "copy"))
    for folder in (before, other, renamed):
        (folder / "manifest.json").write_text("{")
    before = before.rename(ties.archives / f"{ties.name}-20200101T000000Z-abcdef")

    done = restore(ties.engine, [ties.name], ties.archives)

    assert set(done.skipped) == {before, other, renamed}
    assert done.rows == {ties.name: 3}


@pytest.mark.parametrize("how", ["torn", "gone"])
def test_an_older_archive_does_not_step_in_for_a_damaged_one(ties: Ties, how: str) -> None:
    older = ties.remove().folder
    restore(ties.engine, [ties.name], ties.archives)
    needed = ties.remove().folder
    manifest = needed / "manifest.json"
    manifest.write_text("{") if how == "torn" else manifest.unlink()

    with pytest.raises(SetupError, match=re.escape(str(needed))):
        restore(ties.engine, [ties.name], ties.archives)
    done = restore(ties.engine, [ties.name], ties.archives, archive=older)

    assert done.rows == {ties.name: 3}


def test_an_empty_archive_does_not_hide_an_older_one_with_rows(ties: Ties) -> None:
    full = ties.remove().folder
    run(ties.engine, "delete from party.party")
    install(ties.engine, [ties.name])
    empty = ties.remove().folder

    with pytest.raises(SetupError, match=r"has no rows.*older, has 3.*--archive") as problem:
        restore(ties.engine, [ties.name], ties.archives)
    assert str(full) in str(problem.value)
    assert str(empty) in str(problem.value)
    done = restore(ties.engine, [ties.name], ties.archives, archive=empty)

    assert done.rows == {ties.name: 0}
