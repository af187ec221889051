"""Statistics: records grouped, counted and measured in one subselect; text is made of the groups.

rows (what the asker may see, only the columns that matter) → groups → ordered, cut off → text.
A link is grouped by the record that the asker may see: hidden ones fall together with none at all,
so that neither the rows nor their number tell them apart. Money is measured for each currency by
GROUPING SETS: one pass over the rows, whatever is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_named_type
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Text,
    case,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from dougong.entity.base import Entity
from dougong.entity.fields import SumOf
from dougong.entity.model import Field, Kind, ToOne
from dougong.graphql.inputs import Direction
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.order import MOST_KEYS
from dougong.graphql.plan.records import member_text
from dougong.graphql.plan.source import Page, Source
from dougong.graphql.plan.texts import (
    Long,
    Pieces,
    assemble,
    listed,
    members,
    quote,
    scalar,
    selections,
)
from dougong.graphql.plan.where import Where
from dougong.graphql.problems import bad_input, located
from dougong.graphql.stats import MEASURES, MOST_GROUPS, DateUnit

MOST_MEASURES = 20
AVERAGE_SCALE = 6
TIMES = (Kind.DATE, Kind.DATETIME)
Columns = dict[str, ColumnElement[Any]]


@dataclass(frozen=True)
class Measure:
    """One result of each group: an aggregate over the rows, for each currency where it is money."""

    name: str
    kind: Kind
    value: ColumnElement[Any]
    currency: ColumnElement[Any] | None = None


def stats(
    build: Build, entity: type[Entity], described: GraphQLField, nodes: Sequence[FieldNode]
) -> ColumnElement[Any]:
    """The groups as JSON text; NULL where there are more than an answer may have.

    Raises GraphQLError for groups, measures and orders that do not fit together (BAD_GROUP,
    BAD_MEASURE, BAD_ORDER, DUPLICATE_NAME, TOO_MANY_KEYS, BAD_PAGE_SIZE).
    """
    return Stats(build, entity, described, nodes).text()


def too_many_groups(nodes: Sequence[FieldNode], key: str) -> Exception:
    """The error for more groups than an answer may have."""
    said = (
        f"There are more than {MOST_GROUPS:,} groups: say how many you want with `first`, "
        "or narrow it down with `where`."
    )
    return located(bad_input("TOO_MANY_GROUPS", said), nodes, [key])


class Stats:
    """The statistics of one root field in the making."""

    def __init__(
        self,
        build: Build,
        entity: type[Entity],
        described: GraphQLField,
        nodes: Sequence[FieldNode],
    ) -> None:
        asked = build.values(described, nodes[0])
        self.build = build
        self.entity = entity
        self.first = asked.get("first")
        self.type = cast(GraphQLObjectType, get_named_type(described.type))
        self.selected = build.collect(selections(nodes), self.type)
        self.source = Source(build, entity)
        self.rows = Page(self.source)
        self.children: dict[type[Entity], tuple[Any, ColumnElement[bool]]] = {}
        self.conditions = [
            *self.source.readable(),
            *Where().conditions(self.source, asked.get("where") or {}),
        ]
        self.keys = self._keys(asked.get("groupBy") or ())
        self.measures = self._measures(asked.get("measures") or ())
        self.order = self._order(asked.get("orderBy") or ())

    # What is asked ---------------------------------------------------------------------------

    def _keys(self, asked: Sequence[Mapping[str, Any]]) -> dict[str, Columns]:
        """For each field that is grouped by, its columns by their attributes."""
        if len(asked) > MOST_KEYS:
            raise bad_input("TOO_MANY_KEYS", f"Records are grouped by at most {MOST_KEYS} fields.")
        keys: dict[str, Columns] = {}
        for one in asked:
            name = one["key"]
            if name in keys:
                raise bad_input("DUPLICATE_NAME", f"`groupBy` has {name} twice: leave one out.")
            member = self._member(name)
            columns = self._columns(member)
            if one.get("by") is not None:
                columns = {at: _start(name, member, one["by"], c) for at, c in columns.items()}
            keys[name] = {
                at: self.rows.taken(("key", name, at), column) for at, column in columns.items()
            }
        return keys

    def _member(self, name: str) -> Field | ToOne:
        member = self.build.types.members_of(self.entity)[name]
        assert isinstance(member, Field | ToOne)
        return member

    def _columns(self, member: Field | ToOne) -> Columns:
        """A member's columns in the rows' SELECT: money has two; a link only what may be seen."""
        if isinstance(member, ToOne):
            return {member.key: self.source.shown(member)}
        names = [member.name]
        total = member.owner.__sums__.get(member.name)
        if total is not None:
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
        member = self._member(of)
        columns = [
            self.rows.taken(("measure", of, at), column)
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

    def _order(self, asked: Sequence[Mapping[str, Any]]) -> list[tuple[str, Direction]]:
        """The results that the groups are ordered by; what they have in common comes last."""
        if len(asked) > MOST_KEYS:
            raise bad_input("TOO_MANY_KEYS", f"An order takes at most {MOST_KEYS} keys.")
        money = {one.name for one in self.measures if one.currency is not None}
        results = {"count", *self.keys, *(one.name for one in self.measures)}
        for one in asked:
            if one["by"] not in results:
                said = f"{one['by']} is neither grouped by nor the name of a measure."
                raise bad_input("BAD_ORDER", said)
            if one["by"] in money:
                said = f"{one['by']} has an amount for each currency, which has no order."
                raise bad_input("BAD_ORDER", said)
        order = [(one["by"], one.get("direction") or Direction.ASC) for one in asked]
        return [*order, *((name, Direction.ASC) for name in self.keys)]

    # The statement ---------------------------------------------------------------------------

    def text(self) -> ColumnElement[Any]:
        """The groups as JSON text, in one subselect."""
        arguments = self.build.arguments
        arguments.lists.append((MOST_GROUPS, 1 + len(self.measures)))  # rows are read for each
        size = arguments.bind(MOST_GROUPS if self.first is None else self.first, Integer(), _size)
        all_of_them = self.first is None
        groups = self._groups().subquery(self.build.name("g"))
        limit = size + literal_column("1") if all_of_them else size
        page = select(groups).order_by(*self._clauses(groups.c)).limit(limit)
        shown = page.subquery(self.build.name("g"))
        with arguments.page(MOST_GROUPS if all_of_them else self.first, 1):
            row = assemble(members(self._pairs(shown.c)))
        together = assemble(["[", listed(row), "]"])
        if all_of_them:
            together = case((func.count() <= size, together))
        return select(together).select_from(shown).scalar_subquery()

    def _rows(self) -> Any:
        """The rows that are grouped; a sum over children is made once, however often it is used."""
        rows = self.source.select(*self.rows.columns).where(*self.conditions)
        for child, mine in self.children.values():
            rows = rows.join(child, mine, isouter=True).group_by(*self.source.ids)
        return rows.subquery(self.rows.name)

    def _total(self, field: Field, total: SumOf) -> ColumnElement[Any]:
        """A sum over children, joined and grouped by record: PostgreSQL chooses how.

        Only one child can be joined so; sums over another stay subselects, one for each record.
        """
        child = total.column.class_
        if child not in self.children:
            if self.children:
                return self.source.column(field.owner, field.name)
            alias: Any = aliased(child, name=self.build.name("t"))
            mine = getattr(alias, total.key) == self.source.alias.id
            self.children[child] = (alias, mine)
        alias, _ = self.children[child]
        summed = func.coalesce(func.sum(getattr(alias, total.column.key)), literal_column("0"))
        return sql_cast(summed, total.column.type)

    def _key_columns(self) -> list[ColumnElement[Any]]:
        return [column for columns in self.keys.values() for column in columns.values()]

    def _groups(self) -> Any:
        keys = self._key_columns()
        currencies = _different(one.currency for one in self.measures if one.currency is not None)
        labels = [column.label(f"k{i}") for i, column in enumerate(keys)]
        values = [one.value.label(f"m{i}") for i, one in enumerate(self.measures)]
        counted = func.count().label("n")
        if not currencies:
            groups = select(*labels, counted, *values).select_from(self._rows())
            return groups.group_by(*keys) if keys else groups
        each = [column.label(f"u{i}") for i, column in enumerate(currencies)]
        which = func.grouping(*currencies).label("which")
        sets = [tuple_(*keys), *(tuple_(*keys, column) for column in currencies)]
        rows = select(*labels, *each, which, counted, *values).select_from(self._rows())
        found = rows.group_by(func.grouping_sets(*sets)).subquery(self.build.name("g"))
        return self._merged(found.c, [str(column) for column in currencies], len(keys))

    def _merged(self, found: Any, currencies: list[str], keys: int) -> Any:
        """One row for each group, from the one for all its currencies and those for each."""
        whole = found.which == literal_column(str(2 ** len(currencies) - 1))
        values = []
        for i, one in enumerate(self.measures):
            value = found[f"m{i}"]
            if one.currency is None:
                values.append(func.max(value).filter(whole).label(f"m{i}"))
                continue
            at = currencies.index(str(one.currency))
            mask = 2 ** len(currencies) - 1 - 2 ** (len(currencies) - 1 - at)
            currency = found[f"u{at}"]
            here = found.which == literal_column(str(mask))
            money = assemble(
                members(
                    [
                        ("amount", scalar(Kind.DECIMAL, value, nullable=True)),
                        ("currency", scalar(Kind.TEXT, currency, nullable=False)),
                    ]
                )
            )
            amounts = func.string_agg(money, aggregate_order_by(quote(","), currency))
            values.append(amounts.filter(here, currency.is_not(None)).label(f"m{i}"))
        labels = [found[f"k{i}"] for i in range(keys)]
        counted = func.max(found.n).filter(whole).label("n")
        merged = select(*labels, counted, *values)
        return merged.group_by(*labels) if labels else merged

    def _clauses(self, groups: Any) -> list[ColumnElement[Any]]:
        places = self._places()
        clauses = []
        for name, direction in self.order:
            for place in places[name]:
                column = groups[place]
                ordered = column.desc() if direction.descends else column.asc()
                first = direction.nulls_first
                clauses.append(ordered.nulls_first() if first else ordered.nulls_last())
        return clauses

    def _places(self) -> dict[str, list[str]]:
        """What the groups' SELECT calls each result."""
        numbers = iter(range(len(self._key_columns())))
        places = {name: [f"k{next(numbers)}" for _ in at] for name, at in self.keys.items()}
        measured = {one.name: [f"m{i}"] for i, one in enumerate(self.measures)}
        return {"count": ["n"], **places, **measured}

    # Its text --------------------------------------------------------------------------------

    def _pairs(self, groups: Any) -> list[tuple[str, Pieces]]:
        level = Group(self.build, self._attributes(groups))
        pairs: list[tuple[str, Pieces]] = []
        for key, nodes in self.selected.items():
            with self.build.at(key, nodes):
                pairs.append((key, self._result(level, groups, nodes)))
        return pairs

    def _attributes(self, groups: Any) -> dict[tuple[type[Entity], str], ColumnElement[Any]]:
        places = self._places()
        return {
            (self._member(name).owner, attribute): groups[place]
            for name, columns in self.keys.items()
            for attribute, place in zip(columns, places[name], strict=True)
        }

    def _result(self, level: Group, groups: Any, nodes: list[FieldNode]) -> Pieces:
        name = nodes[0].name.value
        match name:
            case "__typename":
                return [f'"{self.type.name}"']
            case "count":
                return [sql_cast(groups.n, Text)]
            case "values":
                return self._values(groups)
        if name not in self.keys:
            return ["null"]
        return member_text(level, self.entity, nodes)

    def _values(self, groups: Any) -> Pieces:
        pairs: list[tuple[str, Pieces]] = []
        for i, one in enumerate(self.measures):
            value = groups[f"m{i}"]
            if one.currency is not None:
                pairs.append((one.name, ["[", Long(func.coalesce(value, quote(""))), "]"]))
            else:
                pairs.append((one.name, scalar(one.kind, value, nullable=True)))
        return members(pairs)


class Group:
    """A level that shows a group: what it has in common, by the attributes of the record."""

    def __init__(
        self, build: Build, columns: Mapping[tuple[type[Entity], str], ColumnElement[Any]]
    ) -> None:
        self.build = build
        self._columns = columns

    def value(self, owner: type[Entity], attribute: str) -> ColumnElement[Any]:
        """A value that all records of the group have."""
        return self._columns[owner, attribute]


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
    moment = sql_cast(column, DateTime())
    return sql_cast(func.date_trunc(quote(unit.lower()), moment), Date())


def _different(columns: Any) -> list[ColumnElement[Any]]:
    return list({str(column): column for column in columns}.values())


def _size(asked: int) -> int:
    if 1 <= asked <= MOST_GROUPS:
        return asked
    raise bad_input(
        "BAD_PAGE_SIZE", f"`first` is from 1 to {MOST_GROUPS:,} groups, but it is {asked}."
    )
