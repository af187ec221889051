"""What becomes of rows: kept in the database, deleted, written to files, put right."""

from __future__ import annotations

import csv
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue, contents, run, scalar
from tests.core.lifecycle.test_orphans import Ties
from tests.core.lifecycle.test_removal import PARTIES, TRICKY

from dougong.addons.coming import plan_restore, plan_upgrade
from dougong.addons.install import install
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.orphans import Orphans
from dougong.addons.plans import in_words
from dougong.addons.remove import Removed, remove
from dougong.addons.restore import restore
from dougong.addons.sources import Wanted
from dougong.addons.state import Rows
from dougong.errors import SetupError

RESERVED = (
    "set local session_replication_role = replica",  # an order without its customer
    (
        "insert into product.product (name, kind, price_amount, price_currency) "
        "values ('Tea', 'GOODS', 1, 'EUR')"
    ),
    (
        "insert into sales_order.sales_order (ordered_on, currency, state, customer_id) "
        "values (now(), 'EUR', 'CONFIRMED', 1)"
    ),
    (
        "insert into sales_order.sales_order_line (order_id, product_id, quantity, unit_price) "
        "values (1, 1, 2, 1)"
    ),
    "insert into inventory.location (code, name, kind) values ('L', 'Here', 'STOCK')",
    (
        "insert into inventory.stock_quantity (product_id, location_id, on_hand, reserved) "
        "values (1, 1, 5, 2)"
    ),
    "insert into inventory__sales_order.line_stock (id, reserved) values (1, 2)",
    "insert into inventory__sales_order.order_stock (id) values (1)",
    (
        "insert into inventory.transfer (kind, destination_id, state) "
        "values ('DELIVERY', 1, 'RESERVED')"
    ),
    (
        "insert into inventory.transfer_line (transfer_id, product_id, quantity, base_quantity, "
        "reserved) values (1, 1, 2, 2, 2)"
    ),
    "insert into inventory__sales_order.order_transfer (id, order_id) values (1, 1)",
    "insert into inventory__sales_order.line_demand (id, order_line_id) values (1, 1)",
    (
        "insert into inventory.reservation (line_id, product_id, location_id, quantity, state) "
        "values (1, 1, 1, 2, 'ACTIVE')"
    ),
)


def take_out(engine: Engine, name: str, archives: Path, rows: Rows = Rows.ARCHIVE) -> Removed:
    """Remove an add-on by its plan."""
    plan = plan_remove(engine, [name], rows=rows)
    return remove(engine, [name], plan.hash, archives, rows=rows)


def test_kept_rows_hold_nobody_and_come_back_as_they_were(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("sales_order", "crm")
    run(engine, PARTIES, TRICKY)
    before = {part: contents(engine, part) for part in ("crm", "sales_order__crm")}
    structure = catalogue(engine)

    done = take_out(engine, "crm", tmp_path, Rows.KEEP)
    run(engine, "update party.party set id = 90 where id = 3")

    assert done.archive is None
    assert not tmp_path.exists() or list(tmp_path.iterdir()) == []
    assert "crm" not in load_generation(engine).parts
    assert scalar(engine, 'select count(*) from "crm~kept".lead') == 4
    take_out(engine, "sales_order", tmp_path)
    restore(engine, ["sales_order"], tmp_path)
    restore(engine, ["crm"], tmp_path)

    assert {part: contents(engine, part) for part in before} == before
    assert catalogue(engine) == structure


def test_what_is_archived_comes_back_with_what_it_needs_and_was_kept(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("party", "crm")
    run(engine, PARTIES, TRICKY)
    before = {part: contents(engine, part) for part in ("party", "crm")}
    structure = catalogue(engine)
    take_out(engine, "crm", tmp_path)
    take_out(engine, "party", tmp_path, Rows.KEEP)

    restore(engine, ["party", "crm"], tmp_path)

    assert {part: contents(engine, part) for part in before} == before
    assert catalogue(engine) == structure


def test_kept_rows_wait_beside_a_new_beginning_until_they_are_deleted(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("party")
    structure = catalogue(engine)
    run(engine, PARTIES)
    take_out(engine, "party", tmp_path, Rows.KEEP)
    install(engine, ["party"])
    run(engine, "insert into party.party (kind, name) values ('PERSON', 'next')")

    with pytest.raises(SetupError, match=r"Rows of party from before are kept already"):
        plan_remove(engine, ["party"], rows=Rows.KEEP)
    first = scalar(engine, "select id from party.party")
    deleted = take_out(engine, "party", tmp_path, Rows.DELETE)
    forget = plan_remove(engine, ["party"], rows=Rows.DELETE)
    remove(engine, ["party"], forget.hash, tmp_path, rows=Rows.DELETE)
    install(engine, ["party"])

    assert (first, deleted.archive) == (4, None)
    assert "All rows are lost: they are NOT archived." in list(in_words(forget))
    assert forget.parts[0].tables["party"] == 3
    assert catalogue(engine) == structure
    assert not tmp_path.exists() or list(tmp_path.iterdir()) == []
    take_out(engine, "party", tmp_path, Rows.DELETE)
    with pytest.raises(SetupError, match="There is no archive of party"):
        restore(engine, ["party"], tmp_path)


def test_a_plan_counts_the_rows_that_will_be_left_out_and_the_restore_writes_them_down(
    opened: Callable[..., Engine], throw_away: ThrowAway, tmp_path: Path
) -> None:
    ties = Ties(opened("party"), throw_away, tmp_path / "archives")
    for party in (1, 2):
        ties.insert("deed", party_id=party)
        ties.insert("sign", deed_id=party)
        ties.insert("wish", party_id=party, strong=False)
    ties.remove()
    run(ties.engine, "delete from party.party where id = 1")
    wanted = Wanted((ties.name,), ties.archives, orphans=Orphans.REJECT_FILE)

    refusing = plan_restore(ties.engine, Wanted((ties.name,), ties.archives))
    plan = plan_restore(ties.engine, wanted)
    done = restore(ties.engine, [ties.name], ties.archives, orphans=Orphans.REJECT_FILE)

    assert {(one.what, one.table) for one in refusing.orphans} == {
        ("refused", ties.table("deed")),
        ("left out", ties.table("grade")),
        ("emptied", ties.table("wish")),
    }
    assert set(plan.orphans) == set(done.orphans)
    assert refusing.hash != plan.hash
    assert done.rejects is not None
    files = {
        file.name: list(csv.DictReader(file.read_text().splitlines()))
        for file in done.rejects.iterdir()
    }
    assert set(files) == {f"{ties.table(stem)}.csv" for stem in ("deed", "sign", "grade")}
    assert [row["party_id"] for row in files[f"{ties.table('deed')}.csv"]] == ["1"]
    assert files[f"{ties.table('grade')}.csv"] == [{"id": "1", "grade": "A"}]


def test_what_was_reserved_for_an_order_is_free_when_it_was_cancelled_meanwhile(
    opened: Callable[..., Engine], tmp_path: Path
) -> None:
    engine = opened("sales_order", "inventory")
    run(engine, *RESERVED)
    before = contents(engine, "inventory__sales_order")
    take_out(engine, "inventory", tmp_path)
    restore(engine, ["inventory"], tmp_path)
    unchanged = contents(engine, "inventory__sales_order")
    take_out(engine, "inventory", tmp_path, Rows.KEEP)
    run(engine, "update sales_order.sales_order set state = 'CANCELLED'")

    restore(engine, ["inventory"], tmp_path)

    assert unchanged == before
    state = "select state from inventory.reservation"
    assert scalar(engine, state) == "RELEASED"
    assert scalar(engine, "select reserved from inventory.stock_quantity") == 0
    assert scalar(engine, "select count(*) from dougong.event where actor = 'restore'") == 4


def test_rows_come_back_into_a_newer_version_that_can_refuse_them(
    opened: Callable[..., Engine], throw_away: ThrowAway, tmp_path: Path
) -> None:
    engine = opened("party")
    name = throw_away.name("calls")
    entity = """
        from dougong import Context, Entity, Refused, on_restore
        from sqlalchemy.orm import Mapped, mapped_column
        class {title}(Entity):
            '''A call.'''
            about: Mapped[str]
        """
    package = throw_away.write(name, entities=entity.format(title=name.title()))
    throw_away.write_revision(engine, name)
    install(engine, [name])
    run(engine, f"insert into {name}.{name} (about) values ('a'), ('b')")
    take_out(engine, name, tmp_path / "one")
    throw_away.forget()
    file = throw_away.folder / package / "entities.py"
    newer = file.read_text() + (
        "    minutes: Mapped[int] = mapped_column(default=0, server_default='7')\n\n"
        "@on_restore\n"
        "def nothing_is_forgotten(ctx: Context) -> None:\n"
        "    '''Calls that nobody remembers are not taken back.'''\n"
        f"    for call in ctx.find({name.title()}):\n"
        "        if call.about == 'forgotten':\n"
        "            raise Refused('forgotten')\n"
        "        call.about += '!'\n"
    )
    file.write_text(newer)
    (file.parent / "locale").mkdir()
    (file.parent / "locale" / "en.toml").write_text('forgotten = "Nobody remembers it."\n')
    drop_mapping(name)
    assert throw_away.write_revision(engine, name, "Minutes") is not None

    plan = plan_restore(engine, Wanted((name,), tmp_path / "one"))
    restore(engine, [name], tmp_path / "one")
    said = scalar(
        engine, f"select string_agg(about || minutes, ' ' order by id) from {name}.{name}"
    )
    run(engine, f"update {name}.{name} set about = 'forgotten' where id = 1")
    take_out(engine, name, tmp_path / "two")
    structure = catalogue(engine)
    with pytest.raises(SetupError, match=rf"{name}\.nothing_is_forgotten refused the restore"):
        restore(engine, [name], tmp_path / "two")

    assert plan.parts[0].revisions == ("0002: Minutes.",)
    assert said == "a!7 b!7"
    assert catalogue(engine) == structure
    assert plan_upgrade(engine).parts == ()


def drop_mapping(name: str) -> None:
    """Have the registry forget an add-on whose modules are imported anew."""
    from dougong.entity import registry

    registry.registry_of(name).dispose()
    registry.registry_of(name).metadata.clear()


def test_a_disk_that_is_too_full_is_noticed_before_anything_is_taken_out(
    opened: Callable[..., Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened("party")
    run(engine, PARTIES)
    Usage = namedtuple("Usage", "total used free")  # noqa: PYI024
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(9, 9, 0))

    with pytest.raises(SetupError, match=r"has 0 MB free, and the rows .* up to 1 MB"):
        take_out(engine, "party", tmp_path)
    take_out(engine, "party", tmp_path, Rows.KEEP)

    assert scalar(engine, 'select count(*) from "party~kept".party') == 3
