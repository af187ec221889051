"""The sentences that authors write under fields: tooltip, GraphQL description and docs line."""

from __future__ import annotations

import ast
import inspect
import textwrap
from threading import Lock

_parsing = Lock()


def parse(source: str | bytes, name: str = "<source>") -> ast.Module:
    """Parse Python source, one at a time: Python 3.11 fails when several threads do at once."""
    with _parsing:
        return ast.parse(source, name)


def first_sentence(text: str | None) -> str | None:
    """The first paragraph of a docstring on one line, or None where there is none."""
    if not text:
        return None
    return " ".join(inspect.cleandoc(text).split("\n\n", 1)[0].split()) or None


_read: dict[type, dict[str, str]] = {}


def field_docs(cls: type) -> dict[str, str]:
    """What the docstrings below a class's fields say, by field."""
    if cls not in _read:
        _read[cls] = _read_docs(cls)
    return _read[cls]


def _read_docs(cls: type) -> dict[str, str]:
    try:
        body = parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    except (OSError, TypeError, SyntaxError):
        return {}
    docs: dict[str, str] = {}
    if not isinstance(body, ast.ClassDef):
        return docs
    for field, below in zip(body.body, body.body[1:], strict=False):
        match (field, below):
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ):
                docs[name] = first_sentence(text) or ""
    return docs
