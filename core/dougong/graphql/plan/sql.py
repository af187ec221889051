"""From SQLAlchemy's expressions to statements as text, with numbered or with named parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from dougong.graphql.plan.arguments import Arguments, Given, Slot

# Only its spelling is used: `%(name)s` parameters can be numbered afterwards, for asyncpg.
_spelling: Any = PGDialect_psycopg
DIALECT: Any = _spelling()


@dataclass(frozen=True, eq=False)
class Fixed:
    """A value that an expression brought itself, for example in a row rule."""

    ready: Any

    def value(self, given: Given) -> Any:
        """What to send to the database."""
        return self.ready


@dataclass(frozen=True)
class Compiled:
    """A piece of SQL whose parameters are still named: `%(p1)s`."""

    template: str
    values: Mapping[str, Slot | Fixed]


def quoted(name: str) -> str:
    """An identifier as SQL spells it."""
    return str(DIALECT.identifier_preparer.quote(name))


def compile_piece(
    piece: ClauseElement, arguments: Arguments, schemas: Mapping[str, str] | None = None
) -> Compiled:
    """Compile one SELECT; `schemas` renames the PostgreSQL schemas of its tables."""
    options: dict[str, Any] = {"compile_kwargs": {"render_postcompile": True}}
    if schemas:
        options |= {"schema_translate_map": dict(schemas), "render_schema_translate": True}
    compiled: Any = piece.compile(dialect=DIALECT, **options)
    expanded = compiled.construct_expanded_state({})
    values: dict[str, Slot | Fixed] = {}
    for name, value in expanded.parameters.items():
        slot = arguments.slots.get(name)
        if slot is not None:
            values[name] = slot
            continue
        prepare = expanded.processors.get(name) or _processor(compiled, name)
        values[name] = Fixed(value if prepare is None else prepare(value))
    return Compiled(expanded.statement, values)


def _processor(compiled: Any, name: str) -> Any:
    bind = compiled.binds.get(name)
    return None if bind is None else bind.type.dialect_impl(DIALECT).bind_processor(DIALECT)


@dataclass(frozen=True)
class Statement:
    """A whole statement: for asyncpg with `$1`, for psycopg with `%(a1)s`."""

    numbered: str
    named: str
    values: tuple[Slot | Fixed, ...]
    unused: tuple[Slot, ...]
    """Parameters that SQLAlchemy left out, such as those of conditions on rows that nobody sees."""

    def arguments(self, given: Given) -> list[Any]:
        """The arguments of the numbered text, in order.

        What is not acceptable is refused alike for all, so the unused ones are read too.
        """
        for slot in self.unused:
            slot.value(given)
        return [value.value(given) for value in self.values]

    def named_arguments(self, given: Given) -> dict[str, Any]:
        """The arguments of the named text."""
        for slot in self.unused:
            slot.value(given)
        return {f"a{i}": value.value(given) for i, value in enumerate(self.values, 1)}


def statement_of(columns: Sequence[Compiled], arguments: Arguments) -> Statement:
    """One SELECT without a FROM whose columns are the given subselects and expressions."""
    places: dict[int, int] = {}
    values: list[Slot | Fixed] = []
    numbered, named = [], []
    for column in columns:
        at: dict[str, int] = {}
        for name, value in column.values.items():
            if id(value) not in places:
                values.append(value)
                places[id(value)] = len(values)
            at[name] = places[id(value)]
        numbered.append(column.template % {name: f"${i}" for name, i in at.items()})
        doubled = column.template.replace("%%", "%%%%")
        named.append(doubled % {name: f"%(a{i})s" for name, i in at.items()})
    unused = tuple(slot for slot in arguments.slots.values() if id(slot) not in places)
    return Statement(
        "SELECT " + ",\n".join(numbered), "SELECT " + ",\n".join(named), tuple(values), unused
    )
