"""What somebody may see, and what not, of the records of a world."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal, select, true, union_all

from dougong.access.permissions import Operation
from dougong.entity.base import Entity
from dougong.generation import Generation
from dougong.testing.two_worlds.rights import Rights

Numbers = Mapping[type[Entity], frozenset[int]]
"""Records, by their numbers."""
Texts = dict[Hashable, str]
"""Statements, by the rights that they were made for."""


class Sight:
    """What one person may see of the records of a generation; no planner has a part in it."""

    def __init__(
        self, generation: Generation, connection: Connection, user: int | None, texts: Texts
    ) -> None:
        """Rights are those of now; `user` is None for somebody who has not signed in.

        `texts` keeps what was compiled for the same rights, which takes a second for 140 entities.
        """
        self.generation = generation
        self._dialect = connection.dialect
        self._texts = texts
        self.rights = Rights(generation, connection, user)

    def seen(self, connection: Connection) -> Numbers:
        """The records that the person may read now."""
        return self._numbers(connection, self._readable)

    def hidden(self, connection: Connection) -> Numbers:
        """All other records."""
        seen, every = self.seen(connection), self._numbers(connection, self._all)
        return {entity: numbers - seen[entity] for entity, numbers in every.items()}

    def rule(self, entity: type[Entity]) -> ColumnElement[bool]:
        """Which records of an entity the person may read."""
        return self.rights.rule(Operation.READ, entity)

    def unreadable(
        self, connection: Connection, entity: type[Entity], part: type[Entity]
    ) -> Mapping[str, frozenset[int]]:
        """The columns of an entity, or of an extension of it, that are hidden in rows that are seen."""
        columns = part.__table__.columns
        guarded = [one for one in part.__guards__ if one in part.__mapper__.columns]
        if not guarded:
            return {}
        seen = frozenset(connection.scalars(select(entity.id).where(self.rule(entity))))
        found = {}
        for name in guarded:
            if name in columns:
                rule = self.rights.rule(part.__guards__[name].read, entity)
                found[name] = seen - frozenset(connection.scalars(select(entity.id).where(rule)))
        return found

    @cached_property
    def _readable(self) -> str:
        return self._text(self.rights.held, self.rule)

    @cached_property
    def _all(self) -> str:
        return self._text("all", lambda _: true())

    def _text(self, key: Hashable, condition: Callable[[type[Entity]], Any]) -> str:
        if key not in self._texts:
            self._texts[key] = self._each(condition)
        return self._texts[key]

    def _each(self, condition: Callable[[type[Entity]], Any]) -> str:
        """The numbers of all records for which a condition holds, each with its entity's place.

        As text: it is asked hundreds of times.
        """
        entities = enumerate(self.generation.models)
        some = (select(literal(place), one.id).where(condition(one)) for place, one in entities)
        said = union_all(*some).compile(
            dialect=self._dialect, compile_kwargs={"literal_binds": True}
        )
        return str(said)

    def _numbers(self, connection: Connection, each: str) -> Numbers:
        found: dict[int, set[int]] = defaultdict(set)
        rows: Any = connection.exec_driver_sql(each)
        for place, number in rows:
            found[place].add(number)
        entities = enumerate(self.generation.models)
        return {one: frozenset(found[place]) for place, one in entities}
