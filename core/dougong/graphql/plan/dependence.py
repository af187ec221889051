"""Which records another record's change may bring into sight, or out of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.sql import visitors

from dougong.access.reach import team_reach, unit_reach
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, key_of, model_of
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.plans import EPOCH
from dougong.graphql.plan.sql import Compiled, Statement, compile_piece, statement_of

MOST_LINKS = 3
MOST_AFFECTED = 1_000
"""Records that are looked at one by one after a change; where there are more, clients read anew."""
Path = tuple[ToOne, ...]
PathKey = tuple[str, ...]
"""The key of the entity to which a path leads, and the names of its links."""


class Dependence:
    """What the choice of an entity's records reads besides the records themselves."""

    def __init__(self, build: Build, entity: type[Entity], chosen: sql.Select[Any]) -> None:
        """`chosen` selects the records that the asker may see and asked for."""
        self._build, self._entity, own = build, entity, entity.__table__
        parts = list(visitors.iterate(chosen))
        tables = [one for one in parts if isinstance(one, sql.TableClause)]
        aliases = [one for one in parts if isinstance(one, sql.Alias) and one.element == own]
        only_itself = len(set(aliases)) == 1 and tables.count(own) == len(aliases)
        self._tables = set(tables) - ({own} if only_itself else set())
        # Some columns are spelled as text, with the name of their table.
        names = (one.name for one in parts if isinstance(one, sql.ColumnClause))
        self._columns = {name.rpartition(".")[2].strip('"') for name in names}
        self.on_units = not self._tables.isdisjoint((unit_reach, team_reach))
        """Whether it reads who is a member of which units."""

    def paths(self, entity: type[Entity] | None = None, *before: ToOne) -> Iterator[Path]:
        """The links that lead from the entity to what is read."""
        for link in model_of(entity or self._entity).links.values():
            read = (link.target, *self._build.generation.extensions.get(link.target, ()))
            if link.key in self._columns and self._tables & {one.__table__ for one in read}:
                yield (*before, link)
                if len(before) + 1 < MOST_LINKS:
                    yield from self.paths(link.target, *before, link)

    def affected(self, path: Path) -> tuple[PathKey, Statement]:
        """Which records look at some of those to which a path leads.

        Numbers, below zero where the asker does not see the record or what it looks at. Those that
        are seen and those that are not are limited each by themselves: neither tells of the other.
        """
        arguments, start = self._build.arguments, aliased(self._entity)
        joined, at = sql.select(start.id).select_from(start), start
        for link in path:
            target: Any = aliased(link.target)
            joined, at = joined.join(target, target.id == getattr(at, link.key)), target
        rules = (
            *self._build.readable(path[-1].target, at),
            *self._build.readable(self._entity, start),
        )
        seen = sql.func.coalesce(sql.and_(sql.true(), *rules), sql.false())
        joined = joined.where(at.id == sql.any_(arguments.run("records", ARRAY(sql.BigInteger()))))
        some = sql.union_all(
            *(
                joined.with_only_columns(number.label("number"))
                .where(which)
                .limit(MOST_AFFECTED + 1)
                for number, which in ((start.id, seen), (-start.id, sql.not_(seen)))
            )
        ).subquery()
        found = sql.select(sql.func.string_agg(sql.cast(some.c.number, sql.Text), " "))
        piece = compile_piece(found, arguments)
        column = Compiled(f"({piece.template})", piece.values)
        names = (link.name for link in path)
        return (key_of(path[-1].target), *names), statement_of([EPOCH, column], arguments)
