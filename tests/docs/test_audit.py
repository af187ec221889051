"""The page about the audit, done as it says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from dougong.cli import main
from dougong.testing.databases import Databases
from dougong.testing.worlds import LiveWorld

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "audit.md").read_text("utf-8")
DOCUMENTS = re.findall(r"^```graphql\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]


@pytest.fixture
def world(databases: Databases) -> Iterator[LiveWorld]:
    opened = LiveWorld(databases.clone("crm"))
    yield opened
    opened.close()


def test_the_documents_of_the_page_are_answered(world: LiveWorld) -> None:
    admin = world.person("dougong.administrator")
    world.ask('mutation { createLead(input: {name: "Ann"}) { userErrors { code } } }', admin)

    history, everything, keep, kept = DOCUMENTS

    assert world.ask(history, admin, id="Lead:1")["lead"]["history"]["totalCount"] == 1
    assert world.ask(everything, admin)["auditEntries"] == []
    said = world.ask(keep, admin, entity="crm.lead", years=10)["setAuditRetention"]
    assert said == {"entity": "crm.lead", "kind": "", "years": 10, "userErrors": []}
    rule = {"entity": "crm.lead", "kind": "", "years": 10}
    assert world.ask(kept, admin)["auditRetention"] == [rule]


def test_the_commands_of_the_page_run(world: LiveWorld) -> None:
    for command in COMMANDS:
        program, *arguments = shlex.split(command)
        assert program == "dougong"

        done = CliRunner().invoke(main, [*arguments, "--database", world.url])

        assert done.exit_code == 0, done.output
