"""Values, records and lists as JSON text, written by PostgreSQL itself.

Text is concatenated (a quarter to a third less work than json_build_object): short pieces with
`||`, long ones as arguments of concat(), so that each is copied once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphql import FieldNode
from sqlalchemy import ColumnElement, Text, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from dougong.entity.model import Kind

CONCAT_ARGUMENTS = 90
"""How many arguments concat() is given; PostgreSQL takes up to 100."""


class Joined(FunctionElement[str]):
    """`a || b || c`; a NULL among them makes it NULL, so every piece must have a text."""

    type = Text()
    inherit_cache = False
    name = "joined"


@compiles(Joined)
def _joined(element: Joined, compiler: SQLCompiler, **options: Any) -> str:
    return "(" + " || ".join(compiler.process(one, **options) for one in element.clauses) + ")"


class Long:
    """A piece of text that may be long: a nested record or list."""

    def __init__(self, expression: ColumnElement[Any]) -> None:
        self.expression = expression


Piece = str | ColumnElement[Any] | Long
Pieces = list[Piece]


def quote(text: str) -> ColumnElement[str]:
    """A constant that the planner wrote itself: names and punctuation, never a value."""
    return literal_column("'" + text.replace("'", "''") + "'", Text())


def assemble(pieces: Iterable[Piece]) -> ColumnElement[str]:
    """One expression for all pieces, neighbouring constants made one."""
    runs: list[list[ColumnElement[Any]]] = [[]]
    constant = ""
    for piece in pieces:
        if isinstance(piece, str):
            constant += piece
            continue
        if constant:
            runs[-1].append(quote(constant))
            constant = ""
        if isinstance(piece, Long):
            runs += [[piece.expression], []]
        else:
            runs[-1].append(piece)
    if constant:
        runs[-1].append(quote(constant))
    parts = [_run(run) for run in runs if run]
    while len(parts) > 1:
        size = CONCAT_ARGUMENTS
        parts = [_concat(parts[i : i + size]) for i in range(0, len(parts), size)]
    return parts[0]


def _run(run: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return run[0] if len(run) == 1 else Joined(*run)


def _concat(parts: Sequence[ColumnElement[Any]]) -> ColumnElement[Any]:
    return parts[0] if len(parts) == 1 else func.concat(*parts, type_=Text())


def members(pairs: Iterable[tuple[str, Pieces]]) -> Pieces:
    """The pieces of an object; keys are GraphQL names, which need no escaping."""
    pieces: Pieces = []
    for key, value in pairs:
        pieces += [f'{"," if pieces else "{"}"{key}":', *value]
    return [*pieces, "}"] if pieces else ["{}"]


def or_null(expression: ColumnElement[Any]) -> ColumnElement[str]:
    """The text, or `null` where there is none."""
    return func.coalesce(expression, quote("null"))


def listed(element: ColumnElement[str], only: ColumnElement[bool] | None = None) -> Long:
    """All rows' texts with commas between them, in the order in which the rows come."""
    together: Any = func.string_agg(element, quote(","))
    if only is not None:
        together = together.filter(only)
    return Long(func.coalesce(together, quote("")))


def scalar(kind: Kind, column: ColumnElement[Any], *, nullable: bool) -> Pieces:
    """A column's value as JSON; MONEY has two columns and is put together elsewhere."""
    plain = cast(column, Text)
    match kind:
        case Kind.INT | Kind.BOOLEAN | Kind.JSON:
            expression: Any = plain
        case Kind.BIGINT | Kind.DECIMAL | Kind.ENUM:
            expression = Joined(quote('"'), plain, quote('"'))
        case Kind.DATE:
            expression = Joined(quote('"'), func.to_char(column, quote("YYYY-MM-DD")), quote('"'))
        case Kind.DATETIME:
            utc = func.timezone(quote("UTC"), column)
            moment = func.to_char(utc, quote('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            expression = Joined(quote('"'), moment, quote('"'))
        case _:
            expression = cast(func.to_json(column), Text)
    return [or_null(expression) if nullable else expression]


def selections(nodes: Sequence[FieldNode]) -> list[Any]:
    """The selection sets of fields that are merged."""
    return [node.selection_set for node in nodes if node.selection_set is not None]
