"""What both worlds hold: values to ask with, and of which records something is not seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.generation import Generation
from dougong.graphql.schema import RootFields
from dougong.testing.oracle.examples import World
from dougong.testing.oracle.guide import Guide
from dougong.testing.oracle.pool import Pool, pool_of
from dougong.testing.two_worlds.door import asked, knock
from dougong.testing.two_worlds.pair import Pair
from dougong.testing.two_worlds.sight import Numbers, Sight
from dougong.testing.two_worlds.variation import KEYS

MOST_TELLING = 4
"""How many times as often values are drawn that only one world has."""
NOT_TAKEN = "not taken"
"""A key that nothing has."""


class Contents:
    """What there was when it was looked at.

    `seen` and `hidden` are the records, `hidden` of either world; `telling` are values that only one
    of them has: whatever an answer says of these, the other world does not say.
    """

    def __init__(self, pair: Pair, cursors: dict[str, list[str]]) -> None:
        """`cursors` keeps those of the same records."""
        self.pair = pair
        self.generation = generation = pair.generation
        self._known = cursors
        pools = [pool_of(generation, self._as_boss(place)) for place in (0, 1)]
        self.pool: Pool = _both(*pools)
        self.telling: Mapping[tuple[str, str], list[Any]] = _only_one(*pools)
        guarded: set[type[Entity]] = set()
        self.hidden: list[Numbers] = []
        self.referred: list[Mapping[type[Entity], set[int]]] = []
        """Of either world, what something else in it links to."""
        for world in pair.worlds:
            with world.engine.connect() as connection:
                sight = pair.sight(connection)
                self.seen, self.rights = sight.seen(connection), sight.rights
                self.hidden.append(sight.hidden(connection))
                self.referred.append(_referred(generation, connection))
                guarded = {
                    one for one in generation.models if _hides_fields(sight, connection, one)
                }
        guarded |= {one for one in generation.models if guarded & {*model_of(one).owned.values()}}
        self.hiding = guarded | {
            entity for some in self.hidden for entity, numbers in some.items() if numbers
        }
        """Entities of which records are not seen, or fields of records."""
        names = [entity.__name__ for entity in generation.models]
        guide = Guide(generation.schema, ())
        self.world = World(
            generation.schema, ["asker"], self.pool, self.cursors, names, guide, everything=True
        )

    @property
    def pointed(self) -> World:
        """The same to draw from, with more of what only one world has."""
        pool = {
            key: [*values, *MOST_TELLING * self.telling.get(key, [])]
            for key, values in self.pool.items()
        }
        return replace(self.world, pool=pool)

    @property
    def about(self) -> set[type[Entity]]:
        """What the person's roles are about: what everybody sees is no concern of theirs."""
        roles = [self.generation.access.roles[name] for name in self.pair.standing.roles or ()]
        about = {rule.entity for role in roles for rule in role.rows}
        owned = self.generation.owned.items()
        return about | {child for child, many in owned if many.link.target in about}

    @property
    def owner(self) -> str:
        """Whose the records are that the person's roles call one's own."""
        return f"User:{self.pair.numbers[self.pair.standing.holder]}"

    def only_in(self, place: int, entity: type[Entity]) -> list[int]:
        """Records that are not seen, and are not in the other world."""
        return sorted(self.hidden[place][entity] - self.hidden[1 - place][entity])

    def version_of(self, record: str) -> int:
        """The version that a record had."""
        known = self.pool.get(("version of", record), ())
        return known[0] if known else 1

    def _as_boss(self, place: int) -> Callable[[str], Any]:
        world, token = self.pair.worlds[place], self.pair.boss.token

        def answer(document: str) -> Any:
            body = asked({"query": document, "variables": {}})
            return json.loads(knock(world, "POST", "/graphql", token, body).body)["data"]

        return answer

    def cursors(self, of: str, order: Any) -> Sequence[str]:
        """Cursors of a list as who sees everything gets them, those of hidden records among them."""
        key = json.dumps([of, order])
        if key not in self._known:
            owner, name = of.split(".")
            kind: Any = self.generation.schema.type_map[owner]
            by = kind.fields[name].args["orderBy"].type
            page = f"{name}(first: 10, orderBy: $by) {{ edges {{ cursor }} }}"
            if owner != "Query":
                page = f"{self._plural(owner)}(first: 10) {{ nodes {{ {page} }} }}"
            found = self.pair.worlds[0].ask(
                f"query ($by: {by}) {{ {page} }}", self.pair.boss, by=order
            )
            self._known[key] = list(_cursors_in(found))
        return self._known[key]

    def _plural(self, entity: str) -> str:
        root: RootFields = self.generation.schema.extensions["root"]
        return next(name for name, one in root.lists.items() if one.__name__ == entity)


def _hides_fields(sight: Sight, connection: Connection, entity: type[Entity]) -> bool:
    """Whether fields are hidden of records that are seen."""
    parts = (entity, *sight.generation.extensions.get(entity, ()))
    guarded = (part for part in parts if part.__guards__)
    return any(any(sight.unreadable(connection, entity, part).values()) for part in guarded)


def _referred(generation: Generation, connection: Connection) -> Mapping[type[Entity], set[int]]:
    """The records to which others link."""
    found: dict[type[Entity], set[int]] = {}
    for part in (
        *generation.models,
        *(one for some in generation.extensions.values() for one in some),
    ):
        for link in model_of(part).links.values():
            column = part.__table__.c[part.__mapper__.columns[link.key].name]
            numbers = connection.scalars(select(column).where(column.is_not(None)))
            found.setdefault(link.target, set()).update(numbers)
    return found


def _both(one: Pool, other: Pool) -> dict[tuple[str, str], list[Any]]:
    """The values of both, each once."""
    pool = {key: list(values) for key, values in one.items()}
    for key, values in other.items():
        known = pool.get(key, [])
        pool[key] = list(dict.fromkeys([*known, *values])) if _plain(values) else values
    pool["", "idempotencyKey"] = list(KEYS)
    return pool


def _only_one(one: Pool, other: Pool) -> dict[tuple[str, str], list[Any]]:
    found = {}
    for key in one.keys() & other.keys():
        if _plain([*one[key], *other[key]]):
            found[key] = sorted({*one[key]} ^ {*other[key]})
    return found


def _plain(values: Sequence[Any]) -> bool:
    return all(isinstance(one, str) for one in values) or all(
        isinstance(one, int | float) for one in values
    )


def _cursors_in(data: Any) -> Iterator[str]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if key == "cursor":
            yield value
        elif isinstance(value, dict | list):
            yield from _cursors_in(value)
