"""Pages of lists: where they start and end, and what is said of them.

A page is cut from its list's start (`first`) or from its end (`last`); what `after` and `before`
leave out is not part of the list's rest, but `hasNextPage` and `hasPreviousPage` look for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLObjectType, SelectionSetNode
from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    any_,
    column,
    exists,
    func,
    literal_column,
    select,
    table,
    true,
)
from sqlalchemy import cast as sql_cast

from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.order import Order
from dougong.graphql.plan.source import Page, Source
from dougong.graphql.plan.texts import (
    Joined,
    Long,
    Pieces,
    assemble,
    listed,
    members,
    or_null,
    quote,
    selections,
)
from dougong.graphql.plan.where import Where
from dougong.graphql.problems import bad_input
from dougong.graphql.types import BIGGEST_PAGE, PAGE_SIZE, Types

Conditions = Callable[[Source], list[ColumnElement[bool]]]
Shown = Callable[[Page, type[Entity], Sequence[SelectionSetNode]], Pieces]
"""What is selected of each record of a page."""
ROWS = {"edges", "nodes", "pageInfo"}


class Connection:
    """A page of records in the making."""

    def __init__(
        self,
        build: Build,
        of: str,
        entity: type[Entity],
        described: GraphQLField,
        nodes: Sequence[FieldNode],
        which: Conditions,
        shown: Shown,
        *,
        readable: bool,
    ) -> None:
        """`of` names the list, as in `Query.leads`: its cursors are good for no other.

        `readable` says that the asker may see all records for which `which` holds.
        """
        self.build = build
        self.entity = entity
        self.which = which
        self.readable = readable
        self.shown = shown
        asked = build.values(described, nodes[0])
        self.where: dict[str, Any] = asked.get("where") or {}
        self.backward = asked.get("last") is not None
        self.most = _most(asked)
        self.type = build.types.connection_of(entity)
        self.selected = build.collect(selections(nodes), self.type)
        self.names = {some[0].name.value for some in self.selected.values()}
        self.page = Page(Source(build, entity))
        self._order: Callable[[Source], Order] = lambda source: Order(
            source, asked.get("orderBy"), of
        )
        self.order = self._order(self.page.source)
        self.bounds = {
            name: self.order.bind(build.arguments, asked[name])
            for name in ("after", "before")
            if asked.get(name) is not None
        }
        self.matched: str | None = None
        if (
            "totalCount" in self.names
            and self.names & ROWS
            and _asks_lists(build.types, entity, self.where)
        ):
            self.matched = build.name("m")

    def pieces(self) -> Pieces:
        """The text of the page."""
        arguments = self.build.arguments
        convert = partial(page_size, "last" if self.backward else "first")
        self.size = arguments.size(self.most, convert)
        asked = [some[0].name.value for some in self.selected.values()]
        times = sum(name in ("edges", "nodes") for name in asked)
        with arguments.page(self.most if times or "pageInfo" in asked else 1, times):
            return self._text()

    def _text(self) -> Pieces:
        pairs = [(key, self._part(key, some)) for key, some in self.selected.items()]
        if not self.names & ROWS:
            self._count()  # so that conditions are read, and refused, also where nothing is shown
            return members(pairs)
        whole = select(assemble(members(pairs))).select_from(self._rows().subquery(self.page.name))
        # It makes one row, also where nothing that is asked for is an aggregate.
        whole = whole.having(true())
        if self.matched is not None:
            matching = self._matching().cte(self.matched).prefix_with("MATERIALIZED")
            whole = whole.add_cte(matching, nest_here=True)
        return [Long(whole.scalar_subquery())]

    def _part(self, key: str, nodes: list[FieldNode]) -> Pieces:
        match nodes[0].name.value:
            case "nodes" | "edges" as name:
                with self.build.at(key, nodes):
                    one = self._node(nodes) if name == "nodes" else self._edge(nodes)
                return ["[", listed(assemble(one), self._within), "]"]
            case "pageInfo":
                return self._page_info(nodes)
            case "totalCount":
                return [Long(sql_cast(self._count().scalar_subquery(), Text))]
            case _:
                return [f'"{self.type.name}"']

    def _node(self, nodes: list[FieldNode]) -> Pieces:
        return self.shown(self.page, self.entity, selections(nodes))

    def _edge(self, nodes: list[FieldNode]) -> Pieces:
        kind = self._below("edges")
        pairs: list[tuple[str, Pieces]] = []
        for key, some in self.build.collect(selections(nodes), kind).items():
            with self.build.at(key, some):
                match some[0].name.value:
                    case "cursor":
                        pairs.append((key, [Joined(quote('"'), self._cursor, quote('"'))]))
                    case "node":
                        pairs.append((key, self._node(some)))
                    case _:
                        pairs.append((key, [f'"{kind.name}"']))
        return members(pairs)

    def _below(self, name: str) -> GraphQLObjectType:
        kind: Any = self.type.fields[name].type
        while hasattr(kind, "of_type"):
            kind = kind.of_type
        return cast(GraphQLObjectType, kind)

    # Before and after ------------------------------------------------------------------------

    def _page_info(self, nodes: list[FieldNode]) -> Pieces:
        parts: Mapping[str, Callable[[], Pieces]] = {
            "hasNextPage": lambda: self._is_more("before", beyond=not self.backward),
            "hasPreviousPage": lambda: self._is_more("after", beyond=self.backward),
            "startCursor": lambda: self._cursor_at(nearest=not self.backward),
            "endCursor": lambda: self._cursor_at(nearest=self.backward),
            "__typename": lambda: ['"PageInfo"'],
        }
        selected = self.build.collect(selections(nodes), self.build.types.page_info)
        return members((key, parts[some[0].name.value]()) for key, some in selected.items())

    def _is_more(self, bound: str, *, beyond: bool) -> Pieces:
        """Whether there is a record on one side of the page.

        `beyond`: it is the side on which the page ends because it is full. On either side there
        may also be a record that the cursor of that side leaves out.
        """
        more: list[Any] = [func.count() > self.size] if beyond else []
        if bound in self.bounds:
            source = Source(self.build, self.entity)
            order = self._order(source)
            side = order if bound == "before" else order.mirrored
            left_out = side.after(self.bounds[bound], inclusive=True)
            more.append(exists(self._found(source, [literal_column("1")], left_out)))
        if not more:
            return ["false"]
        return [sql_cast(more[0] if len(more) == 1 else more[0] | more[1], Text)]

    def _cursor_at(self, *, nearest: bool) -> Pieces:
        """The cursor of the page's record that is nearest to where the page is cut from, or not."""
        last = func.least(self._fetched, self.size)
        place = literal_column("1") if nearest else last
        found = func.max(self._cursor).filter(self._place == place, self._within)
        return [or_null(Joined(quote('"'), found, quote('"')))]

    @property
    def _cursor(self) -> ColumnElement[str]:
        return self.order.cursor(self.page)

    @property
    def _place(self) -> ColumnElement[Any]:
        """How far a row is from where the page is cut from; the nearest is 1."""
        return literal_column(f"{self.page.name}.place", Integer())

    @property
    def _fetched(self) -> ColumnElement[Any]:
        """How many rows there are, with the one too many."""
        return literal_column(f"{self.page.name}.fetched", Integer())

    @property
    def _within(self) -> Any:
        """That a row is on the page, and not the one too many; None where there is none."""
        return self._place <= self.size if "pageInfo" in self.names else None

    # Rows ------------------------------------------------------------------------------------

    def _found(self, source: Source, columns: list[Any], *between: ColumnElement[bool]) -> Any:
        """A SELECT from the records of the whole list, or from those in between."""
        # Conditions join tables to the source, so they come before its SELECT.
        where = Where().conditions(source, self.where)
        readable = [] if self.readable else source.readable()
        conditions = [*self.which(source), *readable, *where, *between]
        return source.select(*columns).where(*conditions)

    def _between(self, order: Order) -> list[ColumnElement[bool]]:
        """That a row comes after the one cursor, and before the other."""
        sides = {"after": order, "before": order.mirrored}
        return [sides[name].after(values) for name, values in self.bounds.items()]

    def _count(self) -> Any:
        if self.matched is not None:
            return select(func.count()).select_from(table(self.matched))
        return self._found(Source(self.build, self.entity), [func.count()])

    def _rows(self) -> Any:
        """The page's rows, with the next one where it is asked whether there is more.

        They are numbered once they are cut off: PostgreSQL would sort the whole list for it.
        """
        source = self.page.source
        order = self.order.mirrored if self.backward else self.order
        numbered = "pageInfo" in self.names
        size = self.size + literal_column("1") if numbered else self.size
        columns = self.page.columns
        if self.matched is None:
            rows = self._found(source, columns, *self._between(self.order)).limit(size)
        else:
            among = source.alias.id == any_(self._cut_from_matching(order, size))
            rows = source.select(*columns).where(among)
        rows = rows.order_by(*order.clauses)
        if not numbered and not self.backward:
            return rows
        name = self.build.name("p")
        place = func.row_number().over().label("place")
        fetched = func.count().over().label("fetched")
        whole = select(literal_column(f"{name}.*"), place, fetched).select_from(rows.subquery(name))
        return whole.order_by(place.desc()) if self.backward else whole

    # Where both rows and their number are asked for, and the conditions are costly, a WITH query
    # finds what matches once.

    def _matching(self) -> Any:
        """All records of the list: their ids, and what they are ordered by."""
        source = Source(self.build, self.entity)
        keys = [key.column.label(f"k{i}") for i, key in enumerate(self._order(source).keys)]
        return self._found(source, [source.alias.id.label("id"), *keys])

    def _cut_from_matching(self, order: Order, size: Any) -> Any:
        columns = [column(f"k{i}", key.column.type) for i, key in enumerate(order.keys)]
        matching = table(str(self.matched), column("id"), *columns)
        places = order.over(matching.c[1:])
        between = self._between(self.order.over(matching.c[1:]))
        ids = select(matching.c.id).where(*between).order_by(*places.clauses).limit(size)
        return func.array(ids.scalar_subquery())


def _asks_lists(types: Types, entity: type[Entity], where: Mapping[str, Any]) -> bool:
    """Whether conditions look into lists of records, or at their sums.

    Only then does it pay to keep what matches (docs/decisions/0006).
    """
    members_of = types.members_of(entity)
    for key, asked in where.items():
        match members_of.get(key):
            case ToMany():
                return True
            case Field(owner=owner, name=name, kind=kind):
                if kind is not Kind.MONEY and name not in owner.__table__.c:
                    return True
            case ToOne(target=target):
                if _asks_lists(types, target, (asked or {}).get("is") or {}):
                    return True
            case None if key in ("and", "or", "not"):
                several = asked if isinstance(asked, list) else [asked or {}]
                if any(_asks_lists(types, entity, one) for one in several):
                    return True
    return False


def _most(asked: Mapping[str, Any]) -> Any:
    """How many records the page has at most.

    Raises GraphQLError (BAD_PAGE_SIZE) when it is said from both sides.
    """
    first, last = asked.get("first"), asked.get("last")
    if first is not None and last is not None:
        raise bad_input(
            "BAD_PAGE_SIZE",
            "Give `first` for a page from the list's start, or `last` for one from its end, "
            "not both.",
        )
    if last is not None:
        return last
    return PAGE_SIZE if first is None else first


def page_size(name: str, asked: int) -> int:
    """How many are asked for by an argument; raises GraphQLError (BAD_PAGE_SIZE)."""
    if 0 <= asked <= BIGGEST_PAGE:
        return asked
    if asked < 0:
        raise bad_input("BAD_PAGE_SIZE", f"`{name}` cannot be negative, but it is {asked}.")
    raise bad_input(
        "BAD_PAGE_SIZE",
        f"`{name}` is at most {BIGGEST_PAGE}, but it is {asked}: fetch the rest page by page.",
    )
