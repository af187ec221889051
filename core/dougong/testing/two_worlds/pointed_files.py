"""Files that something unseen decides: rows that name, by a key, what only one of the worlds has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from dougong.access.permissions import Operation
from dougong.access.users import User
from dougong.builtin.import_export.mapping import Taken
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, model_of
from dougong.testing.two_worlds.contents import NOT_TAKEN, Contents

EACH = 2
"""How many records are named of each kind."""
Rows = list[list[str]]


@dataclass(frozen=True)
class PointedFile:
    """A file, and how it is brought in."""

    entity: type[Entity]
    rows: Rows
    update: str | None = None
    """The field by which records that are there are found; None makes new ones."""


class PointedFiles:
    """Those about the records that only one of the worlds has; nothing else in them is refused."""

    def __init__(self, contents: Contents, place: int, connection: Connection) -> None:
        """`place` is that of the world, to which there is a connection."""
        self._contents = contents
        self._place = place
        self._connection = connection

    def about(self, entity: type[Entity]) -> Iterator[PointedFile]:
        """Records that would link to unseen ones; unseen ones that would be changed."""
        yield from self._links(entity)
        yield from self._changes(entity)

    def _links(self, entity: type[Entity]) -> Iterator[PointedFile]:
        known = Taken(self._contents.generation, entity).known.values()
        needed = self._needed(entity)
        for link in known:
            if not isinstance(link, ToOne) or link.read_only:
                continue
            for text in self._keys(link.target, self._contents.only_in(self._place, link.target)):
                row = {**needed, link.name: text}
                yield PointedFile(entity, [[*row], [*row.values()]])

    def _changes(self, entity: type[Entity]) -> Iterator[PointedFile]:
        key = model_of(entity).natural_key
        if key is None or key not in model_of(entity).fields:
            return
        hidden = self._keys(entity, self._contents.only_in(self._place, entity))
        for text in hidden:
            row = {**self._needed(entity), key: text}
            yield PointedFile(entity, [[*row], [*row.values()]], update=key)

    def _keys(self, entity: type[Entity], numbers: Sequence[int]) -> list[str]:
        """The natural keys of some records, as a file has them."""
        model = model_of(entity)
        key = model.natural_key
        if key is None or key not in model.fields or not numbers:
            return []
        column = getattr(entity, key)
        found = select(column).where(entity.id.in_(numbers), column.is_not(None))
        values: Any = self._connection.scalars(found.order_by(entity.id).limit(EACH))
        return [getattr(one, "name", str(one)) for one in values]

    def _needed(self, entity: type[Entity]) -> dict[str, str]:
        """What a record must have, by its columns: free keys, links to what is seen and to oneself."""
        model = model_of(entity)
        unique = {one.name for key in model.natural_keys for one in key}
        row: dict[str, str] = {}
        for name, field in model.fields.items():
            if not (field.read_only or field.has_default or field.nullable):
                known = self._contents.pool.get((model.name, field.api_name), [])
                row[name] = NOT_TAKEN if name in unique else _said(known)
        for name, link in model.links.items():
            if link.read_only or link.guard is not None:
                continue
            if link.target is User:
                row[name] = self._me
            elif not link.nullable:
                row[name] = next(
                    iter(self._keys(link.target, sorted(self._contents.seen[link.target]))), ""
                )
        return row

    @property
    def _me(self) -> str:
        """The key of whose the records are that the person's roles call one's own."""
        number = int(self._contents.owner.partition(":")[2])
        return next(iter(self._keys(User, [number])), "")


def written(contents: Contents) -> list[type[Entity]]:
    """What the person may make, by hand; what their roles are about comes first."""
    by_hand = filter(contents.generation.by_hand, contents.generation.models)
    may = [one for one in by_hand if contents.rights.may(Operation.CREATE, one)]
    return sorted(may, key=lambda one: one not in contents.about)


def _said(known: Sequence[Any]) -> str:
    """A value that others have, as a file says it."""
    value = known[0] if known else 1
    return value if isinstance(value, str) else str(value).lower()
