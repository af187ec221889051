"""The how-to about signing in, run as its readers would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from dougong.builtin.sign_in import settings
from dougong.db.engine import open_database
from dougong.testing import LiveWorld
from dougong.testing.databases import Databases

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "signing-in.md").read_text("utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_command_for_operators_works(databases: Databases, tmp_path: Path) -> None:
    url = databases.clone()
    variables = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DOUGONG_DATABASE_URL": url,
        "DOUGONG_HOME": str(tmp_path),
    }
    commands = [line for block in blocks("sh")[:2] for line in block.splitlines()]
    said = [
        subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            env=variables, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
        ).stdout
        for command in commands
    ]  # fmt: skip

    assert len(commands) == 8
    assert "Password: " in said[0]
    assert said[1] == "Added bob@company.example.\n"
    assert re.search(r"(?m)^ada@company\.example +Ada +yes +dougong\.administrator$", said[3])
    engine = open_database(url, pool_size=None)
    with engine.connect() as connection:
        active = 'select email from dougong."user" where not active'
        assert connection.execute(text(active)).scalars().all() == ["bob@company.example"]
    engine.dispose()


def test_every_variable_is_explained_and_none_that_is_not_there() -> None:
    names = {value for name, value in vars(settings).items() if name.isupper()}
    read = {name for name in names if isinstance(name, str)}
    providers = {"ISSUER", "CLIENT_ID", "CLIENT_SECRET", "LABEL", "LINK_BY_EMAIL", "SECOND_FACTOR"}
    read |= {f"DOUGONG_OIDC_CORP_{name}" for name in providers}

    assert set(re.findall(r"\bDOUGONG_\w+", PAGE)) == read


def test_the_providers_of_the_example_can_be_set() -> None:
    said = dict(re.findall(r'export (DOUGONG_\w+)="?([^"#\n]*?)"? *(?:#.*)?\n', PAGE))

    [corp] = settings.settings(said).providers

    assert (corp.issuer, corp.label) == ("https://login.company.example", "Company account")
    assert (corp.link_by_email, corp.second_factor) == (True, True)


@pytest.fixture
def world(databases: Databases) -> LiveWorld:
    return LiveWorld(databases.clone("crm"))


def test_the_example_of_a_key_works(world: LiveWorld) -> None:
    [document] = blocks("graphql")
    person = world.person("crm.seller")

    key = world.ask(document, person)["createApiKey"]
    listed = world.ask("{ myApiKeys { name readOnly roles } mySessions { current } }", person)
    world.close()

    assert key["userErrors"] == []
    assert listed == {
        "myApiKeys": [{"name": "nightly import", "readOnly": True, "roles": "crm.seller"}],
        "mySessions": [{"current": True}],
    }


def test_what_the_page_names_is_in_the_api(databases: Databases) -> None:
    world = LiveWorld(databases.clone())
    schema = world.runtime.generation.schema
    world.close()
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    there = {*schema.query_type.fields, *schema.mutation_type.fields}

    named = set(re.findall(r"`([a-z]+[A-Z]\w+)(?:\(|`)", PAGE)) - {"needsSecondFactor"}

    assert named - there == set()
    assert len(named) > 12
