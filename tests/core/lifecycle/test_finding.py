"""Where a fault is: the line of the class that is meant, and of none whose name begins alike."""

from __future__ import annotations

import importlib

from tests.core.lifecycle.conftest import ThrowAway

from dougong.builtin.checking.finding import place_of

LOANS = """
    from enum import StrEnum
    from dougong import Entity
    from sqlalchemy.orm import Mapped

    class LoanState(StrEnum):
        OUT = "OUT"

    class LoanOf(Entity):
        of: Mapped[str]

    class Loan(Entity):
        of: Mapped[str]
"""


def test_a_class_is_not_taken_for_one_whose_name_begins_alike(throw_away: ThrowAway) -> None:
    name = throw_away.name("loans")
    package = throw_away.write(name, entities=LOANS)
    entities = importlib.import_module(f"{package}.entities")

    places = [place_of(one) for one in (entities.Loan, entities.LoanOf, entities.LoanState)]

    lines = (throw_away.folder / package / "entities.py").read_text().splitlines()
    assert [lines[line - 1].split("(")[0] for _file, line in places] == [
        "class Loan",
        "class LoanOf",
        "class LoanState",
    ]
    assert {file for file, _line in places} == {f"{package}/entities.py"}
