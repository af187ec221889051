"""The tutorial, run as a reader would."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dougong.testing.databases import Databases
from dougong.testing.environments import Environment

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
LONGEST = 150


def test_the_tutorial_is_short() -> None:
    assert len(TUTORIAL.read_text("utf-8").splitlines()) <= LONGEST


def test_every_file_command_and_answer_of_the_tutorial_is_true(
    databases: Databases, tmp_path: Path
) -> None:
    reader = Environment(
        tmp_path / "venv",
        {"DOUGONG_DATABASE_URL": databases.empty(), "DOUGONG_HOME": str(tmp_path / "home")},
    )
    folder = tmp_path / "work"
    folder.mkdir()

    answers: list[Any] = []
    for name, kind, text in _blocks(TUTORIAL.read_text("utf-8")):
        if name is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        elif kind == "sh":
            answers += [reader.run(command, folder=folder) for command in text.splitlines()]
        elif kind == "json":
            _check(json.loads(text), json.loads(answers[-1]))


def _blocks(text: str) -> list[tuple[str | None, str, str]]:
    """The code blocks: the file that the line before names, the language, the text."""
    found = re.findall(
        r"(?:`(lead_scoring/[\w./]+)`:\n\n)?```(\w+)\n(.*?)```", text, flags=re.DOTALL
    )
    return [(name or None, kind, block) for name, kind, block in found]


def _check(promised: Any, given: Any) -> None:
    """What the tutorial shows is in the answer, whatever else is."""
    if isinstance(promised, dict):
        for key, value in promised.items():
            _check(value, given[key])
    elif isinstance(promised, list):
        assert len(promised) == len(given)
        for one, other in zip(promised, given, strict=True):
            _check(one, other)
    else:
        assert promised == given
