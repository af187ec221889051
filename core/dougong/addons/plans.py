"""What a change of the installed add-ons will do, to read and agree to before it is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from dougong.addons.orphans import Orphaned
from dougong.addons.state import Rows
from dougong.errors import SetupError


class Change(StrEnum):
    """What is done with add-ons."""

    INSTALL = "INSTALL"
    UPGRADE = "UPGRADE"
    REMOVE = "REMOVE"
    RESTORE = "RESTORE"


@dataclass(frozen=True)
class PlannedPart:
    """An add-on or bridge that comes, goes, or is brought up to its code."""

    name: str
    version: str
    title: str
    why: str
    tables: Mapping[str, int] = field(default_factory=dict)
    """Its tables that are there, or come back, with how many rows are in each."""
    rights: tuple[str, ...] = ()
    """What its code may do with what belongs to others."""
    extends: Mapping[str, int] = field(default_factory=dict)
    """Others' entities that get fields of it, with how many records there are of each."""
    revisions: tuple[str, ...] = ()
    """The revisions of its tables that will be run."""
    source: str | None = None
    """Where its rows come from."""
    files: tuple[int, int] = (0, 0)
    """How many files hang on its records, and how many bytes those have."""


@dataclass(frozen=True)
class Waiting:
    """Records that are in a state from which steps of what goes lead on."""

    entity: str
    state: str
    records: int
    steps: tuple[str, ...]
    others: tuple[str, ...]
    """Steps of what stays that lead on from there too."""

    def __str__(self) -> str:
        left = f"they have {', '.join(self.others)} left" if self.others else "nothing leads on"
        return f"{self.records} {self.entity} are {self.state} and lose {', '.join(self.steps)}; {left}."


@dataclass(frozen=True)
class Plan:
    """A change as it will be; it holds as long as nothing else is installed or removed."""

    change: Change
    asked: tuple[str, ...]
    options: tuple[str, ...]
    """How it shall be done: KEEP, REJECT_FILE."""
    generation: int
    """The one that holds now."""
    parts: tuple[PlannedPart, ...]
    """What is depended on first."""
    api_is_known: bool = True
    """False when code of now is gone or broken: then nobody can say what the API loses."""
    added: tuple[str, ...] = ()
    """Types and fields that the API gets: `StockMove`, `Lead.score`."""
    vanishing: Mapping[str, str] = field(default_factory=dict)
    """Those that it loses, and the add-on that brought each."""
    breaking: tuple[str, ...] = ()
    """What clients will miss, as sentences."""
    dangerous: tuple[str, ...] = ()
    """What may surprise clients, as sentences."""
    documents: Mapping[str, str] = field(default_factory=dict)
    """The registered documents that can no longer be run, and why."""
    waiting: tuple[Waiting, ...] = ()
    orphans: tuple[Orphaned, ...] = ()
    """Rows that come back and refer to records that are gone."""
    jobs: Mapping[str, int] = field(default_factory=dict)
    """Jobs of what goes that are not done yet, by their key: how many."""
    running: Mapping[str, int] = field(default_factory=dict)
    """Records of what goes that are under way, by their entity: how many."""

    @property
    def names(self) -> tuple[str, ...]:
        """Of all parts that it is about."""
        return tuple(part.name for part in self.parts)

    @property
    def hash(self) -> str:
        """Names the plan; how many rows there are now, which changes all the time, is no part."""
        content = asdict(self)
        for part in content["parts"]:
            part |= {"tables": sorted(part["tables"]), "extends": sorted(part["extends"])}
            del part["files"]
        for one in content["waiting"]:
            del one["records"]
        del content["jobs"], content["running"]
        if (
            self.change is Change.UPGRADE
        ):  # who has the code of now tells of the API, and others not
            content = {name: content[name] for name in ("change", "asked", "generation", "parts")}
        canonical = json.dumps(content, sort_keys=True).encode()
        return hashlib.sha256(canonical).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """The plan for programs."""
        return {"hash": self.hash, **asdict(self)}

    def check(self, plan_hash: str | None, *, accept_breaking: bool, force: bool = False) -> None:
        """Raise SetupError unless this is the plan with that hash, and may be carried out.

        Without a hash any plan is. Documents that break must be accepted; what is under way goes
        by force only.
        """
        command = f"dougong {self.change.lower()} {' '.join(self.asked)}"
        if plan_hash not in (None, self.hash):
            raise SetupError(
                f"The plan {plan_hash} does not hold any more: what is installed has changed "
                "since, or the hash is another one's.",
                fix=f"read the new plan: {command} --plan.",
            )
        if self.running and not force:
            there = ", ".join(f"{count} {entity}" for entity, count in self.running.items())
            raise SetupError(
                f"There is something under way: {there}.",
                fix="bring it to an end first; or say --force: it stands still until the rows are "
                "restored, and goes on where it was.",
            )
        if self.documents and not accept_breaking:
            raise SetupError(
                f"Registered documents can no longer be run then: {', '.join(self.documents)}.",
                fix=f"change the programs that send them first (`{command} --plan` says what is "
                "wrong with each), or accept it: --accept-breaking.",
            )


def in_words(plan: Plan) -> Iterator[str]:
    """The plan as lines to read."""
    doing = {"INSTALL": "Installing", "UPGRADE": "Upgrading", "REMOVE": "Removing"}
    verb = doing.get(plan.change, "Restoring")
    yield f"{verb} {', '.join(plan.asked)} (generation {plan.generation} holds now):"
    for part in plan.parts:
        yield from _part_in_words(part)
    if not plan.api_is_known:
        yield "What the API loses is not known: the code is gone, or cannot be imported."
    yield from _names_in_words("gets", plan.added)
    yield from _names_in_words("loses", plan.vanishing)
    yield from (change for change in plan.breaking if not change.endswith("was removed."))
    yield from (f"Clients may not expect: {change}" for change in plan.dangerous)
    for key, faults in plan.documents.items():
        yield f"The registered document {key} can no longer be run: {faults}"
    yield from map(str, plan.waiting)
    then = "are called off" if Rows.DELETE.value in plan.options else "wait until it returns"
    for key, number in plan.jobs.items():
        yield f"{number} jobs {key} {then}."
    for entity, number in plan.running.items():
        yield f"{number} {entity} are under way: this needs --force, and they stand still then."
    yield from _orphans_in_words(plan)
    if plan.change is Change.REMOVE:
        yield ENDS[plan.options[0]]


ENDS = {
    "ARCHIVE": "All rows are archived first and can be restored.",
    "KEEP": "All rows stay in the database, set aside, and can be restored.",
    "DELETE": "All rows are lost: they are NOT archived.",
}


def _part_in_words(part: PlannedPart) -> Iterator[str]:
    why = "" if part.why == "asked for" else f", because {part.why}"
    yield f"  {part.name} {part.version}{why}"
    if part.source:
        yield f"    from {part.source}"
    for table, count in part.tables.items():
        yield f"    {part.name}.{table}: {count} rows"
    if part.files[0]:
        yield "    {} files of its records: {:,} bytes".format(*part.files)
    for entity, count in part.extends.items():
        yield f"    adds fields to {entity} ({count} records)"
    for right in part.rights:
        yield f"    its code may {right}"
    for revision in part.revisions:
        yield f"    revision {revision}"


def _names_in_words(verb: str, names: Iterable[str]) -> Iterator[str]:
    names = list(names)
    types = [name for name in names if "." not in name]
    if types:
        yield f"The API {verb} {len(types)} types: {', '.join(types)}"
    fields: dict[str, list[str]] = {}
    for name in names:
        owner, _, member = name.partition(".")
        if member and owner not in types:
            fields.setdefault(owner, []).append(member)
    for owner, members in fields.items():
        yield f"{owner} {verb} {', '.join(members)}"


def _orphans_in_words(plan: Plan) -> Iterator[str]:
    becomes = {
        "left out": "are left out",
        "emptied": "come back with an empty reference",
        "refused": "would be left behind, so nothing is restored (see --orphans)",
    }
    for one in plan.orphans:
        yield f"{one}: what they refer to is gone; they {becomes[one.what]}."
