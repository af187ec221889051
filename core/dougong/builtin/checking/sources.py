"""The modules of add-ons as their authors wrote them, and what stands in them."""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from dougong.addons.collect import NOT_SCANNED
from dougong.builtin.checking.finding import Finding
from dougong.db.naming import schema_of
from dougong.entity.docs import parse


@dataclass(frozen=True)
class Declared:
    """A value that a module gives a name, with the place where it does."""

    source: Source
    name: str
    node: Any
    value: Any

    def fault(self, what: str, fix: str) -> Finding:
        """A finding about it."""
        return self.source.fault(self.node, what, fix)


@dataclass(frozen=True)
class Source:
    """One module of an add-on."""

    name: str
    """As it is imported: `dougong_crm.with_party.hooks`."""
    file: str
    tree: ast.Module = field(repr=False)

    @property
    def package(self) -> str:
        """The front door of its add-on."""
        return self.name.split(".")[0]

    @property
    def part(self) -> str:
        """The add-on, or the bridge, that it belongs to."""
        return schema_of(self.name)

    @property
    def layer(self) -> str:
        """What it is called in its part; the front door's is empty."""
        return self.name.split(".")[-1] if "." in self.name else ""

    def fault(self, node: Any, what: str, fix: str) -> Finding:
        """A finding in a line of it."""
        return Finding(self.file, getattr(node, "lineno", 0), what, fix)

    @cached_property
    def imports(self) -> list[tuple[Any, str, str | None]]:
        """Everything that it imports: the statement, the module, and the name out of it."""
        found: list[tuple[Any, str, str | None]] = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                found += [(node, one.name, None) for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                found += [(node, self._from(node), one.name) for one in node.names]
        return found

    def _from(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        above = self.name.split(".")
        is_package = self.file.endswith("__init__.py")
        above = above[: len(above) - node.level + is_package]
        return ".".join([*above, *([node.module] if node.module else [])])

    @cached_property
    def strangers(self) -> frozenset[str]:
        """The names in it that stand for something of another package."""
        return frozenset(
            asked.asname or asked.name.split(".")[0]
            for node, module, _name in self.imports
            if module.split(".")[0] != self.package
            for asked in node.names
        )

    @cached_property
    def declared(self) -> list[Declared]:
        """What it declares, once it has been imported."""
        module = sys.modules.get(self.name)
        found = []
        for node in self.tree.body:
            for name in _named_by(node):
                value = getattr(module, name, None)
                if value is not None:
                    found.append(Declared(self, name, node, value))
        return found


def _named_by(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [one.id for one in targets if isinstance(one, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []


def sources_of(points: Iterable[EntryPoint]) -> Iterator[Source | Finding]:
    """Every module of these add-ons, or why it cannot be read; imports nothing."""
    for package in sorted({point.module.split(".")[0] for point in points}):
        for path, name in _files(package):
            try:
                tree = parse(path.read_bytes(), str(path))
            except SyntaxError as wrong:
                said = f"This is no Python: {wrong.msg}."
                yield Finding(_file(name, path), wrong.lineno or 0, said, "correct that line.")
            else:
                yield Source(name, _file(name, path), tree)


def _file(name: str, path: Path) -> str:
    inside = name.replace(".", "/")
    return f"{inside}/__init__.py" if path.name == "__init__.py" else f"{inside}.py"


def _files(package: str) -> Iterator[tuple[Path, str]]:
    spec = importlib.util.find_spec(package)
    if spec is not None and not spec.submodule_search_locations and spec.origin:
        yield Path(spec.origin), package
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for path in sorted(Path(folder).rglob("*.py")):
            inside = path.relative_to(folder).with_suffix("").parts
            if not set(NOT_SCANNED) & set(inside):
                names = inside[:-1] if inside[-1] == "__init__" else inside
                yield path, ".".join((package, *names))


def folder_of(package: str) -> Path | None:
    """Where an add-on's package is; None for one that is a single module, or not there."""
    try:
        spec = importlib.util.find_spec(package)
    except ImportError:
        return None
    folders = (spec.submodule_search_locations if spec else None) or ()
    return next(map(Path, folders), None)
