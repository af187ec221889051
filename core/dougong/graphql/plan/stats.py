"""Statistics: records grouped, counted and measured in one subselect; text is made of the groups.

Rows (what the asker may see, only the columns that matter) → groups → ordered, cut off → text.
Money is measured for each currency by GROUPING SETS: one pass over the rows, whatever is measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_named_type
from sqlalchemy import (
    ColumnElement,
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

from dougong.access.permissions import Guard
from dougong.entity.base import Entity
from dougong.entity.model import Kind
from dougong.graphql.inputs import Direction
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.measures import MeasuredRows
from dougong.graphql.plan.order import MOST_KEYS
from dougong.graphql.plan.records import member_text
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
from dougong.graphql.problems import bad_input, located
from dougong.graphql.stats import MOST_GROUPS


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
        self.rows = MeasuredRows(build, entity, asked)
        self.keys, self.measures = self.rows.keys, self.rows.measures
        self.order = self._order(asked.get("orderBy") or ())

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

    def _key_columns(self) -> list[ColumnElement[Any]]:
        return [column for columns in self.keys.values() for column in columns.values()]

    def _groups(self) -> Any:
        keys = self._key_columns()
        currencies = _different(one.currency for one in self.measures if one.currency is not None)
        labels = [column.label(f"k{i}") for i, column in enumerate(keys)]
        values = [one.value.label(f"m{i}") for i, one in enumerate(self.measures)]
        counted = func.count().label("n")
        if not currencies:
            groups = select(*labels, counted, *values).select_from(self.rows.subquery)
            return groups.group_by(*keys) if keys else groups
        each = [column.label(f"u{i}") for i, column in enumerate(currencies)]
        which = func.grouping(*currencies).label("which")
        sets = [tuple_(*keys), *(tuple_(*keys, column) for column in currencies)]
        rows = select(*labels, *each, which, counted, *values).select_from(self.rows.subquery)
        found = rows.group_by(func.grouping_sets(*sets)).subquery(self.build.name("g"))
        return self._merged(found.c, [str(column) for column in currencies], len(keys))

    def _merged(self, found: Any, currencies: list[str], keys: int) -> Any:
        """One row for each group, from the one for all its currencies and those for each."""
        every = 2 ** len(currencies) - 1  # a bit for each currency that a row is not grouped by
        whole = found.which == literal_column(str(every))
        values = []
        for i, one in enumerate(self.measures):
            value = found[f"m{i}"]
            if one.currency is None:
                values.append(func.max(value).filter(whole).label(f"m{i}"))
                continue
            at = currencies.index(str(one.currency))
            one_less = every - 2 ** (len(currencies) - 1 - at)
            currency = found[f"u{at}"]
            here = found.which == literal_column(str(one_less)), currency.is_not(None)
            by_currency = aggregate_order_by(quote(","), currency)
            amounts = func.string_agg(_money(value, currency), by_currency)
            values.append(amounts.filter(*here).label(f"m{i}"))
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
            (self.rows.member(name).owner, attribute): groups[place]
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

    def allowed(self, *guards: Guard) -> None:
        """What is grouped by is a value that may be seen already."""


def _money(amount: ColumnElement[Any], currency: ColumnElement[Any]) -> ColumnElement[str]:
    parts = {
        "amount": scalar(Kind.DECIMAL, amount, nullable=True),
        "currency": scalar(Kind.TEXT, currency, nullable=False),
    }
    return assemble(members(parts.items()))


def _different(columns: Any) -> list[ColumnElement[Any]]:
    return list({str(column): column for column in columns}.values())


def _size(asked: int) -> int:
    if 1 <= asked <= MOST_GROUPS:
        return asked
    raise bad_input(
        "BAD_PAGE_SIZE", f"`first` is from 1 to {MOST_GROUPS:,} groups, but it is {asked}."
    )
