"""The page about watching, done as it says."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.watching.conftest import Watched

from dougong.builtin.watching import measures, settings
from dougong.testing.databases import Databases

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "watching.md").read_text("utf-8")
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
NAMED = re.compile(r"\bdougong_[a-z_]+[a-z]\b")


@pytest.fixture(scope="module")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    made = Watched(databases.clone("crm"), tmp_path_factory.mktemp("watched"))
    yield made
    made.server.stop()


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_do_what_it_says(server: Watched, command: str) -> None:
    there = command.replace("127.0.0.1:8000", f"127.0.0.1:{server.server.port}")

    done = subprocess.run(there, shell=True, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_metric_is_on_the_page_and_no_other(server: Watched) -> None:
    _, _, body = server.send("GET", "/metrics", signed_in=False)
    told = set(re.findall(r"^# TYPE (dougong_\w+)", body.decode(), re.MULTILINE))
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `dougong_"))

    assert set(NAMED.findall(table)) == told


def test_every_field_of_a_line_is_on_the_page(server: Watched) -> None:
    _, good = server.ask("query Q { leads { totalCount } }")
    _, bad = server.ask("{ nonsense }")

    for field in {**good, **bad}:
        assert f"`{field}`" in PAGE or f'"{field}"' in PAGE


def test_every_variable_and_kind_is_on_the_page() -> None:
    names: Any = (settings.LEVEL, settings.FORMAT, settings.REQUESTS, settings.TOKEN)

    assert all(f"`{name}`" in PAGE for name in (*names, *measures.PLACES))
    assert "DOUGONG_PUBLIC_URL" in PAGE
