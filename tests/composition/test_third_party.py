"""A third party's add-on, brought as a wheel into an environment that is running."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dougong.testing.databases import Databases
from dougong.testing.environments import Environment
from dougong.testing.servers import Loop, Server

EXAMPLE = Path(__file__).parents[2] / "examples" / "lead_scoring"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The add-on's wheel, built from a copy of its folder."""
    folder = tmp_path_factory.mktemp("third-party")
    source = shutil.copytree(EXAMPLE, folder / "source")
    builder = Environment(folder / "builder", {})
    builder.run(f"pip wheel --quiet --wheel-dir {folder} {source}")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def environment(databases: Databases, tmp_path: Path) -> Environment:
    """An environment with the core and our add-ons, and a database with the CRM."""
    return Environment(
        tmp_path / "venv",
        {
            "DOUGONG_DATABASE_URL": databases.clone("crm"),
            "DOUGONG_HOME": str(tmp_path / "home"),
        },
    )


@pytest.fixture
def server(environment: Environment) -> Iterator[Server]:
    served = Server((str(environment.bin / "dougong"),), environment.variables)
    yield served
    served.stop()


LEAD = """mutation { createLead(input: {name: "Ada", email: "ada@acme.test"}) { lead { id } } }"""
QUALIFY = """mutation ($id: ID!, $version: Int!) {
  qualifyLead(id: $id, version: $version) { lead { stage } userErrors { code message } } }"""


@pytest.mark.xdist_group("third-party")
def test_a_wheel_that_arrives_while_it_serves_extends_the_api_and_the_rules(
    wheel: Path, environment: Environment, server: Server
) -> None:
    lead = server.ask(LEAD)[1]["data"]["createLead"]["lead"]["id"]
    assert server.ask("{ leads { nodes { score } } }")[0] == 400

    with Loop(server, "{ leads { totalCount nodes { name stage } } }") as loop:
        _install_use_remove_restore(wheel, environment, server, lead)

    assert loop.faults == []
    assert loop.answers > 20


def _install_use_remove_restore(
    wheel: Path, environment: Environment, server: Server, lead: str
) -> None:
    environment.run(f"pip install --quiet {wheel}")
    environment.run("dougong install lead_scoring")

    leads = server.until("{ leads { nodes { name score } } }")
    assert leads["data"]["leads"]["nodes"] == [{"name": "Ada", "score": 0}]
    refused = server.ask(QUALIFY, id=lead, version=1)[1]["data"]["qualifyLead"]
    assert refused["lead"] is None
    assert refused["userErrors"] == [
        {
            "code": "not_enough_points",
            "message": "A lead needs 50 points before it is worth a call. Award points first.",
        }
    ]

    awarded = server.ask(
        """mutation ($id: ID!) { awardPoints(lead: $id, points: 50) {
             lead { score version } userErrors { message } } }""",
        id=lead,
    )[1]["data"]["awardPoints"]
    assert awarded == {"lead": {"score": 50, "version": 2}, "userErrors": []}
    done = server.ask(QUALIFY, id=lead, version=2)[1]["data"]["qualifyLead"]
    assert done == {"lead": {"stage": "QUALIFIED"}, "userErrors": []}

    _remove_and_restore(environment, server, lead)


def _remove_and_restore(environment: Environment, server: Server, lead: str) -> None:
    plan = environment.run("dougong remove lead_scoring")
    assert "Lead loses score" in plan
    environment.run(f"dougong remove lead_scoring --apply {plan.split('--apply ')[1].split()[0]}")
    status, gone = server.ask("{ leads { nodes { score } } }")
    assert status == 400
    assert "lead_scoring" in gone["errors"][0]["message"]

    environment.run("dougong restore lead_scoring")
    back: Any = server.until("query ($id: ID!) { lead(id: $id) { score stage } }", id=lead)
    assert back["data"]["lead"] == {"score": 50, "stage": "QUALIFIED"}


@pytest.mark.xdist_group("third-party")
def test_the_add_on_passes_its_own_tests_and_the_contract(wheel: Path, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv", {})
    environment.run(f"pip install --quiet {wheel}")
    folder = shutil.copytree(EXAMPLE, tmp_path / "lead_scoring")

    said = environment.run(
        f"{environment.bin / 'python'} -m pytest -q -p no:cacheprovider --import-mode=importlib tests",
        folder=folder,
    )

    assert " passed" in said
