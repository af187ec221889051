"""Many rows of a table are written by one statement, and are written as they would be one by one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Engine,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    event,
    func,
    insert,
    text,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, registry

from dougong.db.engine import open_database
from dougong.testing.databases import Databases

metadata = MetaData()
things = Table(
    "thing",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text),
    Column("amount", Numeric(12, 4), nullable=False, server_default="0"),
    Column("number", Integer),
    Column("sure", Boolean),
    Column("day", Date),
    Column("at", DateTime(timezone=True)),
    Column("notes", JSON),
    Column("pieces", Integer, default=3),
    Column("touched", Integer, onupdate=7),
    schema="many",
)
moved = Table(
    "moved",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", Text),
    Column("at", DateTime(timezone=True), onupdate=func.now(), default=func.now()),
    schema="many",
)


class Thing:
    """A row that SQLAlchemy keeps."""

    def __init__(self, **given: Any) -> None:
        for name, value in given.items():
            setattr(self, name, value)


registry(metadata=metadata).map_imperatively(Thing, things)


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    engine = open_database(databases.empty())
    with engine.begin() as connection:
        connection.execute(text("create schema many"))
        metadata.create_all(connection)
    yield engine
    engine.dispose()


@pytest.fixture
def sent(engine: Engine) -> Iterator[list[str]]:
    """What reaches the database for many rows, as the driver is given it."""
    said: list[str] = []

    def note(_cursor: Any, statement: str, _rows: Any, _context: Any) -> None:
        said.append(statement)

    event.listen(engine.dialect, "do_executemany", note)  # only asked where nobody did it before
    yield said
    event.remove(engine.dialect, "do_executemany", note)


VALUES: list[dict[str, Any]] = [
    {
        "id": number,
        "name": name,
        "amount": Decimal(number) / 8,
        "number": None if number % 2 else 2**31 - number,
        "sure": number % 3 == 0,
        "day": date(2026, 2, 28) if number % 2 else None,
        "at": datetime(2026, 11, 23, number, tzinfo=UTC),
    }
    for number, name in enumerate(["斗拱", "", None, "a,b", '{"x"}', "NULL", "it's \\ 100 %s"], 1)
]


def rows(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        found = connection.execute(things.select().order_by(things.c.id)).mappings()
        return [{name: one[name] for name in VALUES[0]} for one in found]


def test_rows_are_inserted_as_they_were_given(engine: Engine, sent: list[str]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(things), VALUES)

    assert rows(engine) == VALUES
    assert sent == []
    with engine.connect() as connection:
        assert set(connection.scalars(things.select().with_only_columns(things.c.pieces))) == {3}


def test_rows_are_changed_as_they_were_given(engine: Engine, sent: list[str]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(things), [{"id": one["id"]} for one in VALUES])
    with Session(engine) as session, session.begin():
        for thing, given in zip(_all(session), VALUES, strict=True):
            for name, value in given.items():
                setattr(thing, name, value)

    assert rows(engine) == VALUES
    assert sent == []
    with engine.connect() as connection:
        assert set(connection.scalars(things.select().with_only_columns(things.c.touched))) == {7}


def test_who_listens_to_the_table_is_told_once(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table many.told (rows bigint)"))
        connection.execute(
            text(
                "create function many.tell() returns trigger language plpgsql as "
                "'begin insert into many.told select count(*) from changed; return null; end'"
            )
        )
        connection.execute(
            text(
                "create trigger tell after update on many.thing referencing new table as changed "
                "for each statement execute function many.tell()"
            )
        )
        connection.execute(insert(things), [{"id": one["id"]} for one in VALUES])
    with Session(engine) as session, session.begin():
        for thing in _all(session):
            thing.name = f"new {thing.id}"

    with engine.connect() as connection:
        assert connection.execute(text("select rows from many.told")).all() == [(len(VALUES),)]


def test_a_row_that_is_gone_meanwhile_is_noticed(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(things), [{"id": one["id"]} for one in VALUES])
    with Session(engine) as session:
        for thing in _all(session):
            thing.name = "new"
        with engine.begin() as connection:
            connection.execute(text("delete from many.thing where id = 3"))
        with pytest.raises(Exception, match=r"7 row.*6 were matched"):
            session.flush()


def test_a_row_that_is_refused_undoes_all(engine: Engine) -> None:
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(things), [{"id": 1}, {"id": 2}, {"id": 1}])

    assert rows(engine) == []


@pytest.mark.parametrize(
    "given",
    [
        [{"id": 1, "notes": {"a": [1]}}, {"id": 2, "notes": None}],
        [{"id": 1, "amount": 1}, {"id": 2, "amount": Decimal("2.5")}],
    ],
    ids=["JSON", "numbers of two kinds"],
)
def test_what_cannot_stand_in_an_array_goes_row_by_row(
    engine: Engine, sent: list[str], given: list[dict[str, Any]]
) -> None:
    with engine.begin() as connection:
        connection.execute(insert(things), given)

    assert len(sent) == 1
    with engine.connect() as connection:
        found = connection.execute(things.select().order_by(things.c.id)).mappings().all()
    assert [{name: one[name] for name in given[0]} for one in found] == given


def test_what_the_database_works_out_itself_is_still_worked_out(
    engine: Engine, sent: list[str]
) -> None:
    with engine.begin() as connection:
        connection.execute(insert(moved), [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])

    assert len(sent) == 1
    with engine.connect() as connection:
        assert None not in connection.scalars(moved.select().with_only_columns(moved.c.at)).all()


def _all(session: Session) -> list[Any]:
    return list(session.query(Thing).order_by(things.c.id))
