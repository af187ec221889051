"""The faults of README.md, each with the changes that plant it in the add-on that is right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from faulty.planted import distributions, entities, hooks, verbs, workflows
from faulty.project import PACKAGE, Change

LIST = Path(__file__).parent / "README.md"
ROW = re.compile(
    r"\| (?P<number>[AW]\d+) \| (?P<name>\w+) \| (?P<sentence>.+) \|.+\| `(?P<file>.+)` \|"
)
PLANTED = (
    distributions.PLANTED | entities.PLANTED | verbs.PLANTED | workflows.PLANTED | hooks.PLANTED
)


@dataclass(frozen=True)
class Fault:
    """One mistake of an author."""

    number: str
    name: str
    sentence: str
    """What the author did."""
    file: str
    """What the refusal must name."""
    changes: tuple[Change, ...]
    addon: str
    """What the operator asks to install."""


def read_list() -> list[Fault]:
    """All the faults of the list, in its order; fails when one of them is not planted, or not listed."""
    faults = [
        Fault(
            number=row["number"],
            name=row["name"],
            sentence=row["sentence"],
            file=row["file"] if row["file"] == "pyproject.toml" else f"{PACKAGE}/{row['file']}",
            changes=PLANTED[row["name"]],
            addon="pg_library" if row["name"] == "reserved_name" else "library",
        )
        for row in map(ROW.fullmatch, LIST.read_text("utf-8").splitlines())
        if row
    ]
    assert {one.name for one in faults} == set(PLANTED)
    return faults


FAULTS = read_list()
