"""The sentences that authors write under fields: tooltip, GraphQL description and docs line."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator
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


def _parsed(module: ModuleType) -> ast.Module:
    try:
        return parse(cast(Any, module.__loader__).get_source(module.__name__))
    except (AttributeError, ImportError, SyntaxError, TypeError):
        return ast.Module([], [])


def _docs_below(node: ast.AST, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The docstrings of all classes in a node, by the classes' qualified names."""
    for child in _statements(node):
        match child:
            case ast.ClassDef(name=name):
                yield path + name, _docs_of(child)
                yield from _docs_below(child, f"{path}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield from _docs_below(child, f"{path}{name}.<locals>.")
            case _:
                yield from _docs_below(child, path)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The statements below a node: no class hides in an expression."""
    for name in ("body", "orelse", "handlers", "finalbody", "cases"):
        below = getattr(node, name, ())
        if isinstance(below, list):
            yield from below


def _docs_of(body: ast.ClassDef) -> dict[str, str]:
    docs: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match (field, below):
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                docs[name] = first_sentence(text) or ""
    return docs
