"""The commands of the life cycle, as an operator types them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dougong.cli import main
from dougong.testing.databases import Databases


@pytest.fixture
def dougong(tmp_path: Path) -> Callable[..., Result]:
    def run_it(url: str, *words: str) -> Result:
        where = ["--database", url, "--home", str(tmp_path)]
        return CliRunner().invoke(main, [*words, *where], env={"DOUGONG_PASSWORD": None})

    return run_it


def test_add_ons_are_listed_with_what_is_installed(
    databases: Databases, dougong: Callable[..., Result]
) -> None:
    url = databases.clone("crm")

    listed = dougong(url, "addons")
    found = {row["name"]: row for row in json.loads(dougong(url, "addons", "--json").stdout)}

    assert re.search(r"(?m)^crm +0\.1\.0 +0\.1\.0 +party +- +Customer relations$", listed.stdout)
    assert found["crm"]["installed"] == "0.1.0"
    assert found["product"]["installed"] is None
    assert found["sales_order"]["bridges"] == ["crm"]


def test_remove_prints_a_plan_applies_it_and_restore_brings_it_back(
    databases: Databases, dougong: Callable[..., Result], tmp_path: Path
) -> None:
    url = databases.clone("crm")

    plan = dougong(url, "remove", "crm")
    command = plan.stdout.splitlines()[-1].removeprefix("To do it: dougong ").split()
    applied = dougong(url, *command)
    back = dougong(url, "restore", "crm")

    assert "crm.lead: 0 rows" in plan.stdout
    assert applied.stdout.startswith("Removed crm. Generation 3 holds now.\nArchive: ")
    assert back.stdout.startswith("Restored crm: 0 rows.")
    assert [path.name for path in tmp_path.iterdir()] == ["archives"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["install", "invoicing"], "There is no add-on invoicing"),
        (["remove", "party"], "crm needs party, so it cannot be removed alone."),
        (["remove", "crm", "--apply", "0"], "The plan 0 does not hold any more"),
        (["restore", "crm"], "crm is installed"),
        (["schema", "--addon", "crm__party"], "There is no bridge “crm__party”."),
        (["user", "add", "a@b.example", "--role", "boss"], "There is no role boss; there are crm."),
        (["user", "add", "nobody"], "“nobody” is not an e-mail address."),
    ],
)
def test_what_cannot_be_done_ends_as_one_sentence_and_an_exit_code(
    databases: Databases, dougong: Callable[..., Result], words: list[str], says: str
) -> None:
    result = dougong(databases.shared("crm"), *words)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith(says)
    assert "Fix: " in result.stderr
    assert "Traceback" not in result.output


def test_an_unreachable_database_ends_as_one_sentence(dougong: Callable[..., Result]) -> None:
    result = dougong("postgresql://me@127.0.0.1:1/shop", "addons")

    assert result.exit_code == 1
    assert result.stderr.startswith("The database at 127.0.0.1:1/shop cannot be reached")


def test_a_user_is_added_once_with_a_password_that_is_shown(
    databases: Databases, dougong: Callable[..., Result]
) -> None:
    url = databases.clone("crm")

    first = dougong(url, "user", "add", "Ada@Demo.example", "--role", "crm.seller")
    again = dougong(url, "user", "add", "ada@demo.example")
    roles = dougong(url, "user", "roles")

    assert re.fullmatch(r"Added ada@demo\.example\.\nPassword: \S{12,}\n", first.stdout)
    assert again.stderr.startswith("There is a user ada@demo.example already.")
    assert re.search(r"(?m)^crm\.seller +Works on own leads\.$", roles.stdout)


def test_the_schema_is_printed_whole_or_as_what_an_add_on_adds(
    databases: Databases, dougong: Callable[..., Result]
) -> None:
    url = databases.shared("crm")

    whole = dougong(url, "schema").stdout
    added = dougong(url, "schema", "--addon", "crm").stdout

    assert "type Lead implements" in whole
    assert "type Party implements" in whole
    assert "type Lead implements" in added
    assert "extend type Party {" in added
    assert "type User" not in added.replace("extend type User", "")


def test_migration_says_when_there_is_nothing_to_write(
    databases: Databases, dougong: Callable[..., Result]
) -> None:
    result = dougong(databases.empty(), "migration", "sales_order__crm", "nothing")

    assert result.stdout == (
        "Nothing to write: the revisions of sales_order__crm make what its entities need.\n"
    )
