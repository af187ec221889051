"""`history` of records: planned as a mark, and written once the histories are read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from graphql import FieldNode, get_named_type
from sqlalchemy import Integer, Text, cast

from dougong.builtin.audit.history import Histories, History, Page
from dougong.builtin.audit.history_types import HISTORY
from dougong.entity.base import Entity
from dougong.graphql.marks import BEGIN, END
from dougong.graphql.plan.actions import Shape, selected, shape_of
from dougong.graphql.plan.arguments import resolved
from dougong.graphql.plan.pages import page_size
from dougong.graphql.plan.source import Level
from dougong.graphql.plan.texts import Pieces
from dougong.graphql.problems import bad_input
from dougong.graphql.scalars import DATE_TIME
from dougong.graphql.types import PAGE_SIZE

if TYPE_CHECKING:
    from dougong.graphql.resolving import Resolving

OF = b"history:"


@dataclass(frozen=True, eq=False)
class AskedHistory:
    """One selection of `history`; `first` and `after` may come from variables."""

    entity: type[Entity]
    first: Any
    after: Any
    shape: Shape
    reads = True

    @property
    def key(self) -> str:
        """What `extensions.plan` calls it."""
        return f"{self.entity.__name__}.{HISTORY}"

    def texts(self, rows: Sequence[Sequence[Any]], reading: Resolving) -> Iterator[bytes]:
        """The JSON for each of the records with these numbers; raises what the database says."""
        after = resolved(self.after, reading.variables)
        first = resolved(self.first, reading.variables)
        page = Page(first, None if after is None else _place(after))
        with reading.looking() as ctx:
            found = Histories(ctx, self.entity).of([row[0] for row in rows], page)
        for row in rows:
            value = _connection(found.get(row[0], History()), page)
            yield orjson.dumps(selected(value, self.shape))


def history(level: Level, entity: type[Entity], nodes: Sequence[FieldNode]) -> Pieces:
    """A mark with the record's number, in the place of its history.

    Raises GraphQLError (BAD_PAGE_SIZE, BAD_CURSOR).
    """
    build = level.build
    described = build.types.history
    given = build.values(described, nodes[0])
    first, after = given.get("first"), given.get("after")
    first = PAGE_SIZE if first is None else first
    build.arguments.bind(first, Integer(), lambda size: page_size("first", size))
    if after is not None:
        build.arguments.bind(after, Integer(), _place)
    mark = AskedHistory(
        entity, first, after, shape_of(build, nodes, get_named_type(described.type))
    )
    with build.arguments.page(first, 1):
        number = build.number_of(mark)
    return [f"{BEGIN}{number}[", cast(level.value(entity, "id"), Text), f"]{END}"]


def _connection(found: History, page: Page) -> dict[str, Any]:
    """All that can be selected of a history."""
    changes = [(_cursor(place), _shown(change)) for place, change in found.placed]
    last = found.placed[-1][0] if found.placed else None
    newest = found.total if page.after is None else min(page.after - 1, found.total)
    return {
        "edges": [{"cursor": cursor, "node": change} for cursor, change in changes],
        "nodes": [change for _, change in changes],
        "pageInfo": {
            "hasNextPage": (newest if last is None else last - 1) > 0,
            "hasPreviousPage": newest < found.total,
            "startCursor": changes[0][0] if changes else None,
            "endCursor": changes[-1][0] if changes else None,
        },
        "totalCount": found.total,
    }


def _shown(change: Mapping[str, Any]) -> dict[str, Any]:
    return {**change, "at": DATE_TIME.coerce_output_value(change["at"])}


# Cursors: the place in what the asker sees, counted from the oldest, which stays where it is.


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(OF + str(place).encode()).decode()


def _place(cursor: str) -> int:
    """The place of a cursor; raises GraphQLError (BAD_CURSOR)."""
    try:
        said = base64.urlsafe_b64decode(cursor.encode())
    except (binascii.Error, ValueError):
        said = b""
    number = said.removeprefix(OF)
    if not said.startswith(OF) or not number.isdigit() or len(number) > 18:
        raise bad_input("BAD_CURSOR", "This cursor is not one of a history: take it from an edge.")
    return int(number)
