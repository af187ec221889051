"""What a part of an installation brings: found by looking through its modules."""

from __future__ import annotations

import importlib
import pkgutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from types import ModuleType
from typing import Any

from dougong.access.permissions import Permission, Role
from dougong.addons.manifest import Part
from dougong.builtin.jobs.job import Job
from dougong.builtin.numbers.series import NumberSeries
from dougong.db.naming import CORE, host_of
from dougong.entity.base import Entity, Extension
from dougong.errors import SetupError
from dougong.verbs.computed import Computed
from dougong.verbs.query import Query
from dougong.verbs.report import Report
from dougong.verbs.verb import Verb
from dougong.workflow.reactions import Reaction
from dougong.workflow.restoring import OnRestore
from dougong.workflow.workflow import Workflow

NOT_SCANNED = ("migrations", "tests", "data", "locale")
CORE_MODULES = (
    "dougong.access.users",
    "dougong.builtin.organisation.entities",
    "dougong.access.roles",
    "dougong.builtin.organisation.roles",
    "dougong.builtin.organisation.graphql",
    "dougong.builtin.life_cycle.graphql",
    "dougong.builtin.life_cycle.carrying_out",
    "dougong.builtin.workflows.entities",
    "dougong.builtin.workflows.administering",
    "dougong.builtin.workflows.graphql",
    "dougong.builtin.sign_in.tables",
    "dougong.builtin.sign_in.sessions",
    "dougong.builtin.sign_in.keys",
    "dougong.builtin.sign_in.own_password",
    "dougong.builtin.sign_in.second_factor",
    "dougong.builtin.sign_in.administering",
    "dougong.builtin.sign_in.identities",
    "dougong.builtin.sign_in.lists",
    "dougong.workflow.event_log",
    "dougong.builtin.audit.entries",
    "dougong.builtin.audit.graphql",
    "dougong.builtin.jobs.tables",
    "dougong.builtin.jobs.graphql",
    "dougong.builtin.numbers.tables",
    "dougong.builtin.numbers.graphql",
    "dougong.builtin.language.graphql",
    "dougong.builtin.translations.verbs",
    "dougong.builtin.files.entities",
    "dougong.builtin.files.verbs",
    "dougong.builtin.files.sweeping",
    "dougong.builtin.saved_reports.entities",
    "dougong.builtin.saved_reports.graphql",
    "dougong.builtin.import_export.tables",
    "dougong.builtin.import_export.graphql",
    "dougong.addons.kept",
    "dougong.builtin.trusted_documents",
    "dougong.live.change_log",
    "dougong.graphql.mutations.idempotency",
)


@dataclass
class Contents:
    """Everything that one part declares."""

    part: Part
    entities: list[type[Entity]] = field(default_factory=list)
    extensions: list[type[Extension[Any]]] = field(default_factory=list)
    workflows: list[Workflow[Any, Any]] = field(default_factory=list)
    verbs: list[Verb[Any, Any, Any]] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    restored: list[OnRestore] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    computed: list[Computed] = field(default_factory=list)
    queries: list[Query[Any, Any]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    series: list[NumberSeries] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)
    permissions: list[Permission] = field(default_factory=list)
    sentences: dict[str, str] = field(default_factory=dict)

    @property
    def all_jobs(self) -> list[Job]:
        """Those that are asked for by name, and what is done after a commit."""
        later = [one.job for one in self.reactions if one.moment == "after_commit"]
        return [*self.jobs, *later]


def contents_of(part: Part) -> Contents:
    """Import the modules of a part and list what they declare, in the order of their lines."""
    contents = Contents(part)
    seen: set[int] = set()
    for module in modules_of(part):
        for found in list(vars(module).values()):
            if id(found) not in seen:
                seen.add(id(found))
                _sort_in(contents, found)
    contents.verbs.sort(key=lambda verb: (verb.__module__, verb.rule.__code__.co_firstlineno))
    contents.reactions.sort(key=lambda reaction: (reaction.rule.__module__, reaction.line))
    contents.restored.sort(key=lambda one: (one.__module__, one.rule.__code__.co_firstlineno))
    contents.sentences = sentences_of(part)
    return contents


def modules_of(part: Part) -> Iterator[ModuleType]:
    """The modules of a part, imported; a bridge's are not among its host's."""
    if part.name == CORE:
        for name in CORE_MODULES:
            yield importlib.import_module(name)
        return
    root = importlib.import_module(part.package)
    yield root
    yield from _below(root)


def _below(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(getattr(package, "__path__", ())):
        if found.name not in NOT_SCANNED and not found.name.startswith("with_"):
            module = importlib.import_module(f"{package.__name__}.{found.name}")
            yield module
            yield from _below(module)


def _sort_in(contents: Contents, found: Any) -> None:
    name = contents.part.name
    match found:
        case type() if issubclass(found, Entity):
            if vars(found).get("__addon__") == name:
                if issubclass(found, Extension):
                    contents.extensions.append(found)
                else:
                    contents.entities.append(found)
        case Workflow() if found.addon == name:
            contents.workflows.append(found)
        case Query() if found.addon == name:
            contents.queries.append(found)
        case Verb() if found.addon == name and found.kind != "crud":
            contents.verbs.append(found)
        case Reaction() if found.addon == name:
            contents.reactions.append(found)
        case Job() if found.addon == name:
            _ = found.fields  # what is wrong with them is said now
            contents.jobs.append(found)
        case NumberSeries() if found.addon == name:
            contents.series.append(found)
        case OnRestore() if found.addon == name:
            contents.restored.append(found)
        case Report() if found.addon == name:
            contents.reports.append(found)
        case Computed() if found.addon == name:
            contents.computed.append(found)
        case Role() | Permission() if "." not in found.name:
            raise SetupError(
                f"{type(found).__name__} “{found.name}” has no add-on in its name.",
                fix=f"call it {name}.{found.name}.",
                where=(found,),
            )
        case Role() if found.name.startswith(f"{host_of(name)}."):
            contents.roles.append(found)
        case Permission() if found.name.startswith(f"{host_of(name)}."):
            contents.permissions.append(found)
        case _:
            pass


def sentences_of(part: Part) -> dict[str, str]:
    """The English sentences of a part's refusals, by code."""
    root = importlib.import_module(part.package)
    if not hasattr(root, "__path__"):
        return {}
    file = resources.files(part.package) / "locale" / "en.toml"
    if not file.is_file():
        return {}
    return {key: str(text) for key, text in tomllib.loads(file.read_text("utf-8")).items()}
