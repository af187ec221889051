"""What the change log has of every way in which rows are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, text, update
from sqlalchemy.orm import Session

from dougong.access.context import Context
from dougong.access.users import User
from dougong.addons.discovery import core_part
from dougong.addons.installed import load_generation
from dougong.addons.migrations import current, upgrade
from dougong.db.engine import open_database
from dougong.db.session import in_transaction
from dougong.generation import Generation
from dougong.live.change_log import PORTION, forget_oldest, log_changes
from dougong.testing.databases import Databases
from dougong.testing.worlds import make_person
from dougong_crm import Lead

Work = Callable[[Context], Any]


class Logged:
    """A database, and what its change log gets."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = open_database(url, pool_size=None)
        self.generation: Generation = load_generation(self.engine)
        with Session(self.engine) as session, session.begin():
            self.ada = make_person(session, ("dougong.administrator",), "Ada")

    def by(self, work: Work) -> list[tuple[str, int, str]]:
        """The entries of one transaction that does this work."""
        with self.engine.begin() as connection:
            connection.execute(text("delete from dougong.change"))
        in_transaction(self.engine, self.generation, self.ada, work)
        return self.entries()

    def entries(self) -> list[tuple[str, int, str]]:
        """All entries."""
        statement = text("select entity, record_id, what from dougong.change order by 1, 2")
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]


@pytest.fixture
def logged(databases: Databases) -> Iterator[Logged]:
    opened = Logged(databases.clone("crm"))
    yield opened
    opened.engine.dispose()


def new_lead(ctx: Context) -> Lead:
    return ctx.create(Lead(name="Ann"))


def test_a_record_has_one_entry_for_a_transaction_however_often_it_is_written(
    logged: Logged,
) -> None:
    def work(ctx: Context) -> None:
        kept, lost = new_lead(ctx), new_lead(ctx)
        Lead.update(kept, ctx, name="Anna")
        ctx.delete(lost)

    assert logged.by(work) == [("crm.lead", 1, "CREATED"), ("crm.lead", 2, "DELETED")]


def test_statements_that_change_many_rows_log_each_of_them(logged: Logged) -> None:
    def changes(ctx: Context) -> None:
        ctx.session.execute(update(Lead).values(name="All"))

    def deletes(ctx: Context) -> None:
        ctx.session.execute(delete(Lead).where(Lead.id < 3))

    logged.by(lambda ctx: ctx.session.execute(insert(Lead), [{"name": "x"}] * 3))

    assert [what for _, _, what in logged.entries()] == ["CREATED"] * 3
    assert logged.by(changes) == [("crm.lead", n, "UPDATED") for n in (1, 2, 3)]
    assert logged.by(deletes) == [("crm.lead", n, "DELETED") for n in (1, 2)]


def test_what_the_database_changes_by_itself_is_logged(logged: Logged) -> None:
    """A foreign key empties who created a lead, behind everybody's back."""
    with Session(logged.engine) as session, session.begin():
        bob = make_person(session, (), "Bob").user_id
    logged.by(lambda ctx: ctx.session.execute(insert(Lead), [{"name": "x", "created_by_id": bob}]))

    assert logged.by(lambda ctx: ctx.session.execute(delete(User).where(User.id == bob))) == [
        ("crm.lead", 1, "UPDATED"),
        ("dougong.user", bob, "DELETED"),
    ]


def test_what_is_rolled_back_is_not_logged(logged: Logged) -> None:
    def fails(ctx: Context) -> None:
        new_lead(ctx)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        logged.by(fails)

    assert logged.entries() == []


def test_the_row_of_an_extension_is_an_entry_of_its_record(logged: Logged) -> None:
    with logged.engine.begin() as connection:
        connection.execute(text("create schema scores"))
        connection.execute(
            text(
                "create table scores.lead_score (id bigint primary key references crm.lead, n int)"
            )
        )
        log_changes(connection, "scores")
        log_changes(connection, "scores")
    logged.by(new_lead)

    assert logged.by(
        lambda ctx: ctx.session.execute(text("insert into scores.lead_score values (1, 1)"))
    ) == [("crm.lead", 1, "UPDATED")]


def test_only_what_is_too_old_is_forgotten_a_portion_at_a_time(logged: Logged) -> None:
    logged.by(lambda _ctx: None)
    with logged.engine.begin() as connection:
        for days, count in ((9, PORTION + 1), (7, 2)):
            connection.execute(
                text(
                    "insert into dougong.change select 'crm.lead', :days, n, 'UPDATED', "
                    "now() - make_interval(days => :days) from generate_series(1, :count) n"
                ),
                {"days": days, "count": count},
            )

    assert [forget_oldest(logged.engine) for _ in range(3)] == [True, False, False]
    assert len(logged.entries()) == 2


def test_a_database_that_is_older_than_the_log_gets_it_for_the_add_ons_that_it_has(
    logged: Logged,
) -> None:
    core = core_part()
    with logged.engine.begin() as connection:
        latest = current(connection, core.name)
        for statement in (
            "drop function dougong.log_rows cascade",
            "drop function dougong.log_changes",
            "drop table dougong.change, dougong.position_key",
            "update dougong.alembic_version set version_num = '0002'",
        ):
            connection.execute(text(statement))

    with logged.engine.begin() as connection:
        upgrade(connection, core, "0003")
        connection.execute(text(f"update dougong.alembic_version set version_num = '{latest}'"))

    assert logged.by(new_lead) == [("crm.lead", 1, "CREATED")]
