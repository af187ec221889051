"""What a removal will do, as something to read and agree to before it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLSchema
from sqlalchemy import Connection, Engine

from dougong.addons.api_difference import breaking_changes, vanishing_names
from dougong.addons.discovery import parts_of
from dougong.addons.state import PartState, RecordedPart, current_generation, recorded_parts
from dougong.db.catalogue import outsiders, row_count, tables_of
from dougong.errors import SetupError
from dougong.generation import Generation
from dougong.graphql.trusted import Trusted, faults_of, registered


@dataclass(frozen=True)
class LeavingPart:
    """An add-on or bridge that goes."""

    name: str
    version: str
    why: str
    tables: Mapping[str, int]
    """Its tables, with how many rows are archived."""


@dataclass(frozen=True)
class RemovePlan:
    """What a removal will do; it holds as long as nothing else is installed or removed."""

    asked: tuple[str, ...]
    generation: int
    parts: tuple[LeavingPart, ...]
    """What is depended on first; they are dropped in the opposite order."""
    breaking: tuple[str, ...]
    """What clients of the API will miss, as sentences."""
    vanishing: Mapping[str, str]
    """The types and fields that the API loses, and the add-on that brought each."""
    api_is_known: bool
    """False when the add-on's code is gone or broken: then nobody can say what the API loses."""

    @property
    def hash(self) -> str:
        """Names the plan; row counts, which change all the time, are not part of it."""
        content = {
            "asked": self.asked,
            "generation": self.generation,
            "parts": [[part.name, part.version, sorted(part.tables)] for part in self.parts],
            "breaking": self.breaking,
            "vanishing": sorted(self.vanishing.items()),
        }
        canonical = json.dumps(content, sort_keys=True).encode()
        return hashlib.sha256(canonical).hexdigest()[:16]


def plan_remove(engine: Engine, names: Iterable[str]) -> RemovePlan:
    """What removing these add-ons will do; nothing is changed.

    Raises SetupError when one of them is not installed, when others depend on them, or when the
    rest would not work without them.
    """
    asked = tuple(sorted(set(names)))
    with engine.connect() as connection:
        generation = current_generation(connection)
        recorded = recorded_parts(connection, PartState.INSTALLED)
        check_installed(asked, recorded)
        _check_dependents(asked, recorded)
        leaving = [part for part in recorded.values() if _why(part, asked)]
        check_outsiders(connection, [part.name for part in leaving])
        documents = registered(connection)
        parts = tuple(
            LeavingPart(
                part.name,
                part.version,
                _why(part, asked),
                {one.name: row_count(connection, one) for one in tables_of(connection, part.name)},
            )
            for part in leaving
        )
    stages = _stages(asked, recorded)
    schemas = _schemas(stages)
    breaking, vanishing = _api_difference(list(stages), schemas)
    if schemas:
        breaking += _unanswered(documents, schemas[0], schemas[-1])
    return RemovePlan(asked, generation, parts, breaking, vanishing, bool(schemas))


def _unanswered(
    documents: Sequence[Trusted], before: GraphQLSchema, after: GraphQLSchema
) -> tuple[str, ...]:
    """The trusted documents that will no longer fit, as sentences."""
    return tuple(
        f"The trusted document {one.id} can no longer be run: {' '.join(faults)}"
        for one in documents
        if (faults := faults_of(one.document, after)) and not faults_of(one.document, before)
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


def check_outsiders(connection: Connection, schemas: Sequence[str]) -> None:
    """Raise SetupError when tables or views that are not ours depend on these schemas."""
    found = outsiders(connection, schemas)
    if found:
        raise SetupError(
            f"The database has {', '.join(found)}, which no add-on made and which depends on "
            f"tables of {', '.join(schemas)}.",
            fix="drop or change it first.",
        )


def _check_dependents(asked: Sequence[str], recorded: Mapping[str, RecordedPart]) -> None:
    leaving = set(asked)
    dependents: list[str] = []
    for part in recorded.values():  # what is depended on comes first
        if not part.is_bridge and part.name not in leaving and leaving & set(part.needs):
            leaving.add(part.name)
            dependents.append(part.name)
    if dependents:
        together = " ".join((*asked, *dependents))
        raise SetupError(
            f"{', '.join(dependents)} {'needs' if len(dependents) == 1 else 'need'} "
            f"{', '.join(asked)}, so it cannot be removed alone.",
            fix=f"remove them together: dougong remove {together}.",
        )


def _why(part: RecordedPart, asked: Sequence[str]) -> str:
    """Why a part goes; empty when it stays."""
    if part.name in asked:
        return "asked for"
    sides = [need for need in part.needs if need in asked] if part.is_bridge else []
    return f"it joins {' and '.join(part.needs)}" if sides else ""


def _stages(asked: Sequence[str], recorded: Mapping[str, RecordedPart]) -> dict[str, list[str]]:
    """What is left after each add-on in turn, dependents first; the first stage is all of them."""
    left = [name for name, part in recorded.items() if not part.is_bridge]
    stages = {"": list(left)}
    for name in reversed([name for name in left if name in asked]):
        left.remove(name)
        stages[name] = list(left)
    return stages


def _schemas(stages: Mapping[str, list[str]]) -> list[GraphQLSchema]:
    """The API at each stage; none when what goes cannot be built. What stays must be.

    All of it is code that is installed, so nothing new is imported by a server that asks.
    """
    try:
        return [Generation(0, parts_of(addons)).schema for addons in stages.values()]
    except Exception:  # noqa: BLE001 - a broken add-on is one that people want to remove
        _ = Generation(0, parts_of(list(stages.values())[-1])).schema
        return []


def _api_difference(
    addons: Sequence[str], schemas: Sequence[GraphQLSchema]
) -> tuple[tuple[str, ...], dict[str, str]]:
    if not schemas:
        return (), {}
    vanishing = {}
    for addon, before, after in zip(addons[1:], schemas, schemas[1:], strict=False):
        vanishing.update(dict.fromkeys(vanishing_names(before, after), addon))
    return breaking_changes(schemas[0], schemas[-1]), dict(sorted(vanishing.items()))
