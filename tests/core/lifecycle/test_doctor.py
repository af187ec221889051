"""`dougong doctor`: what is wrong with an installation, or worth knowing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine
from tests.core.lifecycle.conftest import ThrowAway, run

from dougong.addons.install import install
from dougong.builtin.doctor.examining import examine
from dougong.builtin.doctor.findings import Weight
from dougong.cli import main
from dougong.db.engine import open_database
from dougong.testing.databases import Databases

ADA = "insert into dougong.user (email, name) values ('ada@x.example', 'Ada')"
BOB = "insert into dougong.user (email, name) values ('bob@x.example', 'Bob')"
GIVEN = (
    "insert into dougong.role_assignment (user_id, role) "
    "select id, '{}' from dougong.user where email = '{}@x.example'"
)
CHANGED = "insert into dougong.role_change (role, item, removed) values ('{}', '{}', {})"


@pytest.fixture
def crm(databases: Databases) -> Iterator[Engine]:
    engine = open_database(databases.clone("crm"), pool_size=2)
    yield engine
    engine.dispose()


def said(engine: Engine, subject: str) -> list[tuple[Weight, str]]:
    return [(one.weight, str(one)) for one in examine(engine) if one.subject == subject]


def test_nothing_is_found_where_nothing_is_wrong(crm: Engine) -> None:
    run(crm, ADA)
    run(crm, GIVEN.format("crm.seller", "ada"))
    run(crm, CHANGED.format("crm.seller", "read party.party", True))

    assert examine(crm) == []


def test_every_finding_ends_with_what_to_do_and_only_errors_make_it_fail(
    databases: Databases, tmp_path: Path
) -> None:
    url = databases.clone("crm")
    engine = open_database(url, pool_size=1)
    where = ["doctor", "--database", url, "--home", str(tmp_path)]
    run(engine, ADA)

    noted = CliRunner().invoke(main, where)
    run(engine, CHANGED.format("crm.seller", "read crm.ghost", False))
    wrong = CliRunner().invoke(main, where)
    told = CliRunner().invoke(main, [*where, "--json"])
    engine.dispose()

    assert (noted.exit_code, wrong.exit_code, told.exit_code) == (0, 1, 1)
    assert noted.stdout == (
        "note: ada@x.example may sign in, but holds no role today and stands in for nobody. "
        "Fix: `dougong user grant ada@x.example ROLE`, or `dougong user deactivate ada@x.example`.\n"
    )
    assert wrong.stdout.startswith("error: “read crm.ghost”, which the company gave to crm.seller,")
    assert [(one["weight"], one["subject"]) for one in json.loads(told.stdout)] == [
        ("error", "role"),
        ("note", "user"),
    ]


@pytest.mark.parametrize(
    ("role", "item", "removed", "weight", "says"),
    [
        ("crm.seller", "crm.fly", False, Weight.ERROR, "means nothing any more"),
        ("crm.seller", "restrict crm.lead open", False, Weight.ERROR, "sees none of the records"),
        ("crm.seller", "read hotel.room", False, Weight.NOTE, "while hotel is not installed"),
        ("crm.seller", "hotel.book", False, Weight.NOTE, "while hotel is not installed"),
        ("crm.seller", "crm.fly", True, Weight.ERROR, "does not ship that any more"),
        ("crm.pilot", "crm.sell", False, Weight.ERROR, "no add-on ships it"),
        ("hotel.clerk", "crm.sell", False, Weight.NOTE, "while hotel is not installed"),
        ("company.pilot", "crm.sell", False, Weight.ERROR, "the company did not make it"),
    ],
)
def test_what_was_changed_in_roles_and_means_nothing_is_found(
    crm: Engine, role: str, item: str, removed: bool, weight: Weight, says: str
) -> None:
    run(crm, CHANGED.format(role, item, removed))

    ((found, sentence),) = said(crm, "role")

    assert found is weight
    assert role in sentence
    assert item in sentence
    assert says in sentence


def test_roles_that_are_held_but_do_not_exist_are_found(crm: Engine) -> None:
    run(crm, ADA)
    for role in ("crm.seller", "crm.pilot", "hotel.clerk", "company.pilot", "company.cook"):
        run(crm, GIVEN.format(role, "ada"))
    run(
        crm, "insert into dougong.custom_role (name, description) values ('company.cook', 'Cooks.')"
    )

    assert [(weight, text.split(",")[0].split(": ")[1]) for weight, text in said(crm, "role")] == [
        (Weight.ERROR, "ada@x.example holds company.pilot"),
        (Weight.ERROR, "ada@x.example holds crm.pilot"),
        (Weight.NOTE, "ada@x.example holds hotel.clerk"),
    ]


def test_a_delegation_of_what_is_not_held_is_found_while_it_lasts(crm: Engine) -> None:
    run(crm, ADA)
    run(crm, BOB)
    run(crm, GIVEN.format("crm.seller", "ada"))
    for role, since in (
        ("'crm.seller'", "current_date"),
        ("'crm.manager'", "current_date"),
        ("null", "current_date"),
        ("'crm.manager'", "current_date + 1"),
    ):
        run(
            crm,
            "insert into dougong.delegation (delegator_id, delegate_id, role, since, until) "
            f"select a.id, b.id, {role}, {since}, current_date + 1 "
            "from dougong.user a, dougong.user b where a.name = 'Ada' and b.name = 'Bob'",
        )

    ((weight, sentence),) = said(crm, "delegation")

    assert weight is Weight.ERROR
    assert "ada@x.example delegates crm.manager to bob@x.example" in sentence
    assert said(crm, "user") == []  # Bob stands in for Ada


def test_tables_that_are_not_as_the_entities_are_found(crm: Engine) -> None:
    run(crm, "alter table crm.lead drop column company")

    found = said(crm, "tables")

    assert {weight for weight, _ in found} == {Weight.ERROR}
    assert any("to add column crm.lead.company would" in sentence for _, sentence in found)


def test_units_of_which_the_database_is_mistaken_are_found(crm: Engine) -> None:
    for code, parent in (("house", "null"), ("room", "(select max(id) from dougong.unit)")):
        run(
            crm,
            "insert into dougong.unit (code, name, kind, parent_id) "
            f"values ('{code}', '{code}', 'TEAM', {parent})",
        )
    right = said(crm, "units")
    run(crm, "delete from dougong.unit_above where unit_id <> above_id")
    missing = said(crm, "units")
    run(crm, "update dougong.unit set parent_id = parent_id")
    mended = said(crm, "units")
    run(
        crm,
        "insert into dougong.unit_above select above_id, unit_id from dougong.unit_above "
        "where unit_id <> above_id",
    )
    surplus = said(crm, "units")

    assert (right, mended) == ([], [])
    assert "(room)" in missing[0][1]
    assert "(house)" in surplus[0][1]


CODE = '''
    """What it does."""
    from dougong import Context, EVERYONE, User, action

    @action(needs=EVERYONE)
    def count(ctx: Context) -> int:
        """Count."""
        with ctx.elevated(User, reason="to count people"):
            pass
        raised = ctx.elevated
        with raised(User, reason="unseen"), ctx.as_core():
            return getattr(ctx, "acting_as")
'''


def test_code_that_takes_more_rights_is_listed(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    name = throw_away.name("raised")
    package = throw_away.write(name, actions=CODE)
    install(engine, [name])

    found: list[Any] = [
        (one.weight, one.sentence)
        for one in examine(engine)
        if one.subject in ("code", "elevation")
    ]

    assert found == [
        (
            Weight.ERROR,
            (
                f"{package}/actions.py:{line} uses “{word}”, with which code goes around the rights of "
                "its add-on unseen."
            ),
        )
        for line, word in ((11, "as_core"), (12, "acting_as"))
    ] + [
        (
            Weight.NOTE,
            (
                f"{package}/actions.py:8 reads User with elevated rights; the reason: "
                "'to count people'."
            ),
        ),
        (
            Weight.NOTE,
            (
                f"{package}/actions.py:10 reads what cannot be read from the code with elevated "
                "rights; the reason: not given where it is taken."
            ),
        ),
    ]


BY_HAND = """
    from dougong import Context, EVERYONE, User, action
    from sqlalchemy import select, text

    @action(needs=EVERYONE)
    def count(ctx: Context) -> int:
        '''Count.'''
        with ctx.elevated(User, reason="by entities") as session:
            session.scalars(select(User)).all()
        with ctx.elevated(User, reason="by text") as session:
            session.execute(text("select * from dougong.token"))
        with ctx.elevated(User, reason="by connection") as session:
            return session.connection().exec_driver_sql("select 1").scalar_one()
"""


def test_sql_by_hand_in_an_elevation_is_listed_as_what_it_is(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    """Nothing holds it to the entities that are named, so somebody must have read it."""
    engine = opened()
    name = throw_away.name("raised")
    throw_away.write(name, actions=BY_HAND)
    install(engine, [name])

    found = [one for one in examine(engine) if one.subject == "elevation"]

    assert [
        "SQL by hand, which reads and writes what it says" in one.sentence for one in found
    ] == [
        False,
        True,
        True,
    ]
    assert [one.fix.split(",")[0] for one in found[1:]] == ["read the SQL there"] * 2


def test_an_add_on_whose_code_is_gone_is_what_is_found(
    opened: Callable[..., Engine], throw_away: ThrowAway
) -> None:
    engine = opened()
    name = throw_away.name("lost")
    throw_away.write(name)
    install(engine, [name])
    throw_away.delete(name)

    (found,) = examine(engine)

    assert found.subject == "generation"
    assert name in found.sentence
    assert " Fix: " in str(found)
