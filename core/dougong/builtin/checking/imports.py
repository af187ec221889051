"""Who imports whom: other add-ons by their front door, layers downwards, the core by its words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.project import Project
from dougong.builtin.checking.sources import Source

LAYERS = (
    ("graphql", "routes"),
    ("hooks",),
    ("computed", "reports", "actions", "jobs"),
    ("roles",),
    ("workflows",),
    ("entities", "questions"),
    ("permissions",),
)
"""From the top; a module imports from its own line and the lines below."""
HEIGHT = {name: -height for height, names in enumerate(LAYERS) for name in names}
ENGINES = ("strawberry", "starlette", "asyncpg", "psycopg", "pluggy")
BY_HAND = ("graphql", "routes")
OPEN = ("dougong.testing",)
"""What an add-on may import of the core beside its front door."""


def examine_imports(
    sources: Sequence[Source], projects: Mapping[str, Project]
) -> Iterator[Finding]:
    """Every import that breaks a rule, in the file that has it."""
    for source in sources:
        for node, module, _name in source.imports:
            for what, fix in _faults(source, module, projects[source.package]):
                yield source.fault(node, what, fix)
    yield from _circles(sources)


def _faults(source: Source, module: str, project: Project) -> Iterable[tuple[str, str]]:
    first, *inside = module.split(".")
    if first == source.package:
        return _upward(source, module)
    if first == "dougong":
        return _core(module) if inside else ()
    if first.startswith("dougong_"):
        return _stranger(source, module, project)
    if first in ENGINES and not {*source.name.split(".")} & {*BY_HAND}:
        what = f"{source.layer or 'the front door'} imports {first}."
        return [(what, "leave it to graphql.py or routes.py, or use what dougong offers.")]
    return ()


def _core(module: str) -> Iterable[tuple[str, str]]:
    if module.startswith(OPEN):
        return
    said = f"It imports {module}, which lies behind the core's front door."
    yield said, "import from dougong what it offers; its __all__ lists it."


def _stranger(source: Source, module: str, project: Project) -> Iterable[tuple[str, str]]:
    door = module.partition(".")[0]
    if module != door:
        said = f"It imports {module}, past the front door of {door}."
        yield said, f"import the name from {door}; if it is not there, ask for it."
    other = door.removeprefix("dougong_")
    bridged = source.part.endswith(f"__{other}") and project.joins(other)
    if not project.depends_on(other) and not bridged:
        yield (
            f"It imports {door}, on which its pyproject.toml does not depend.",
            f"add {door.replace('_', '-')} to the dependencies, and {other} to needs=.",
        )


def _upward(source: Source, module: str) -> Iterable[tuple[str, str]]:
    below = source.name.rpartition(".")[0]
    mine, theirs = HEIGHT.get(source.layer), HEIGHT.get(module.rpartition(".")[2])
    same_part = module.rpartition(".")[0] == below
    if mine is not None and theirs is not None and same_part and theirs > mine:
        target = module.rpartition(".")[2]
        yield (
            f"{source.layer} import from {target}, which stand above them.",
            f"move what both need into {source.layer} or below.",
        )


def _circles(sources: Sequence[Source]) -> Iterator[Finding]:
    """Modules of one layer, or of none, that import each other; once for each of them."""
    names = {source.name: source for source in sources if "." in source.name}
    wanted = {
        name: {
            one
            for _node, module, taken in source.imports
            for one in (module, f"{module}.{taken}")
            if one in names and one != name
        }
        for name, source in names.items()
    }
    for name, source in names.items():
        if name in _reached(name, wanted):
            said = f"{name} is imported by what it imports itself."
            yield source.fault(None, said, "move what both need into a module below them.")


def _reached(start: str, wanted: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(wanted[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += wanted[name]
    return found
