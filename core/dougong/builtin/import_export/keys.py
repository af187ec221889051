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
from dougong.builtin.import_export.mapping import ID, Columns, Taken
from dougong.builtin.import_export.values import PARSERS, Problem, Record, record_number
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, model_of
from dougong.errors import Refused
from dougong.graphql.scalars import SCALARS

Key = tuple[type[Entity], str]
"""An entity, and the attribute by which its records are found."""


class NaturalKeys:
    """The records that rows link to, as far as the asker sees them; of one transaction."""

    def __init__(self, ctx: Context, taken: Taken, columns: Columns, *, whole: bool) -> None:
        """`whole`: records as such are wanted, not only their numbers."""
        self._ctx = ctx
        owned = ctx.generation.owned.get(taken.entity)
        self._parent = owned and owned.link.target
        self._keys = {
            name: (link.target, source.by or model_of(link.target).natural_key or "")
            for name, source in columns.sources.items()
            if isinstance(link := taken.known[name], ToOne)
        }
        self._whole = whole
        self._known: dict[Key, dict[str, list[Any]]] = {}

    def resolve(self, records: Sequence[Record]) -> dict[int, list[Problem]]:
        """Put what the links' texts name into records; what is wrong, by the place of a record."""
        wanted: dict[Key, set[str]] = {key: set() for key in self._keys.values()}
        for record in records:
            for link, _, text in record.links:
                wanted[self._keys[link.name]].add(text)
        locked_last = sorted(wanted.items(), key=lambda one: one[0][0] is self._parent)
        for key, texts in locked_last:  # others wait no longer for parents than they must
            known = self._known.setdefault(key, {})
            if missing := texts - known.keys():
                known.update(self._load(*key, missing))
        wrong: dict[int, list[Problem]] = {}
        for place, record in enumerate(records):
            for link, column, text in record.links:
                found = self._known[self._keys[link.name]].get(text, ())
                if len(found) == 1:
                    record.put(link, found[0])
                else:
                    said = self._wrong(link, text, len(found))
                    problem = Problem(record.line, said, column, text[:60])
                    wrong.setdefault(place, []).append(problem)
        return wrong

    def _wrong(self, link: ToOne, text: str, found: int) -> str:
        target, name = self._keys[link.name]
        about = f"{target.__name__} with {name} “{text[:60]}”"
        return f"there are several {about}" if found else f"there is no {about}"

    def _load(self, target: type[Entity], name: str, texts: Iterable[str]) -> dict[str, list[Any]]:
        values: dict[Any, list[str]] = {}
        found: dict[str, list[Any]] = {}
        for text in texts:
            with suppress(ValueError, KeyError, GraphQLError, Refused):  # nothing has what is none
                values.setdefault(_value(target, name, text), []).append(text)
        column = getattr(target, name)
        if self._whole and target is self._parent:  # its children change it
            for record in self._ctx.hold(target, *self._asked(target, name, list(values))):
                for text in values[getattr(record, name)]:
                    found.setdefault(text, []).append(record)
            return found
        what: list[Any] = [column, target] if self._whole else [column, target.id]
        statement = select(*what).where(*self._asked(target, name, list(values)))
        if self._whole:
            statement = statement.options(*(defer(getattr(target, one)) for one in target.__sums__))
        for row in self._ctx.session.execute(statement):
            for text in values[row[0]]:
                found.setdefault(text, []).append(row[1])
        return found

    def _asked(
        self, target: type[Entity], name: str, values: list[Any]
    ) -> Iterator[ColumnElement[bool]]:
        """Only what the asker may see is found, by values that the asker may see."""
        column = getattr(target, name)
        yield column == any_(_array(column, values))
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
