"""The rows that a statistic is made of, what they are grouped by, and what is measured in them.

A link is grouped by the record that the asker may see: hidden ones fall together with none at all,
so that neither the rows nor their number tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Date, DateTime, cast, func, literal_column, tuple_
from sqlalchemy.orm import aliased

from dougong.entity.base import Entity
from dougong.entity.fields import SumOf
from dougong.entity.model import Field, Kind, ToOne
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.order import MOST_KEYS
from dougong.graphql.plan.source import Page, Source
from dougong.graphql.plan.texts import quote
from dougong.graphql.plan.where import Where
from dougong.graphql.problems import bad_input
from dougong.graphql.stats import MEASURES, DateUnit

MOST_MEASURES = 20
AVERAGE_SCALE = 6
TIMES = (Kind.DATE, Kind.DATETIME)
Columns = dict[str, ColumnElement[Any]]
"""A field's columns by their attributes; money has two."""


@dataclass(frozen=True)
class Measure:
    """One result of each group: an aggregate over the rows, for each currency where it is money."""

    name: str
    kind: Kind
    value: ColumnElement[Any]
    currency: ColumnElement[Any] | None = None


class MeasuredRows:
    """The rows that the asker may see and has asked for."""

    def __init__(self, build: Build, entity: type[Entity], asked: Mapping[str, Any]) -> None:
        """`asked` has `where`, `groupBy` and `measures`.

        Raises GraphQLError for what does not fit together (BAD_GROUP, BAD_MEASURE, …).
        """
        self.build = build
        self.entity = entity
        self.source = Source(build, entity)
        self._page = Page(self.source)
        self._children: dict[type[Entity], tuple[Any, ColumnElement[bool]]] = {}
        where = Where().conditions(self.source, asked.get("where") or {})
        self._conditions = [*self.source.readable(), *where]
        self.keys = self._keys(asked.get("groupBy") or ())
        self.measures = self._measures(asked.get("measures") or ())

    @property
    def subquery(self) -> Any:
        """The rows, with the columns that are grouped by and measured."""
        rows = self.source.select(*self._page.columns).where(*self._conditions)
        for child, mine in self._children.values():
            rows = rows.join(child, mine, isouter=True).group_by(*self.source.ids)
        return rows.subquery(self._page.name)

    def _total(self, field: Field, total: SumOf) -> ColumnElement[Any]:
        """A sum over children, joined and grouped by record: PostgreSQL chooses how.

        Only one child can be joined so; sums over another stay subselects, one for each record.
        """
        child = total.column.class_
        if child not in self._children:
            if self._children:
                return self.source.column(field.owner, field.name)
            alias: Any = aliased(child, name=self.build.name("t"))
            mine = getattr(alias, total.key) == self.source.alias.id
            self._children[child] = (alias, mine)
        alias, _ = self._children[child]
        summed = func.coalesce(func.sum(getattr(alias, total.column.key)), literal_column("0"))
        return cast(summed, total.column.type)

    def _keys(self, asked: Sequence[Mapping[str, Any]]) -> dict[str, Columns]:
        """For each field that is grouped by, its columns by their attributes."""
        if len(asked) > MOST_KEYS:
            raise bad_input("TOO_MANY_KEYS", f"Records are grouped by at most {MOST_KEYS} fields.")
        keys: dict[str, Columns] = {}
        for one in asked:
            name = one["key"]
            if name in keys:
                raise bad_input("DUPLICATE_NAME", f"`groupBy` has {name} twice: leave one out.")
            member = self.member(name)
            columns = self._columns(member)
            if one.get("by") is not None:
                columns = {at: _start(name, member, one["by"], c) for at, c in columns.items()}
            keys[name] = {
                at: self._page.taken(("key", name, at), column) for at, column in columns.items()
            }
        return keys

    def member(self, name: str) -> Field | ToOne:
        """What is meant by a name in `groupBy` or in a measure."""
        member = self.build.types.members_of(self.entity)[name]
        assert isinstance(member, Field | ToOne)
        self.source.usable(member)
        return member

    def _columns(self, member: Field | ToOne) -> Columns:
        """A member's columns in the rows' SELECT: money has two; a link only what may be seen."""
        if isinstance(member, ToOne):
            return {member.key: self.source.shown(member)}
        names = [member.name]
        total = member.owner.__sums__.get(member.name)
        if total is not None and member.guard is None:
            return {member.name: self._total(member, total)}
        if member.kind is Kind.MONEY:
            names = [f"{member.name}_amount", f"{member.name}_currency"]
        return {name: self.source.column(member.owner, name) for name in names}

    def _measures(self, asked: Sequence[Mapping[str, Any]]) -> list[Measure]:
        if len(asked) > MOST_MEASURES:
            raise bad_input("TOO_MANY_MEASURES", f"At most {MOST_MEASURES} measures are taken.")
        found: dict[str, Measure] = {}
        for one in asked:
            name = one["as"]
            if name in found or name in self.keys or name == "count":
                raise bad_input("DUPLICATE_NAME", f"Two results are called {name}: rename one.")
            found[name] = self._measure(name, one)
        return list(found.values())

    def _measure(self, name: str, asked: Mapping[str, Any]) -> Measure:
        chosen = {what: asked[what] for what in MEASURES if asked.get(what) is not None}
        if len(chosen) != 1:
            choice = ", ".join(MEASURES)
            raise bad_input("BAD_MEASURE", f"The measure {name} takes exactly one of {choice}.")
        ((what, of),) = chosen.items()
        member = self.member(of)
        columns = [
            self._page.taken(("measure", of, at), column)
            for at, column in self._columns(member).items()
        ]
        kind = member.kind if isinstance(member, Field) else Kind.BIGINT
        if what == "count":
            return Measure(name, Kind.INT, func.count(columns[0]))
        if what == "countDistinct":
            different = tuple_(*columns) if len(columns) > 1 else columns[0]
            counted = func.count(func.distinct(different)).filter(columns[0].is_not(None))
            return Measure(name, Kind.INT, counted)
        if isinstance(member, ToOne) or kind is Kind.BOOLEAN:
            raise bad_input("BAD_MEASURE", f"Nothing is smallest or largest in {of}: count it.")
        made = Measure(name, kind, _aggregate(what, columns[0]), *columns[1:])
        return replace(made, kind=Kind.DECIMAL) if what == "avg" or columns[1:] else made


def _aggregate(what: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    made: Any = getattr(func, what)(column)
    return func.round(made, literal_column(str(AVERAGE_SCALE))) if what == "avg" else made


def _start(
    name: str, member: Field | ToOne, unit: DateUnit, column: ColumnElement[Any]
) -> ColumnElement[Any]:
    """The start of the day, week, … that a day or moment lies in."""
    if not (isinstance(member, Field) and member.kind in TIMES):
        raise bad_input("BAD_GROUP", f"{name} is no day or moment, so it is not grouped `by` one.")
    if member.kind is Kind.DATETIME:
        return func.date_trunc(quote(unit.lower()), column, quote("UTC"), type_=column.type)
    moment = cast(column, DateTime())
    return cast(func.date_trunc(quote(unit.lower()), moment), Date())
