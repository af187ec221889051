"""The reference is what the code says: words, commands, environment variables."""

import re
from pathlib import Path

from tools.write_reference import commands, words

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
BEHIND = "write it anew: .venv/bin/python -m tools.write_reference"


def test_every_public_word_and_moment_is_described() -> None:
    assert (REFERENCE / "words.md").read_text("utf-8") == words(), BEHIND


def test_every_command_and_option_is_described() -> None:
    page = (REFERENCE / "commands.md").read_text("utf-8")

    assert page == commands(), BEHIND
    assert "``: \n" not in page


def test_nothing_is_left_without_a_word_about_it() -> None:
    for page in ("words.md", "commands.md"):
        parts = re.split(r"^#+ ", (REFERENCE / page).read_text("utf-8"), flags=re.MULTILINE)
        empty = [
            one
            for one in parts[2:]
            if not re.search(r"^[A-Z]", one.split("\n", 1)[1], re.MULTILINE)
        ]
        assert empty == []
    options = re.findall(
        r"^- `.*`: *$", (REFERENCE / "commands.md").read_text("utf-8"), re.MULTILINE
    )
    assert options == []


def test_every_environment_variable_is_described() -> None:
    sources = "".join(one.read_text("utf-8") for one in (ROOT / "core").rglob("*.py"))
    page = (REFERENCE / "environment.md").read_text("utf-8")

    known = set(re.findall(r"\bDOUGONG_[A-Z]+(?:_[A-Z]+)*\b", sources))
    assert known <= set(re.findall(r"DOUGONG_[A-Z_]+", page))
