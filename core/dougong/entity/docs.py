"""The sentences that authors write under fields: tooltip, GraphQL description and docs line."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from types import ModuleType
from typing import Any, cast
from weakref import WeakKeyDictionary

_parsing = Lock()


def parse(source: str | bytes, name: str = "<source>") -> ast.Module:
    """Parse Python source, one at a time: Python 3.11 fails when several threads do at once."""
    with _parsing:
        return ast.parse(source, name)


def first_sentence(text: str | None) -> str | None:
    """The first paragraph of a docstring on one line, or None where there is none."""
    return " ".join(inspect.cleandoc(text or "").split("\n\n", 1)[0].split()) or None


_read: WeakKeyDictionary[ModuleType, dict[str, dict[str, str]]] = WeakKeyDictionary()


def field_docs(cls: type) -> dict[str, str]:
    """What the docstrings below a class's fields say, by field."""
    module = sys.modules.get(cls.__module__)
    if module is None:
        return {}
    if module not in _read:
        _read[module] = dict(_docs_below(_parsed(module), ""))
    return _read[module].get(cls.__qualname__, {})


@dataclass(frozen=True)
class Words:
    """What is said of a field of a class; its module is not read before somebody asks."""

    owner: type[Any]
    name: str
    says: str | None = field(default=None, kw_only=True)
    """What it means, where its author does not write that below it."""

    @property
    def description(self) -> str | None:
        """What it means; None where nobody says it."""
        return self.says or field_docs(self.owner).get(self.name)


def _parsed(module: ModuleType) -> ast.Module:
    try:
        return parse(cast(Any, module.__loader__).get_source(module.__name__))
    except (AttributeError, ImportError, SyntaxError, TypeError):
        return ast.Module([], [])


def _docs_below(node: ast.AST, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The docstrings of all classes in a node, by the classes' qualified names."""
    for child in _statements(node):
        inner = path
        if isinstance(child, ast.ClassDef):
            yield path + child.name, _docs_of(child)
            inner = f"{path}{child.name}."
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inner = f"{path}{child.name}.<locals>."
        yield from _docs_below(child, inner)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements below a node: no class hides in an expression."""
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        yield from getattr(node, name, ())


def _docs_of(body: ast.ClassDef) -> dict[str, str]:
    docs: dict[str, str] = {}
    for one, below in zip(body.body, body.body[1:], strict=False):
        match (one, below):
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                docs[name] = first_sentence(text) or ""
    return docs
