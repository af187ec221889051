"""What is looked at before an install: what comes, its revisions, and what it does to others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue, scalar

from dougong.addons.install import install
from dougong.addons.rehearsal import rehearse
from dougong.builtin.checking.tables_made import TablesMade
from dougong.errors import SetupError

THING = """
    from dougong import Entity
    from sqlalchemy.orm import Mapped

    class %s(Entity):
        '''A thing.'''
        name: Mapped[str]
"""
GUESTS = """
    from dougong import EVERYONE, Context, action
    from dougong_crm import qualify
    from dougong_party import Party
    from typing import Any

    @action(needs=EVERYONE)
    def greet(ctx: Context, *, qualify_it: bool) -> None:
        '''Bring in a guest, and lose one.'''
        guest = ctx.create(Party(name="Guest"))
        Party.delete(guest, ctx)
        qualify(guest, ctx)

    def call(ctx: Context, Party: Any, qualify: Any) -> None:
        ctx.create(Party(name="Guest"))
        qualify(Party, ctx)
"""
WHAT_STATEMENTS_MAKE = {
    "CREATE TABLE a.b (id INT, \"order\" NUMERIC(18, 2) DEFAULT 'x,y', PRIMARY KEY (id), CHECK (id > 0));": "b: id order",
    "CREATE TABLE a.b (id INT); ALTER TABLE a.b ADD COLUMN x INT, ADD CONSTRAINT c CHECK (x > 0);": "b: id x",
    "CREATE TABLE a.b (id INT, x INT); ALTER TABLE a.b DROP COLUMN x; DROP TABLE c.b;": "b: id",
    "CREATE TABLE a.b (x INT); ALTER TABLE a.b RENAME COLUMN x TO y; ALTER TABLE a.b RENAME TO d;": "d: y",
    "CREATE TABLE a.b (x INT); DROP TABLE IF EXISTS a.b;": "",
    "CREATE TABLE a.b AS SELECT 1 AS x;": "not certain",
    "CREATE TABLE a.b (x INT); ALTER TABLE a.b SET SCHEMA c;": "not certain",
    "DO $$ BEGIN EXECUTE 'anything' END $$;": "not certain",
}


@pytest.mark.parametrize("statements", WHAT_STATEMENTS_MAKE)
def test_tables_and_columns_are_read_off_statements(statements: str) -> None:
    tables = TablesMade("a")

    for one in statements.split(";"):
        tables.hear(one)

    made = " ".join(f"{name}: {' '.join(sorted(all_))}" for name, all_ in tables.columns.items())
    assert (made if tables.certain else "not certain") == WHAT_STATEMENTS_MAKE[statements]


def test_what_is_there_is_not_looked_at_again_unless_it_is_asked_for(
    throw_away: ThrowAway, opened: Callable[..., Engine]
) -> None:
    engine = opened("party")
    old, new = throw_away.name("old"), throw_away.name("new")
    for name in (old, new):
        throw_away.write(name, needs="party", entities=THING % name.title())
        throw_away.write_revision(engine, name)
    install(engine, [old])
    entities = throw_away.folder / f"dougong_{old}" / "entities.py"
    entities.write_text(entities.read_text().replace("'''A thing.'''", ""))

    done = install(engine, [new])

    assert [part.name for part in done.asked] == [new]
    with pytest.raises(SetupError, match=rf"dougong_{old}/entities.py.* has no docstring"):
        install(engine, [old])


def test_a_revision_that_makes_too_little_is_refused_before_anything_is_written(
    throw_away: ThrowAway, opened: Callable[..., Engine]
) -> None:
    engine = opened("party")
    name = throw_away.name("late")
    throw_away.write(name, needs="party", entities=THING % name.title())
    revision = throw_away.write_revision(engine, name)
    assert isinstance(revision, Path)
    lines = revision.read_text().splitlines(keepends=True)
    revision.write_text("".join(line for line in lines if "'name'" not in line))
    before = catalogue(engine), scalar(engine, "select count(*) from dougong.audit_entry")

    with pytest.raises(SetupError, match=rf"do not make {name}.name. Fix: write one: dougong mig"):
        install(engine, [name])

    assert before == (catalogue(engine), scalar(engine, "select count(*) from dougong.audit_entry"))


def test_code_that_writes_or_runs_what_is_others_says_so_in_its_manifest(
    throw_away: ThrowAway,
) -> None:
    name = throw_away.name("guests")
    throw_away.write(name, needs="crm party", actions=GUESTS)

    with pytest.raises(SetupError) as refused:
        rehearse([name])

    said = str(refused.value)
    for right in ("create party.party", "delete party.party", "run crm.qualify"):
        assert f"greet does what its add-on may not: {right}." in said
    assert "call does" not in said
