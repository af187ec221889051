"""Installing: in order, with what is needed, all or nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, catalogue, run, scalar

from dougong.addons.install import install
from dougong.addons.installed import installed_parts, load_generation
from dougong.errors import SetupError

EXTENSION = """
    from dougong import Extension
    from dougong_party import Party
    from sqlalchemy.orm import Mapped, mapped_column

    class %(name)s(Extension[Party]):
        '''Something more about a party.'''
        grade: Mapped[str] = mapped_column(default="?", server_default="?")
"""


def test_what_is_needed_is_installed_too_and_first(opened: Callable[..., Engine]) -> None:
    engine = opened()

    done = install(engine, ["crm"])

    assert [part.name for part in done.asked] == ["crm"]
    assert [part.name for part in done.needed] == ["party"]
    assert done.number == 2
    with engine.connect() as connection:
        number, parts = installed_parts(connection)
    assert (number, [part.name for part in parts]) == (2, ["dougong", "party", "crm"])
    generation = load_generation(engine)
    assert "Lead" in generation.schema.type_map
    assert generation.absent == {}
    assert scalar(engine, "select version_num from crm.alembic_version") == "0002"


def test_a_bridge_is_there_when_both_of_its_sides_are(opened: Callable[..., Engine]) -> None:
    engine = opened("crm")

    done = install(engine, ["sales_order"])

    assert [part.name for part in done.needed] == ["product"]
    assert [part.name for part in done.bridges] == ["sales_order__crm"]
    assert scalar(engine, "select kind from dougong.addon where name = 'sales_order__crm'") == (
        "BRIDGE"
    )


def test_installing_what_is_there_changes_nothing(opened: Callable[..., Engine]) -> None:
    engine = opened("party")

    done = install(engine, ["party"])

    assert (done.number, done.parts, done.upgraded) == (None, (), ())
    assert scalar(engine, "select number from dougong.generation") == 2


def test_an_unknown_add_on_is_refused_with_the_names_of_those_there_are(
    opened: Callable[..., Engine],
) -> None:
    engine = opened()

    with pytest.raises(SetupError, match=r"no add-on invoicing .* crm, .*party.* Fix: check the"):
        install(engine, ["invoicing", "crm"])


def broken(throw_away: ThrowAway, kind: str) -> tuple[str, str]:
    """An add-on that is wrong in one way, and what is said about it."""
    name = throw_away.name(kind)
    match kind:
        case "lonely":
            throw_away.write(name, needs="nowhere")
            return name, f"{name} needs nowhere, which is not in this Python environment"
        case "unimportable":
            throw_away.write(name, __init__="from dougong_nowhere import Thing")
            return name, r"__init__\.py:1: It imports dougong_nowhere, on which its pyproject"
        case "circle":
            other = throw_away.name("other")
            throw_away.write(name, needs=other)
            throw_away.write(other, needs=name)
            return name, "need each other in a circle"
        case "picky":
            throw_away.write(name, needs="party")
            (described,) = throw_away.folder.glob(f"dougong_{name}-*.dist-info")
            with (described / "METADATA").open("a") as metadata:
                metadata.write("Requires-Dist: dougong-party >=0.2,<0.3\n")
            return name, f"dougong_{name} works with dougong-party <0.3,>=0.2; here is 0.1.0"
        case "typo":
            throw_away.write(name, hooks="def half(:\n    pass")
            return name, r"hooks\.py:1: This is no Python: invalid syntax. Fix: "
        case "crash":
            throw_away.write(name, actions="\n\n1 / 0")
            return name, r"actions\.py:3: ZeroDivisionError: division by zero"
        case "suicide":
            throw_away.write(name, __init__="import os; os._exit(3)")
            return name, r"__init__\.py:1: The module ends Python when it is imported"
        case "decimal":
            throw_away.write(
                name,
                entities=f"""
                from decimal import Decimal
                from dougong import Entity
                from sqlalchemy.orm import Mapped
                class {name.title()}(Entity):
                    size: Mapped[Decimal]
                """,
            )
            return name, "is a Decimal without precision"
        case _:
            throw_away.write(
                name,
                entities=f"""
                from dougong import Entity
                from sqlalchemy.orm import Mapped
                class {name.title()}(Entity):
                    '''A thing.'''
                    name: Mapped[str]
                """,
            )
            return (
                name,
                rf"migrations: The revisions of {name} do not make {name}, {name}\.created_at",
            )


@pytest.mark.parametrize(
    "kind",
    [
        "lonely",
        "picky",
        "unimportable",
        "circle",
        "typo",
        "crash",
        "suicide",
        "decimal",
        "unmigrated",
    ],
)
def test_a_broken_add_on_is_refused_and_leaves_nothing(
    opened: Callable[..., Engine], throw_away: ThrowAway, kind: str
) -> None:
    engine = opened()
    before = catalogue(engine)
    name, says = broken(throw_away, kind)

    with pytest.raises(SetupError, match=says) as problem:
        install(engine, [name])

    assert "Fix: " in str(problem.value)
    assert catalogue(engine) == before
    assert scalar(engine, "select number from dougong.generation") == 1
    assert scalar(engine, "select count(*) from dougong.addon") == 0


def test_a_revision_that_fails_leaves_nothing(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    before = catalogue(engine)
    name = throw_away.name("failing")
    folder = throw_away.folder / throw_away.write(name) / "migrations"
    folder.mkdir()
    (folder / "0001_first.py").write_text(
        'from alembic import op\nrevision = "0001"\ndown_revision = None\n'
        f'def upgrade() -> None:\n    op.get_bind().exec_driver_sql("create table {name}.a (id int)")\n'
        '    op.execute("select 1 / 0")\n'
    )

    with pytest.raises(SetupError, match=f"A revision of {name} failed: DataError"):
        install(engine, [name])

    assert catalogue(engine) == before


def test_a_schema_that_somebody_else_made_is_left_alone(opened: Callable[..., Engine]) -> None:
    engine = opened()
    run(engine, "create schema party; create table party.guests (id int)")
    before = catalogue(engine)

    with pytest.raises(SetupError, match="has a schema “party” that no add-on"):
        install(engine, ["party"])

    assert catalogue(engine) == before


def test_records_that_are_there_get_their_extension_rows(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened("party")
    run(
        engine,
        "insert into party.party (kind, name) select 'COMPANY', 'p' || n from generate_series(1, 7) n",
    )
    name = throw_away.name("grades")
    throw_away.write(name, needs="party", entities=EXTENSION % {"name": name.title()})
    throw_away.write_revision(engine, name)

    install(engine, [name])

    assert scalar(engine, f"select count(*) from {name}.{name} where grade = '?'") == 7


def test_an_add_on_whose_code_has_a_new_revision_is_brought_up_to_it(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened("party")
    name = throw_away.name("grades")
    package = throw_away.write(name, needs="party", entities=EXTENSION % {"name": name.title()})
    throw_away.write_revision(engine, name)
    install(engine, [name])
    (throw_away.folder / package / "migrations" / "0002_view.py").write_text(
        'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n'
        f'def upgrade() -> None:\n    op.execute("create view {name}.seen as select 1 one")\n'
    )

    done = install(engine, [name])

    assert [part.name for part in done.upgraded] == [name]
    assert scalar(engine, f"select one from {name}.seen") == 1
    assert done.number == 4


def test_two_installs_at_once_wait_for_each_other(opened: Callable[..., Engine]) -> None:
    engine = opened()
    threads = [
        threading.Thread(target=install, args=[engine, [name]]) for name in ("crm", "product")
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert scalar(engine, "select string_agg(name, ' ' order by name) from dougong.addon") == (
        "crm party product"
    )
    assert scalar(engine, "select number from dougong.generation") == 3
