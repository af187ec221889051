"""Records by a natural key of theirs, for links in a file: one statement for many rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from graphql import GraphQLError
from sqlalchemy import ARRAY, ColumnElement, any_, bindparam, select
from sqlalchemy.orm import defer

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.reach import BoundMe
from dougong.builtin.import_export.mapping import ID, Columns
from dougong.builtin.import_export.values import PARSERS, Problem, Record, record_number
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, model_of
from dougong.errors import Refused
from dougong.graphql.scalars import SCALARS


class NaturalKeys:
    """The records that rows link to, as far as the asker sees them; of one transaction."""

    def __init__(self, ctx: Context, columns: Columns, *, whole: bool) -> None:
        """`whole`: records as such are wanted, not only their numbers."""
        self._ctx = ctx
        self._by = {name: source.by for name, source in columns.sources.items()}
        self._whole = whole
        self._known: dict[tuple[type[Entity], str], dict[str, list[Any]]] = {}

    def resolve(self, records: Sequence[Record]) -> dict[int, list[Problem]]:
        """Put what the links' texts name into records; what is wrong, by the place of a record."""
        wanted: dict[tuple[type[Entity], str], set[str]] = {}
        for record in records:
            for link, _, text in record.links:
                wanted.setdefault(self._key(link), set()).add(text)
        for key, texts in wanted.items():
            known = self._known.setdefault(key, {})
            if missing := texts - known.keys():
                known.update(self._load(*key, missing))
        wrong: dict[int, list[Problem]] = {}
        for place, record in enumerate(records):
            for link, column, text in record.links:
                found = self._known[self._key(link)].get(text, ())
                if len(found) == 1:
                    record.put(link, found[0])
                else:
                    said = self._wrong(link, text, len(found))
                    problem = Problem(record.line, said, column, text[:60])
                    wrong.setdefault(place, []).append(problem)
        return wrong

    def _key(self, link: ToOne) -> tuple[type[Entity], str]:
        return link.target, self._by[link.name] or model_of(link.target).natural_key or ""

    def _wrong(self, link: ToOne, text: str, found: int) -> str:
        target, name = self._key(link)
        about = f"{target.__name__} with {name} “{text[:60]}”"
        return f"there are several {about}" if found else f"there is no {about}"

    def _load(
        self, target: type[Entity], name: str, texts: Iterable[str]
    ) -> dict[str, list[Any]]:
        values: dict[Any, list[str]] = {}
        found: dict[str, list[Any]] = {}
        for text in texts:
            with suppress(ValueError, KeyError, GraphQLError, Refused):  # nothing has what is none
                values.setdefault(_value(target, name, text), []).append(text)
        column = getattr(target, name)
        what = [column, target] if self._whole else [column, target.id]
        asked = column == any_(_array(column, list(values)))
        statement = select(*what).where(asked, *self._readable(target, name))
        if self._whole:
            statement = statement.options(*(defer(getattr(target, one)) for one in target.__sums__))
        for value, record in self._ctx.session.execute(statement):
            for text in values[value]:
                found.setdefault(text, []).append(record)
        return found

    def _readable(self, target: type[Entity], name: str) -> Iterator[ColumnElement[bool]]:
        """Only what the asker may see is found, by values that the asker may see."""
        access, who = self._ctx.generation.access, self._ctx.principal
        guard = target.__guards__.get(name)
        for right in (Operation.READ, *([guard.read] if guard else ())):
            yield access.predicate(who, right, target, target, BoundMe(who.user_id))


def _array(column: Any, values: list[Any]) -> Any:
    return bindparam(None, values, type_=ARRAY(column.type), unique=True)


def _value(target: type[Entity], name: str, text: str) -> Any:
    if name == ID:
        return record_number(target, text)
    field = model_of(target).fields[name]
    if field.enum is not None:
        return field.enum[text]
    return (PARSERS.get(field.kind) or SCALARS[field.kind].coerce_input_value)(text)
