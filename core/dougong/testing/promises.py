"""What an add-on promises that can be read off its code: each function lists what is not kept."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graphql import parse

from dougong.access.permissions import Permission
from dougong.addons.collect import Contents, modules_of
from dougong.addons.manifest import AddOn
from dougong.builtin.language.catalogue import faults
from dougong.builtin.language.languages import LANGUAGES, SOURCE
from dougong.db.naming import host_of
from dougong.generation import Generation
from dougong.graphql.action_types import mutation_name
from dougong.workflow.workflow import Step, Workflow

REFUSALS = ("Refused", "Forbidden", "WrongState", "Invalid", "Conflict")
PAGING = {"first", "after", "last", "before", "where", "orderBy"}


def contents_for(generation: Generation, addon: str) -> list[Contents]:
    """What an add-on and those of its bridges that are active declare."""
    return [one for one in generation.contents if host_of(one.part.name) == addon]


def untranslated(contents: Sequence[Contents]) -> list[str]:
    """What people read and some language has no words for, or wrong ones."""
    return [
        f"{language}: {found.part.name}: {fault}"
        for found in contents
        for language in LANGUAGES
        if language != SOURCE
        for fault in faults(found, language)
    ]


def dead_ends(generation: Generation, contents: Sequence[Contents]) -> list[str]:
    """States that no step leads to, and states without a way out that are not declared final."""
    flows = [flow for found in contents for flow in found.workflows]
    return [line for flow in flows for line in _dead_ends(flow, generation.steps_of(flow.entity))]


def _dead_ends(flow: Workflow[Any, Any], steps: Sequence[Step[Any, Any]]) -> list[str]:
    reached = {flow.start}
    while more := {one.to for one in steps if reached & {*one.sources}} - reached:
        reached |= more
    left = {state for step in steps for state in step.sources}
    name = flow.entity.__name__
    kind: Any = type(flow.start)
    states = list(kind)
    stuck = [one for one in states if one not in left and one not in flow.final]
    return [
        *(f"{name}: no step leads to {one.name}" for one in states if one not in reached),
        *(f"{name}: {one.name} has no way out and is not final" for one in stuck),
    ]


def idle_permissions(generation: Generation, contents: Sequence[Contents]) -> list[str]:
    """Permissions that nothing asks for, or that no role has."""
    asked = _asked_for(generation)
    granted = {one for role in generation.access.roles.values() for one in role.grants}
    ours = [permission for found in contents for permission in found.permissions]
    return [
        *(f"nothing needs {one}" for one in ours if one not in asked),
        *(f"no role grants {one}" for one in ours if one not in granted),
    ]


def _asked_for(generation: Generation) -> set[Permission]:
    """Every permission that a verb, its limit, a report, a question or a guarded field asks for."""
    declared: list[Any] = [*generation.verbs, *generation.reports, *generation.queries]
    tables = [*generation.models, *(one for some in generation.extensions.values() for one in some)]
    guards = [guard for one in tables for guard in one.__guards__.values()]
    limits = [one.limit for one in generation.verbs if isinstance(one, Step) and one.limit]
    asked = {one.needs for one in declared} | {one.above for one in limits}
    return asked | {p for one in guards for p in (one.read, one.write)}


def silent_refusals(generation: Generation, contents: Sequence[Contents]) -> list[str]:
    """Codes of refusals without a sentence."""
    known = {code for found in generation.contents for code in found.sentences}
    return [
        f"{found.part.name} has no sentence for {code}"
        for found in contents
        for code in sorted({code for one in modules_of(found.part) for code in _codes(one)} - known)
    ]


def _codes(module: Any) -> Iterator[str]:
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        match node:
            case ast.Call(ast.Name(name), [ast.Constant(str(code)), *_]) if name in REFUSALS:
                yield code
            case _:
                pass


def undeclared_dependencies(folder: Path, manifest: AddOn) -> list[str]:
    """Where imports, `pyproject.toml` and manifest do not say the same about other add-ons."""
    project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project.get("optional-dependencies", {})
    required = _addons(project.get("dependencies", []))
    possible = _addons(line for lines in optional.values() for line in lines)
    package = folder / f"dougong_{manifest.name}"
    found = {one.name: _imported(one) - {manifest.name} for one in package.glob("with_*")}
    inside = {name for file in _code(package, "with_*") for name in _imported_by(file)}
    inside.discard(manifest.name)
    needed, bridged = {*manifest.needs}, {*manifest.bridges}
    said = [
        (f"the manifest needs {one}, pyproject.toml does not" for one in needed - required),
        (f"pyproject.toml depends on {one}, the manifest does not" for one in required - needed),
        (f"{one} is needed and never imported" for one in needed - inside),
        (f"{one} is imported and not needed" for one in inside - needed),
        (f"the bridge to {one} is no optional dependency" for one in bridged - possible),
        *(
            (f"{name} imports {one} and is not named after it" for one in imported - needed)
            for name, imported in ((n, i - {n.removeprefix("with_")}) for n, i in found.items())
        ),
    ]
    return sorted(line for lines in said for line in lines)


def _addons(requirements: Any) -> set[str]:
    """`dougong-sales-order>=0.1` is the add-on sales_order."""
    names = (re.match(r"dougong[-_]([\w-]+)", line) for line in requirements)
    return {found[1].replace("-", "_").lower() for found in names if found}


def _code(folder: Path, but: str = "migrations") -> Iterator[Path]:
    for file in folder.rglob("*.py"):
        inner = file.relative_to(folder).parts[:-1]
        if "migrations" not in inner and not any(Path(one).match(but) for one in inner):
            yield file


def _imported(folder: Path) -> set[str]:
    return {name for file in _code(folder) for name in _imported_by(file)}


def _imported_by(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.startswith("dougong_"):
                yield name.split(".")[0].removeprefix("dougong_")


def short_lists(generation: Generation, addon: str) -> list[str]:
    """Lists of an add-on's records that cannot be filtered, ordered or paged through."""
    schema: Any = generation.schema
    types = schema.extensions["types"]
    models = [one for one in generation.models.values() if host_of(one.addon) == addon]
    connections = {types.connection_of(one.entity).name for one in models}
    return [
        f"{kind.name}.{name} has no {', '.join(sorted(PAGING - field.args.keys()))}"
        for kind in schema.type_map.values()
        for name, field in getattr(kind, "fields", {}).items()
        if getattr(getattr(field.type, "of_type", field.type), "name", "") in connections
        and not field.args.keys() >= PAGING
    ]


def unnamed_in(readme: str, contents: Sequence[Contents]) -> list[str]:
    """Entities, steps and actions that a README does not name in code, as the API calls them."""
    code = "\n".join(re.findall(r"`[^`]+`|```.*?```", readme, flags=re.DOTALL))
    words = set(re.findall(r"\w+", code))
    entities = [one.__name__ for found in contents for one in found.entities]
    verbs = [
        verb.name if isinstance(verb, Step) else mutation_name(verb)
        for found in contents
        for verb in found.verbs
    ]
    return [f"README.md does not name {one}" for one in [*entities, *verbs] if one not in words]


def oddly_named(sdl: str) -> list[str]:
    """What an add-on adds to the API under another kind of name than all the rest."""
    odd: list[str] = []
    for definition in parse(sdl).definitions:
        said: Any = definition
        kinds = [said.name.value] if hasattr(said, "name") else []
        members = [one.name.value for one in getattr(said, "fields", None) or ()]
        arguments = [
            argument.name.value
            for one in getattr(said, "fields", None) or ()
            for argument in getattr(one, "arguments", None) or ()
        ]
        odd += [name for name in kinds if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)]
        odd += [one for one in members + arguments if not re.fullmatch(r"[a-z][A-Za-z0-9]*", one)]
    return odd
