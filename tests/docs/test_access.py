"""The pages about access, run as their readers would."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session
from tests.core.lifecycle.conftest import ThrowAway

from dougong.access.principal import Principal
from dougong.access.tokens import issue_token
from dougong.addons.install import install
from dougong.addons.installed import prepare
from dougong.cli import main
from dougong.db.engine import open_database
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld, Person, utc_now

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
SEEN = "{ repairs(orderBy: [{name: ASC}]) { nodes { name cost } } }"


def blocks(page: str) -> list[tuple[str, str, str]]:
    """The code blocks of a page: the file that is named above, the language, the text."""
    found = (PAGES / page).read_text("utf-8")
    return re.findall(r"(?:`(\w+)\.py`:\n\n)?```(\w+)\n(.*?)```", found, flags=re.DOTALL)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ThrowAway]:
    folder = tmp_path / "site"
    folder.mkdir()
    sys.path.append(str(folder))
    made = ThrowAway(folder)
    yield made
    made.forget()
    sys.path.remove(str(folder))


@pytest.fixture
def workshop(databases: Databases, site: ThrowAway) -> Iterator[LiveWorld]:
    """The add-on of the page, installed, with repairs of Ann, Bob and nobody."""
    site.write("workshop", **{name: code for name, _, code in blocks("access-rules.md") if name})
    engine = open_database(url := databases.empty())
    prepare(engine)
    site.write_revision(engine, "workshop")
    install(engine, ["workshop"])
    live = LiveWorld(url)
    yield live
    live.close()
    engine.dispose()


def test_the_roles_of_the_page_show_what_the_page_says(workshop: LiveWorld) -> None:
    boss, ann, bob = (workshop.person(*one) for one in ((ADMIN,), ("workshop.mechanic",), ()))
    leader, desk, elsewhere, trainee, auditor = (
        workshop.person(*(f"workshop.{role}" for role in roles.split()))
        for roles in ("leader", "desk", "desk", "auditor trainee", "auditor")
    )

    def made(kind: str, /, **given: Any) -> str:
        document = f"mutation ($input: {kind}Create!) {{ create{kind}(input: $input) {{ record: {kind[0].lower()}{kind[1:]} {{ id }} userErrors {{ code }} }} }}"
        answer = workshop.ask(document, boss, input=given)[f"create{kind}"]
        assert answer["userErrors"] == []
        return str(answer["record"]["id"])

    def user(who: Person) -> str:
        return f"User:{who.principal.user_id}"

    house = made("Unit", code="house", name="House", kind="COMPANY")
    bench = made("Unit", code="bench", name="Bench", parent=house)
    for who, unit in ((bob, bench), (leader, house), (desk, house), (elsewhere, bench)):
        made("Membership", user=user(who), unit=unit)
    made("Repair", name="of Ann", owner=user(ann), department=house, cost="1")
    made("Repair", name="of Bob", owner=user(bob), department=bench, cost="2", confidential=True)
    made("Repair", name="unclaimed", cost="3")

    def seen(who: Person) -> dict[str, str | None]:
        return {one["name"]: one["cost"] for one in workshop.ask(SEEN, who)["repairs"]["nodes"]}

    assert seen(ann) == {"of Ann": "1.00"}
    assert seen(bob) == {}
    assert seen(leader) == {"of Bob": None}
    assert seen(desk) == {"of Ann": None, "of Bob": None, "unclaimed": None}
    assert seen(elsewhere) == {"of Bob": None, "unclaimed": None}
    assert seen(trainee) == {"of Ann": None, "unclaimed": None}
    assert seen(auditor) == {"of Ann": None, "of Bob": None, "unclaimed": None}


ADMIN = "dougong.administrator"


def test_the_commands_and_documents_for_administrators_work_in_their_order(
    databases: Databases, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = databases.clone("crm")
    where = {"DOUGONG_DATABASE_URL": url, "DOUGONG_HOME": str(tmp_path)}
    live, said = LiveWorld(url), ""
    request.addfinalizer(live.close)
    for _, kind, block in blocks("people-and-roles.md"):
        if kind == "sh":
            for command in block.splitlines():
                ran = CliRunner().invoke(main, shlex.split(command)[1:], env=where)
                assert ran.exit_code == 0, (command, ran.output)
                said = ran.stdout
        else:
            with Session(live.engine) as session, session.begin():
                token = issue_token(session, 1, utc_now())
            answer = live.ask(block, Person(Principal(1, "Admin", frozenset({ADMIN})), token))
            assert [one["userErrors"] for one in answer.values()] == [[]] * len(answer), answer
    with live.engine.connect() as connection:
        changes = connection.execute(text("select role, item, removed from dougong.role_change"))
        assert len(changes.all()) == 5

    assert json.loads(said) == []


def test_every_file_that_the_page_of_what_is_guarded_names_is_there() -> None:
    page = (PAGES / "what-is-guarded.md").read_text("utf-8")
    root = PAGES.parents[1]
    named = set(re.findall(r"`((?:tests|core|benchmarks|graphql)/[\w/.]+|test_\w+\.py)`", page))
    there = {path.name for path in (root / "tests").rglob("test_*.py")}

    assert len(named) > 12
    assert [
        one
        for one in named
        if one not in there
        and not any((root / folder / one).exists() for folder in (".", "core/dougong"))
    ] == []
