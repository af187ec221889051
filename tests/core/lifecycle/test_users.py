"""`dougong user`: who may sign in, and with which roles, from the first day to the last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from tests.core.lifecycle.conftest import run, scalar

from dougong.access.passwords import check_password
from dougong.cli import main
from dougong.db.engine import open_database
from dougong.testing.databases import Databases

ADA = "ada@demo.example"
VALID = "select count(*) from dougong.token where revoked_at is null"
TOKEN = "insert into dougong.token (user_id, sha256, expires_at) select id, id, 'infinity' from dougong.user"


class People:
    """An installation with one person, who is signed in."""

    def __init__(self, engine: Engine, url: str, home: Path) -> None:
        self.engine = engine
        self._where = ["--database", url, "--home", str(home)]
        self("add", ADA, "--role", "crm.seller", "--password", "first-secret")
        run(engine, TOKEN)

    def __call__(self, *words: str, password: str | None = None) -> Result:
        env = {"DOUGONG_PASSWORD": password}
        return CliRunner().invoke(main, ["user", *words, *self._where], env=env)

    def may_sign_in(self, password: str) -> bool:
        """Whether Ada's password is this one, and she may use it."""
        with Session(self.engine) as session:
            return check_password(session, ADA, password) is not None


@pytest.fixture
def people(databases: Databases, tmp_path: Path) -> Iterator[People]:
    url = databases.clone("crm")
    engine = open_database(url)
    yield People(engine, url, tmp_path)
    engine.dispose()


def test_who_is_deactivated_is_signed_out_and_stays_so_until_signing_in_anew(
    people: People,
) -> None:
    off = people("deactivate", "Ada@Demo.example ")
    away = people.may_sign_in("first-secret")
    on = people("activate", ADA)

    assert (off.stdout, on.stdout) == (
        f"{ADA} may not sign in any more.\n",
        f"{ADA} may sign in.\n",
    )
    assert not away
    assert people.may_sign_in("first-secret")
    assert scalar(people.engine, VALID) == 0
    assert scalar(people.engine, 'select version from dougong."user"') == 3


def test_deactivating_alone_ends_where_somebody_is_signed_in(people: People) -> None:
    people("deactivate", ADA)

    assert scalar(people.engine, VALID) == 0


def test_another_password_is_shown_unless_given_and_ends_where_somebody_is_signed_in(
    people: People,
) -> None:
    made = re.fullmatch(
        rf"{ADA} has another password\.\nPassword: (\S{{12,}})\n", people("password", ADA).stdout
    )

    assert made is not None
    assert scalar(people.engine, VALID) == 0
    assert people.may_sign_in(made[1])
    assert not people.may_sign_in("first-secret")
    given = people("password", ADA, password="second-secret")
    assert given.stdout == f"{ADA} has another password.\n"
    assert people.may_sign_in("second-secret")


def test_roles_are_granted_taken_and_listed(people: People) -> None:
    people("add", "bob@demo.example")
    people("deactivate", "bob@demo.example")
    granted = people("grant", "bob@demo.example", "crm.seller", "crm.seller")
    again = people("grant", "bob@demo.example", "crm.seller")
    taken = people("take", ADA, "crm.seller")

    assert granted.exit_code == again.exit_code == taken.exit_code == 0
    assert re.search(r"(?m)^bob@demo\.example +bob +no +crm\.seller$", people("list").stdout)
    assert re.search(r"(?m)^ada@demo\.example +ada +yes +-$", people("list").stdout)


def test_a_role_of_a_removed_add_on_can_be_taken(people: People) -> None:
    run(
        people.engine,
        "insert into dougong.role_assignment (user_id, role) select id, 'gone.role' from dougong.user",
    )

    assert people("take", ADA, "gone.role").exit_code == 0
    assert people("list").stdout.splitlines()[1].split() == [ADA, "ada", "yes", "crm.seller"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["deactivate", "x@y.example"], "There is no user x@y.example."),
        (["password", "x@y.example"], "There is no user x@y.example."),
        (["grant", "x@y.example", "crm.seller"], "There is no user x@y.example."),
        (["grant", ADA, "boss"], "There is no role boss; there are crm."),
        (["take", ADA, "boss"], "There is no role boss to take; those held are: crm.seller."),
    ],
)
def test_what_is_not_there_gets_a_sentence(people: People, words: list[str], says: str) -> None:
    result = people(*words)

    assert result.exit_code == 1
    assert result.stderr.startswith(says)
    assert "Fix: " in result.stderr
    assert scalar(people.engine, VALID) == 1
