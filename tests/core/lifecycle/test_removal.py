"""Removing and restoring: refused, archived, dropped, brought back exactly."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from tests.core.lifecycle.conftest import ThrowAway, catalogue, contents, run, scalar

from dougong.addons import workers
from dougong.addons.archive import Archive
from dougong.addons.install import install
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.plans import in_words
from dougong.addons.remove import WorkersBehind, finish_removals, remove
from dougong.addons.restore import restore
from dougong.db.engine import open_database
from dougong.errors import SetupError
from dougong.testing.databases import Databases

TRICKY = r"""
insert into crm.lead (name, company, email, phone, expected_revenue_amount,
                      expected_revenue_currency, stage, lost_reason, party_id)
values ('plain', null, null, null, null, null, 'NEW', null, null),
       ('', '', '', '', 0.0001, 'USD', 'NEW', '', null),
       ('斗拱 “quoted”, with "double", comma', E'tab\tnew\nline\r\nback\\slash', '\N', 'NULL',
        9999999999999999.9999, 'EUR', 'LOST', E'é😀\u200b', 1),
       ('last', '  blanks  ', 'null', '-', -12.50, 'CNY', 'WON', ',', 2)
"""
PARTIES = """
insert into party.party (kind, name) select 'COMPANY', 'p' || n from generate_series(1, 3) n
"""
EXTENDED = tuple(
    f"insert into sales_order.customer_{what} (id) select id from party.party"
    for what in ("terms", "prices")
)
"""What orders add to each party, which the session would have written."""


@pytest.fixture(scope="module")
def archived(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Engine, Archive, dict[str, tuple[int, str]], list[str]]]:
    """A database from which crm was removed, the removal, and what there was before."""
    engine = open_database(databases.clone("crm"))
    run(engine, PARTIES, TRICKY, "delete from crm.lead where name = 'last'")
    before = contents(engine, "crm")
    structure = catalogue(engine)
    plan = plan_remove(engine, ["crm"])
    done = remove(engine, ["crm"], plan.hash, tmp_path_factory.mktemp("archives")).archive
    assert done is not None
    yield engine, done, before, structure
    engine.dispose()


Archived = tuple[Engine, Archive, dict[str, tuple[int, str]], list[str]]


def test_what_others_depend_on_cannot_be_removed_alone(opened: Callable[..., Engine]) -> None:
    engine = opened("sales_order", "crm")

    with pytest.raises(SetupError, match=r"crm, sales_order need party.*remove party crm sales"):
        plan_remove(engine, ["party"])
    with pytest.raises(SetupError, match="is a bridge: it goes with either of"):
        plan_remove(engine, ["sales_order__crm"])
    with pytest.raises(SetupError, match="inventory is not installed; installed are: "):
        plan_remove(engine, ["inventory"])


def test_a_plan_says_what_goes_and_why(opened: Callable[..., Engine]) -> None:
    engine = opened("sales_order", "crm")
    run(engine, PARTIES, TRICKY)

    plan = plan_remove(engine, ["crm"])

    assert {part.name: part.why for part in plan.parts} == {
        "crm": "asked for",
        "sales_order__crm": "it joins sales_order and crm",
    }
    assert plan.parts[0].tables == {"lead": 4}
    assert plan.vanishing["Lead"] == "crm"
    assert plan.vanishing["Party.leads"] == "crm"
    assert "Field Query.leads was removed." in plan.breaking
    said = "\n".join(in_words(plan))
    assert "crm.lead: 4 rows" in said
    assert "because it joins sales_order and crm" in said
    assert catalogue(engine) == catalogue(engine)
    assert plan_remove(engine, ["crm"]).hash == plan.hash


def test_a_plan_that_is_no_longer_true_is_refused(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("party")
    plan = plan_remove(engine, ["party"])
    run(engine, "update dougong.generation set number = number + 1")
    before = catalogue(engine)

    with pytest.raises(SetupError, match=f"The plan {plan.hash} does not hold any more"):
        remove(engine, ["party"], plan.hash, tmp_path)

    assert catalogue(engine) == before
    assert list(tmp_path.iterdir()) == []


def test_others_tables_that_depend_on_it_are_never_dropped(opened: Callable[..., Engine]) -> None:
    engine = opened("party")
    run(engine, "create view public.names as select name from party.party")

    with pytest.raises(SetupError, match=r"The database has view public\.names, which no add-on"):
        plan_remove(engine, ["party"])


def test_a_removal_drops_what_is_its_own_and_remembers_what_it_was(
    archived: Archived, opened: Callable[..., Engine]
) -> None:
    engine, done, _before, _structure = archived

    generation = load_generation(engine)

    assert "crm" not in generation.parts
    assert generation.absent["Lead"] == "crm"
    assert generation.absent["Query.leads"] == "crm"
    assert catalogue(engine) == catalogue(opened("party"))
    manifest = json.loads((done.folder / "manifest.json").read_text())
    (part,) = manifest["parts"]
    assert (part["name"], part["version"], part["revision"]) == ("crm", "0.1.0", "0002")
    assert part["tables"][0]["rows"] == 3
    assert part["tables"][0]["last_id"] == 4


def test_a_damaged_archive_is_refused_before_anything_is_written(
    archived: Archived, tmp_path: Path
) -> None:
    engine, done, _before, _structure = archived
    before = catalogue(engine)

    def copy(name: str) -> Path:
        return Path(shutil.copytree(done.folder, tmp_path / name))

    shorter = copy("shorter") / "crm.lead.csv.gz"
    shorter.write_bytes(gzip.compress(b"id\n"))
    (copy("missing") / "crm.lead.csv.gz").unlink()
    manifest = copy("edited") / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"rows": 3', '"rows": 2'))
    (copy("torn") / "manifest.json").write_text("{")

    for name in ("shorter", "missing", "edited", "torn"):
        with pytest.raises(SetupError, match=r"is damaged: .*Nothing was restored"):
            restore(engine, ["crm"], tmp_path, archive=tmp_path / name)
    with pytest.raises(SetupError, match="There is no archive of crm in"):
        restore(engine, ["crm"], tmp_path / "nothing")
    assert catalogue(engine) == before


def test_rows_whose_records_are_gone_are_counted_and_nothing_is_restored(
    archived: Archived,
) -> None:
    engine, done, _before, _structure = archived
    before = catalogue(engine)
    run(engine, "update party.party set id = 99 where id = 1")

    with pytest.raises(SetupError, match=r"1 of crm\.lead \(party_id → party\.party\)"):
        restore(engine, ["crm"], done.folder.parent)

    assert catalogue(engine) == before
    run(engine, "update party.party set id = 1 where id = 99")


def test_a_restore_brings_back_every_byte_and_no_id_twice(
    archived: Archived, databases: Databases
) -> None:
    engine, done, before, structure = archived

    back = restore(engine, ["crm"], done.folder.parent)

    assert back.rows == {"crm": 3}
    assert contents(engine, "crm") == before
    assert catalogue(engine) == structure
    run(engine, "insert into crm.lead (name, stage) values ('new', 'NEW')")
    assert scalar(engine, "select id from crm.lead where name = 'new'") == 5
    assert load_generation(engine).absent == {}
    with pytest.raises(SetupError, match="crm is installed; restoring would overwrite"):
        restore(engine, ["crm"], done.folder.parent)


def test_an_install_after_a_removal_begins_empty_and_goes_on_counting(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("party")
    run(engine, PARTIES)
    remove(engine, ["party"], plan_remove(engine, ["party"]).hash, tmp_path)

    install(engine, ["party"])

    assert scalar(engine, "select count(*) from party.party") == 0
    run(engine, "insert into party.party (kind, name) values ('PERSON', 'next')")
    assert scalar(engine, "select id from party.party") == 4


def test_the_next_id_after_a_restore_follows_the_last_row(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("party")
    run(engine, PARTIES)
    remove(engine, ["party"], plan_remove(engine, ["party"]).hash, tmp_path)
    restore(engine, ["party"], tmp_path)

    run(engine, "insert into party.party (kind, name) values ('PERSON', 'next')")

    assert scalar(engine, "select max(id) from party.party") == 4


def test_a_removal_waits_for_workers_and_is_finished_later(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("party")
    run(engine, PARTIES)
    plan = plan_remove(engine, ["party"])
    with engine.begin() as connection:
        workers.heartbeat(connection, "slow", 2)

    with pytest.raises(SetupError, match=r"Nothing was changed.* has not built it within 0\.1 sec"):
        remove(engine, ["party"], plan.hash, tmp_path, wait=0.1)
    with engine.begin() as connection:
        next_one = connection.execute(
            text("select candidate + 1 from dougong.generation")
        ).scalar_one()
        workers.heartbeat(connection, "slow", 2, workers.Built(next_one, sdl="x"))
    with pytest.raises(
        WorkersBehind, match=r"party is out of service.*process \d+ on .*generation 2"
    ):
        remove(engine, ["party"], plan.hash, tmp_path, wait=0.1)

    assert "party" not in load_generation(engine).parts
    assert scalar(engine, "select count(*) from party.party") == 3
    with pytest.raises(SetupError, match="The removal of party is not finished"):
        install(engine, ["party"])
    with engine.begin() as connection:
        workers.heartbeat(connection, "slow", 3)

    finished = finish_removals(engine, tmp_path)

    assert finished is not None
    assert finished.parts == ("party",)
    assert finish_removals(engine, tmp_path) is None
    assert catalogue(engine) == catalogue(opened())
    assert [folder.name.split("-")[0] for folder in tmp_path.iterdir()] == ["party"]


def test_an_add_on_whose_code_is_gone_can_be_removed(
    opened: Callable[..., Engine], throw_away: ThrowAway, tmp_path: Path
) -> None:
    engine = opened("party")
    name = throw_away.name("grades")
    throw_away.write(
        name,
        needs="party",
        entities=f"""
            from dougong import Extension
            from dougong_party import Party
            from sqlalchemy.orm import Mapped, mapped_column
            class {name.title()}(Extension[Party]):
                '''More.'''
                grade: Mapped[str] = mapped_column(default="?", server_default="?")
        """,
    )
    throw_away.write_revision(engine, name)
    install(engine, [name])
    run(engine, PARTIES, f"insert into {name}.{name} select id, 'A' from party.party where id < 3")
    kept = contents(engine, name)
    throw_away.delete(name)
    with pytest.raises(SetupError, match=f"no add-on “{name}”"):
        load_generation(engine)

    plan = plan_remove(engine, [name])
    assert not plan.api_is_known
    remove(engine, [name], plan.hash, tmp_path / "archives")

    assert catalogue(engine) == catalogue(opened("party"))
    throw_away.bring_back()
    restore(engine, [name], tmp_path / "archives")
    with engine.begin() as connection:
        assert (
            connection.execute(text(f"select grade from {name}.{name} where id = 3")).scalar()
            == "?"
        )
        connection.execute(text(f"delete from {name}.{name} where id = 3"))
    assert contents(engine, name) == kept


def test_both_sides_of_a_bridge_come_back_one_after_the_other(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("sales_order", "crm")
    run(engine, PARTIES, TRICKY, *EXTENDED)
    before = {part: contents(engine, part) for part in ("crm", "sales_order", "sales_order__crm")}
    structure = catalogue(engine)
    plan = plan_remove(engine, ["crm", "sales_order"])
    remove(engine, ["crm", "sales_order"], plan.hash, tmp_path)

    first = restore(engine, ["sales_order"], tmp_path)
    second = restore(engine, ["crm"], tmp_path)

    assert list(first.rows) == ["sales_order"]
    assert list(second.rows) == ["crm", "sales_order__crm"]
    assert catalogue(engine) == structure
    assert {part: contents(engine, part) for part in before} == before
