"""Subscriptions while records come, change and go, come into sight and go out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from random import Random
from typing import Any

from sqlalchemy import Connection, Executable, delete, insert, select, update
from sqlalchemy.exc import DBAPIError

from dougong.access.users import User
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.graphql.changes import record_name
from dougong.testing.oracle.rows import Filling
from dougong.testing.two_worlds.answers import FIRST_NEW, Leak, plain, where
from dougong.testing.two_worlds.asking import Asking
from dougong.testing.two_worlds.contents import Contents
from dougong.testing.two_worlds.people import EVERYTHING, Standing
from dougong.testing.two_worlds.sight import Sight
from dougong.testing.two_worlds.streams import Streams
from dougong.testing.two_worlds.writes import values_of

MOST_VERSION = 2**31 - 2
FIRST_MADE = FIRST_NEW + 950_000
"""New records get numbers from here on."""


class Following:
    """Subscribes as the person who asks, who has lost rights since, beside somebody in the same roles."""

    def __init__(self, asking: Asking, contents: Contents, random: Random, entities: int) -> None:
        """So many `entities` are followed, those first of which something is not seen."""
        self._asking = asking
        self._pair = asking.pair
        self._contents = contents
        self._random = random
        models = list(contents.generation.models)
        random.shuffle(models)
        models.sort(key=lambda one: (one not in contents.hiding, not contents.seen[one]))
        self._entities = models[:entities]
        self._made = 0
        self._sights: list[Sight] = []

    def follow(self, changes: int) -> None:
        """Do so many changes, and compare what is told of each. Raises Leak."""
        documents = [self._document(entity) for entity in self._entities]
        self._pair.hold(Standing((EVERYTHING,)))
        twin, mine = self._pair.twin.token, self._pair.asker.token
        streams = [Streams(one, (twin, mine), documents) for one in self._pair.worlds]
        try:
            self._pair.hold(self._pair.standing)
            for stream in streams:
                stream.forget()
            for _ in range(changes):
                self._change()
                self._asking.asked["event"] += 1
                one, other = (plain(stream.settle()[len(documents) :]) for stream in streams)
                if one != other:
                    raise Leak(f"{where(one, other)}\nsubscriptions: {documents}")
        finally:
            for stream in streams:
                stream.close()

    def _document(self, entity: type[Entity]) -> str:
        name = model_of(entity).api_name
        kind = self._contents.generation.schema.type_map[entity.__name__]
        shown = f"{record_name(entity)} {{ {values_of(kind)} }}"
        return f"subscription {{ {name}Changed {{ what id {shown} }} }}"

    # Changes -------------------------------------------------------------------------------------

    def _change(self) -> None:
        """Touch what is not seen, as much as each world has, and do the same to what is, in both."""
        with ExitStack() as stack:
            connections = [stack.enter_context(one.engine.begin()) for one in self._pair.worlds]
            self._sights = self._sights or [self._pair.sight(one) for one in connections]
            sights = self._sights  # nothing that is done here changes what somebody may
            for one, sight in zip(connections, sights, strict=True):
                hidden = sight.hidden(one)
                for entity in self._entities:
                    _touch(one, entity, sorted(hidden[entity]))
            seen = sights[0].seen(connections[0])
            for entity in self._entities:
                change = self._random.choice((self._touch, self._make, self._move, self._remove))
                self._both(connections, change(connections[0], entity, seen))

    def _both(self, connections: Sequence[Connection], statements: Sequence[Executable]) -> None:
        """The same in both worlds, or in none."""
        with ExitStack() as stack:
            savepoints = [stack.enter_context(one.begin_nested()) for one in connections]
            try:
                for connection in connections:
                    for one in statements:
                        connection.execute(one)
            except DBAPIError:
                for savepoint in savepoints:
                    savepoint.rollback()

    def _touch(
        self, _: Connection, entity: type[Entity], seen: Mapping[Any, Any]
    ) -> list[Executable]:
        some = sorted(seen[entity])
        return [_touched(entity, [self._random.choice(some)])] if some else []

    def _make(
        self, connection: Connection, entity: type[Entity], seen: Mapping[Any, Any]
    ) -> list[Executable]:
        """A record, linked to nothing that only one world has, or that is not the same in both."""
        if entity.__addon__ == CORE:
            return []
        filling = Filling(connection, self._contents.generation, self._random)
        filling.numbers = {one: sorted(numbers) for one, numbers in seen.items()}
        filling.numbers[User] = self._pair.numbers
        self._made += 1
        number = FIRST_MADE + self._made
        parts = (entity, *self._contents.generation.extensions.get(entity, ()))
        return [
            insert(one.__table__).values({**dict(filling.values(one)), "id": number})
            for one in parts
        ]

    def _move(
        self, connection: Connection, entity: type[Entity], seen: Mapping[Any, Any]
    ) -> list[Executable]:
        """Another owner for what is seen, or was made before: out of sight, or into it."""
        table = entity.__table__
        made = connection.scalars(select(table.c.id).where(table.c.id > FIRST_MADE))
        some = sorted({*seen[entity], *made})
        links = [
            link
            for link in model_of(entity).links.values()
            if link.target is User and not link.read_only and entity.__addon__ != CORE
        ]
        if not (some and links):
            return []
        chosen = self._random.choice(some)
        whose = {
            entity.__mapper__.columns[link.key].name: self._random.choice(self._pair.numbers)
            for link in links
        }
        return [update(table).where(table.c.id == chosen).values(whose)]

    def _remove(
        self, _: Connection, entity: type[Entity], seen: Mapping[Any, Any]
    ) -> list[Executable]:
        some, table = sorted(seen[entity]), entity.__table__
        if not some or entity.__addon__ == CORE:
            return []
        return [delete(table).where(table.c.id == self._random.choice(some))]


def _touch(connection: Connection, entity: type[Entity], numbers: Sequence[int]) -> None:
    if numbers:
        connection.execute(_touched(entity, numbers))


def _touched(entity: type[Entity], numbers: Sequence[int]) -> Executable:
    table = entity.__table__
    some = update(table).where(table.c.id.in_(numbers), table.c.version < MOST_VERSION)
    return some.values(version=table.c.version + 1)
