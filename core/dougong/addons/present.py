"""What a change of the installed add-ons begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from dougong.addons.comparison import Comparison, Stage
from dougong.addons.install import check_not_removing
from dougong.addons.migrations import current
from dougong.addons.orphans import Orphaned
from dougong.addons.plans import Change, Plan, PlannedPart, Waiting
from dougong.addons.state import PartState, RecordedPart, current_generation, recorded_parts
from dougong.builtin.trusted_documents import registered
from dougong.errors import SetupError


@dataclass(frozen=True)
class Present:
    """What is installed now."""

    generation: int
    parts: Mapping[str, RecordedPart]
    revisions: Mapping[str, str | None]
    documents: Mapping[str, str]

    @classmethod
    def of(cls, engine: Engine) -> Present:
        """Read it; raises SetupError while a removal is not finished."""
        with engine.connect() as connection:
            check_not_removing(recorded_parts(connection))
            parts = recorded_parts(connection, PartState.INSTALLED)
            return cls(
                current_generation(connection),
                parts,
                {name: current(connection, name) for name in parts},
                {one.id: one.document for one in registered(connection)},
            )

    @property
    def stage(self) -> Stage:
        """It as what a change begins with."""
        return Stage(tuple(self.addons), tuple(self.parts))

    @property
    def addons(self) -> list[str]:
        """The add-ons, bridges left out; what is depended on first."""
        return [name for name, part in self.parts.items() if not part.is_bridge]


def make_plan(
    change: Change,
    asked: tuple[str, ...],
    options: tuple[str, ...],
    present: Present,
    parts: Sequence[PlannedPart],
    found: Comparison,
    *,
    waiting: tuple[Waiting, ...] = (),
    orphans: tuple[Orphaned, ...] = (),
) -> Plan:
    """A plan, with what was found out about the API."""
    return Plan(
        change,
        asked,
        options,
        present.generation,
        tuple(parts),
        found.known,
        found.added,
        found.vanishing,
        found.breaking,
        found.dangerous,
        found.documents,
        waiting,
        orphans,
    )


def check_installed(asked: Sequence[str], recorded: Mapping[str, RecordedPart]) -> None:
    """Raise SetupError for a name that is not an installed add-on's."""
    for name in asked:
        part = recorded.get(name)
        if part is not None and part.is_bridge:
            raise SetupError(
                f"{name} is a bridge: it goes with either of {' and '.join(part.needs)}.",
                fix=f"remove one of them, for example: dougong remove {part.needs[0]}.",
            )
        if part is None:
            there = ", ".join(n for n, one in recorded.items() if not one.is_bridge)
            raise SetupError(
                f"Add-on {name} is not installed; installed are: {there or 'none'}.",
                fix="check the spelling: `dougong addons` lists them.",
            )
