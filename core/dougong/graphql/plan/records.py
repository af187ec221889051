"""Records and lists of records as JSON text, with everything that is selected below them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLObjectType, SelectionSetNode
from sqlalchemy import ColumnElement, Integer, Text, case, func, literal_column, select
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import aggregate_order_by

from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.graphql.computed_values import BEGIN, END
from dougong.graphql.plan.build import Build, Selected
from dougong.graphql.plan.order import Order
from dougong.graphql.plan.source import Level, OneRow, Page, Source
from dougong.graphql.plan.texts import (
    Joined,
    Long,
    Pieces,
    assemble,
    listed,
    members,
    or_null,
    quote,
    scalar,
    selections,
)
from dougong.graphql.plan.where import Where
from dougong.graphql.problems import bad_input
from dougong.graphql.types import BIGGEST_PAGE, PAGE_SIZE
from dougong.verbs.computed import Computed

Conditions = Callable[[Source], list[ColumnElement[bool]]]


def record(level: Level, entity: type[Entity], sets: Sequence[SelectionSetNode]) -> Pieces:
    """What is selected of a record."""
    kind = level.build.types.object_of(entity)
    pairs = []
    for key, nodes in level.build.collect(sets, kind).items():
        with level.build.at(key, nodes):
            pairs.append((key, member_text(level, entity, nodes)))
    return members(pairs)


def member_text(level: Level, entity: type[Entity], nodes: list[FieldNode]) -> Pieces:
    """The value of one field of a record."""
    name = nodes[0].name.value
    if name == "__typename":
        return [f'"{entity.__name__}"']
    if name == "id":
        return [f'"{entity.__name__}:', sql_cast(level.value(entity, "id"), Text), '"']
    match level.build.types.members_of(entity)[name]:
        case Field(kind=Kind.MONEY) as field:
            return _money(level, field, _selected(level, field, nodes))
        case Field() as field:
            column = level.value(field.owner, field.name)
            return scalar(field.kind, column, nullable=field.nullable)
        case ToOne() as link:
            return [_linked(level, link, nodes)]
        case Computed() as computed:
            return _marked(level, computed)
        case ToMany() as many:
            mine = level.value(entity, "id")
            described = level.build.types.object_of(entity).fields[name]
            return connection(
                level.build,
                many.target,
                described,
                nodes,
                lambda source: [source.column(many.link.owner, many.key) == mine],
            )


def _marked(level: Level, computed: Computed) -> Pieces:
    """The columns that a field is computed from, between marks that the answer's text never has."""
    pieces: Pieces = []
    for field in computed.takes:
        if field.kind is Kind.MONEY:
            value = _money(level, field, {"amount": "amount", "currency": "currency"})
        else:
            column = level.value(field.owner, field.name)
            value = scalar(field.kind, column, nullable=field.nullable)
        pieces += ["," if pieces else f"{BEGIN}{level.build.number_of(computed)}[", *value]
    return [*pieces, f"]{END}"]


def _selected(level: Level, field: Field, nodes: list[FieldNode]) -> Mapping[str, str]:
    """The response keys that are asked of an amount of money, and the part that each stands for."""
    money = cast(GraphQLObjectType, level.build.types.output_scalar(field))
    selected = level.build.collect(selections(nodes), money)
    return {key: some[0].name.value for key, some in selected.items()}


def _money(level: Level, field: Field, selected: Mapping[str, str]) -> Pieces:
    amount = level.value(field.owner, f"{field.name}_amount")
    parts = {
        "amount": scalar(Kind.DECIMAL, amount, nullable=False),
        "currency": scalar(
            Kind.TEXT, level.value(field.owner, f"{field.name}_currency"), nullable=False
        ),
        "__typename": cast(Pieces, ['"Money"']),
    }
    whole = assemble(members((key, parts[name]) for key, name in selected.items()))
    if not field.nullable:
        return [whole]
    return [or_null(case((amount.is_not(None), whole)))]


def _linked(level: Level, link: ToOne, nodes: list[FieldNode]) -> Long:
    """The record that a link points to; null where the asker may not see it."""
    key = level.value(link.owner, link.key)
    with level.build.arguments.page(1, 1):
        found = one(level.build, link.target, nodes, lambda source: [source.alias.id == key])
    return Long(or_null(found))


def one(
    build: Build, entity: type[Entity], nodes: Sequence[FieldNode], which: Conditions
) -> ColumnElement[Any]:
    """A subselect with the text of the one record for which the conditions hold."""
    source = Source(build, entity)
    text = assemble(record(OneRow(source), entity, selections(nodes)))
    found = source.select(text).where(*which(source), *source.readable())
    return found.scalar_subquery()


# Lists -------------------------------------------------------------------------------------------


def connection(
    build: Build,
    entity: type[Entity],
    described: GraphQLField,
    nodes: Sequence[FieldNode],
    which: Conditions,
) -> Pieces:
    """A page of records: what is selected of it, in one subselect."""
    return Connection(build, entity, described, nodes, which).pieces()


class Connection:
    """A page of records in the making."""

    def __init__(
        self,
        build: Build,
        entity: type[Entity],
        described: GraphQLField,
        nodes: Sequence[FieldNode],
        which: Conditions,
    ) -> None:
        self.build = build
        self.entity = entity
        self.which = which
        asked = build.values(described, nodes[0])
        self.where: dict[str, Any] = asked.get("where") or {}
        self.after = asked.get("after")
        self.first = asked.get("first")
        self.type = build.types.connection_of(entity)
        self.selected = build.collect(selections(nodes), self.type)
        self.page = Page(Source(build, entity))
        self.order = Order(self.page.source, asked.get("orderBy"))

    def pieces(self) -> Pieces:
        """The text of the page."""
        arguments = self.build.arguments
        first = PAGE_SIZE if self.first is None else self.first
        size = arguments.bind(first, Integer(), _page_size)
        asked = [nodes[0].name.value for nodes in self.selected.values()]
        times = sum(name in ("edges", "nodes") for name in asked)
        with arguments.page(first if times or "pageInfo" in asked else 1, times):
            return self._shown(asked, size)

    def _shown(self, asked: Sequence[str], size: Any) -> Pieces:
        if not {"edges", "nodes", "pageInfo"} & set(asked):
            return members((key, self._outside_rows(some)) for key, some in self.selected.items())
        place = literal_column(f"{self.page.name}.place", Integer())
        within = place <= size if "pageInfo" in asked else None
        pairs = []
        for key, some in self.selected.items():
            with self.build.at(key, some):
                pairs.append((key, self._part(some, size, place, within)))
        text = assemble(members(pairs))
        rows = self._rows(size, "pageInfo" in asked)
        return [Long(select(text).select_from(rows.subquery(self.page.name)).scalar_subquery())]

    def _part(self, nodes: list[FieldNode], size: Any, place: Any, within: Any) -> Pieces:
        match nodes[0].name.value:
            case "nodes":
                text = record(self.page, self.entity, selections(nodes))
                return ["[", listed(assemble(text), within), "]"]
            case "edges":
                return ["[", listed(assemble(self._edge(nodes)), within), "]"]
            case "pageInfo":
                return self._page_info(nodes, size, place, within)
            case _:
                return self._outside_rows(nodes)

    def _outside_rows(self, nodes: list[FieldNode]) -> Pieces:
        """What does not depend on the page: the number of all records, the type's name."""
        if nodes[0].name.value == "__typename":
            return [f'"{self.type.name}"']
        source = Source(self.build, self.entity)
        conditions = self._conditions(source)
        counted = source.select(func.count()).where(*conditions)
        return [Long(sql_cast(counted.scalar_subquery(), Text))]

    def _edge(self, nodes: list[FieldNode]) -> Pieces:
        kind = self._below("edges")
        pairs: list[tuple[str, Pieces]] = []
        for key, some in self.build.collect(selections(nodes), kind).items():
            with self.build.at(key, some):
                match some[0].name.value:
                    case "cursor":
                        pairs.append((key, [Joined(quote('"'), self._cursor, quote('"'))]))
                    case "node":
                        pairs.append((key, record(self.page, self.entity, selections(some))))
                    case _:
                        pairs.append((key, [f'"{kind.name}"']))
        return members(pairs)

    def _page_info(self, nodes: list[FieldNode], size: Any, place: Any, within: Any) -> Pieces:
        selected: Selected = self.build.collect(selections(nodes), self.build.types.page_info)
        pairs: list[tuple[str, Pieces]] = []
        for key, some in selected.items():
            match some[0].name.value:
                case "hasNextPage":
                    more = sql_cast(func.count() > size, Text)
                    pairs.append((key, [more]))
                case "hasPreviousPage":
                    pairs.append((key, ["false" if self.after is None else "true"]))
                case "startCursor":
                    first = func.max(self._cursor).filter(place == literal_column("1"), within)
                    pairs.append((key, [_in_quotes(first)]))
                case "endCursor":
                    last_first = aggregate_order_by(quote(","), place.desc())
                    cursors = func.string_agg(self._cursor, last_first).filter(within)
                    last = func.split_part(cursors, quote(","), literal_column("1"))
                    pairs.append((key, [_in_quotes(last)]))
                case _:
                    pairs.append((key, ['"PageInfo"']))
        return members(pairs)

    @property
    def _cursor(self) -> ColumnElement[str]:
        return self.order.cursor(self.page)

    def _below(self, name: str) -> GraphQLObjectType:
        kind: Any = self.type.fields[name].type
        while hasattr(kind, "of_type"):
            kind = kind.of_type
        return cast(GraphQLObjectType, kind)

    def _conditions(self, source: Source) -> list[ColumnElement[bool]]:
        where = Where().conditions(source, self.where)
        return [*self.which(source), *source.readable(), *where]

    def _rows(self, size: Any, one_more: bool) -> Any:
        """The page's rows, with the one after them where it is asked whether there is more."""
        source, order = self.page.source, self.order.clauses
        conditions = self._conditions(source)
        if self.after is not None:
            conditions.append(self.order.after(source, self.after))
        columns: list[Any] = self.page.columns
        if one_more:
            columns.append(func.row_number().over(order_by=order).label("place"))
        limit = size + literal_column("1") if one_more else size
        return source.select(*columns).where(*conditions).order_by(*order).limit(limit)


def _in_quotes(text: ColumnElement[Any]) -> ColumnElement[str]:
    return or_null(Joined(quote('"'), text, quote('"')))


def _page_size(asked: int) -> int:
    if 0 <= asked <= BIGGEST_PAGE:
        return asked
    if asked < 0:
        raise bad_input("BAD_PAGE_SIZE", f"`first` cannot be negative, but it is {asked}.")
    raise bad_input(
        "BAD_PAGE_SIZE",
        f"`first` is at most {BIGGEST_PAGE}, but it is {asked}: fetch the rest page by page.",
    )
