"""`dougong user`: who may sign in, and with which roles, from the first day to the last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result, _NamedTextIOWrapper
from sqlalchemy import Engine, text
from tests.core.lifecycle.conftest import run, scalar

from dougong.builtin.sign_in.hashing import Turn, hashes
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
        self("add", ADA, "--role", "crm.seller", password="first-secret")
        run(engine, TOKEN)

    def __call__(self, *words: str, password: str | None = None, said: str | None = None) -> Result:
        env = {"DOUGONG_PASSWORD": password, "DOUGONG_PUBLIC_URL": "https://erp.example"}
        return CliRunner().invoke(main, ["user", *words, *self._where], said, env=env)

    def may_sign_in(self, password: str) -> bool:
        """Whether Ada's password is this one, and she may use it."""
        kept = """select password_hash from dougong.credential c
            join dougong.user u on u.id = c.user_id and u.active and u.email = :email"""
        with self.engine.connect() as connection:
            hashed = connection.scalar(text(kept), {"email": ADA})
        return bool(hashes.check(hashed, password, Turn.KNOWN).result())


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


def test_the_first_administrator_is_added_with_a_password_that_no_command_line_shows(
    people: People,
) -> None:
    added = people(
        "add", "eve@demo.example", "--administrator", "--password-stdin", said="from a file\n"
    )
    as_option = people("add", "mia@demo.example", "--password", "on the command line")
    empty = people("add", "zoe@demo.example", "--password-stdin", said="")

    assert added.stdout == "Added eve@demo.example.\n"
    assert re.search(r"(?m)^eve@demo.*dougong\.administrator$", people("list").stdout)
    assert as_option.exit_code == 2
    assert "The input has no password. Fix: " in empty.stderr


def test_on_a_terminal_the_password_is_asked_for_twice(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_NamedTextIOWrapper, "isatty", lambda _: True)
    given = people("password", ADA, said="typed by hand\ntyped by hand\n")
    made = people("password", ADA, said="\n\n")

    assert given.stdout.endswith(f"{ADA} has another password.\n")
    assert "typed" not in given.stdout
    assert "Password: " in made.stdout


def test_who_signs_in_by_another_provider_has_no_password(people: People) -> None:
    added = people("add", "kim@demo.example", "--no-password")

    assert added.stdout == "Added kim@demo.example.\n"
    assert scalar(people.engine, "select count(*) from dougong.credential") == 1


def test_a_password_that_anybody_would_try_is_refused(people: People) -> None:
    result = people("password", ADA, password="Password123!")

    assert result.exit_code == 1
    assert "among the first that anybody would try" in result.stderr
    assert people.may_sign_in("first-secret")


def test_a_link_to_choose_a_password_ends_what_was_before(people: People) -> None:
    said = people("reset-password", ADA).stdout

    assert re.search(r"\nhttps://erp\.example/sign-in#link=[\w-]{43}\n$", said)
    assert not people.may_sign_in("first-secret")
    assert scalar(people.engine, VALID) == 0


def test_sessions_are_ended_and_a_lost_second_factor_is_removed(people: People) -> None:
    run(
        people.engine,
        "insert into dougong.second_factor (user_id, secret, confirmed_at) "
        "select id, 'x', now() from dougong.user",
    )
    removed = people("remove-second-factor", ADA)
    run(people.engine, "update dougong.token set revoked_at = null")
    ended = people("end-sessions", ADA)

    assert removed.stdout == f"{ADA} signs in without a second factor now.\n"
    assert scalar(people.engine, "select count(*) from dougong.second_factor") == 0
    assert ended.stdout == f"{ADA} is signed out: 1 session(s) and key(s) ended.\n"
    assert scalar(people.engine, VALID) == 0


def test_roles_are_granted_taken_and_listed(people: People) -> None:
    people("add", "bob@demo.example")
    people("deactivate", "bob@demo.example")
    granted = people("grant", "bob@demo.example", "crm.seller", "crm.seller")
    again = people("grant", "bob@demo.example", "crm.seller")
    taken = people("take", ADA, "crm.seller")

    assert granted.exit_code == again.exit_code == taken.exit_code == 0
    assert re.search(r"(?m)^bob@demo\.example +bob +no +crm\.seller$", people("list").stdout)
    assert re.search(r"(?m)^ada@demo\.example +ada +yes +-$", people("list").stdout)


def test_a_role_that_the_company_made_is_listed_and_granted(people: People) -> None:
    made = (
        "insert into dougong.custom_role (name, description) values ('company.auditor', 'Looks.')"
    )
    run(people.engine, made)

    granted = people("grant", ADA, "company.auditor")

    assert granted.stdout == f"{ADA} has company.auditor now.\n"
    assert re.search(r"(?m)^company\.auditor +Looks\.$", people("roles").stdout)
    assert "company.auditor, crm.seller" in people("list").stdout


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
        (["grant", ADA, "dougong.person"], "Everybody who has signed in holds dougong.person"),
        (["take", ADA, "boss"], "There is no role boss to take; those held are: crm.seller."),
    ],
)
def test_what_is_not_there_gets_a_sentence(people: People, words: list[str], says: str) -> None:
    result = people(*words)

    assert result.exit_code == 1
    assert result.stderr.startswith(says)
    assert "Fix: " in result.stderr
    assert scalar(people.engine, VALID) == 1
