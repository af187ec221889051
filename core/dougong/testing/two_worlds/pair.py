"""A pair of worlds: two databases, served side by side, and the person who asks both."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from random import Random
from typing import Any, Self

from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import DBAPIError

from dougong.access.users import User
from dougong.addons.installed import load_generation
from dougong.db.engine import open_database
from dougong.db.naming import CORE
from dougong.generation import Generation
from dougong.testing.databases import Databases
from dougong.testing.oracle.doings import Doings
from dougong.testing.oracle.rows import Filling, fill
from dougong.testing.two_worlds.borders import take_sides
from dougong.testing.two_worlds.copies import Copies
from dougong.testing.two_worlds.doings import OtherDoings
from dougong.testing.two_worlds.door import Reply, asked, knock
from dougong.testing.two_worlds.people import (
    ASKER,
    BOSS,
    LENDERS,
    TWIN,
    Standing,
    hold,
    settle_people,
)
from dougong.testing.two_worlds.sight import Numbers, Sight, Texts
from dougong.testing.two_worlds.variation import Variation
from dougong.testing.worlds import LiveWorld, Person
from dougong.workflow.workflow import Workflow

SIZES = (4, 6, 8)
"""How many records of an entity there may be."""
LARGE = 1_000_000_000


class Pair:
    """Two worlds; `standing` is that of the person who asks."""

    def __init__(self, databases: Databases, url: str, generation: Generation) -> None:
        """`url` is a database to which nobody is connected, with what the generation has in it."""
        engine = open_database(url, pool_size=None)
        self.people = settle_people(engine.connect(), generation)
        engine.dispose()
        other = databases.copy_of(url)
        self.generation = generation
        self.numbers = [one.principal.user_id or 0 for one in self.people]
        self.worlds = (LiveWorld(url, generation), LiveWorld(other, generation))
        self.standing = Standing()
        self._texts: Texts = {}

    @classmethod
    def of(cls, databases: Databases, *addons: str) -> Self:
        """With these add-ons installed."""
        return cls.over(databases, databases.clone(*addons))

    @classmethod
    def over(cls, databases: Databases, url: str) -> Self:
        """Of a database to which nobody is connected, with what is installed in it."""
        engine = open_database(url, pool_size=None)
        generation = load_generation(engine)
        engine.dispose()
        return cls(databases, url, generation)

    @property
    def boss(self) -> Person:
        """Who sees everything."""
        return self.people[BOSS]

    @property
    def asker(self) -> Person:
        """Who asks."""
        return self.people[ASKER]

    @property
    def twin(self) -> Person:
        """Somebody in the same roles."""
        return self.people[TWIN]

    @property
    def user(self) -> int | None:
        """The number of the person who asks; None for somebody who has not signed in."""
        return None if self.standing.roles is None else self.numbers[ASKER]

    def renew(self, seed: int) -> None:
        """Other records, the same for the same seed."""
        first = self.worlds[0].engine
        fill(first, self.generation, seed, SIZES, None)
        with first.begin() as connection:
            _add_what_nobody_refers_to(connection, self.generation, seed)
            take_sides(connection, self.generation)
            _tame(connection, self.generation)
            Doings(connection, self.generation, Random(seed)).log()  # noqa: S311 - not for secrets
        self._copies = Copies(first, self.generation)

    def become(self, what: Standing, seed: int, share: float = 1.0) -> Variation:
        """Have somebody ask who stands so, in worlds that differ in what they do not see.

        Of what lies far from all that they see, a `share` differs.
        """
        self.standing = what
        for world in self.worlds:
            self._copies.put(world.engine)
            with world.engine.begin() as connection:
                hold(connection, self.numbers, what)
                self._share(connection)
            with world.engine.begin() as connection:
                self._move(connection, self.sight(connection).seen(connection), seed)
        random = Random(seed)  # noqa: S311 - not for secrets
        with self.worlds[1].engine.begin() as connection:
            sight = self.sight(connection)
            variation = Variation(connection, sight, random)
            variation.vary(share)
            _tame(connection, self.generation)
            OtherDoings(connection, sight, random).write()
        self._kept_copies = tuple(Copies(world.engine, self.generation) for world in self.worlds)
        return variation

    def sight(self, connection: Connection) -> Sight:
        """What the person who asks may see now."""
        return self.sight_of(connection, self.user)

    def sight_of(self, connection: Connection, user: int | None) -> Sight:
        """What somebody may see now."""
        return Sight(self.generation, connection, user, self._texts)

    def again(self) -> None:
        """Both worlds as they were before anything was done in them."""
        for world, copies in zip(self.worlds, self._kept_copies, strict=True):
            copies.put(world.engine)

    def hold(self, what: Standing) -> None:
        """Have the person who asks stand so, in both worlds."""
        for world in self.worlds:
            with world.engine.begin() as connection:
                hold(connection, self.numbers, what)

    def _share(self, connection: Connection) -> None:
        """Half of the records belong to the person whose roles they are, others to people like them."""
        mine = self.numbers[self.standing.holder]
        others = [self.numbers[one] for one in (TWIN, *LENDERS) if one != self.standing.holder]
        for model in self.generation.models.values():
            table = model.entity.__table__
            for link in model.links.values():
                if link.target is User and not link.read_only and model.addon != CORE:
                    column = model.entity.__mapper__.columns[link.key].name
                    for rest, whose in ((0, mine), (1, others[0]), (2, mine), (3, others[-1])):
                        some = update(table).where(table.c.id % 4 == rest)
                        _if_accepted(connection, some.values({column: whose}))

    def _move(self, connection: Connection, seen: Numbers, seed: int) -> None:
        """The records that the person sees are in all states, one after the other; so are others.

        What is not seen of these tells most where it counts: a report may be of what is done only.
        """
        for entity, flow in self.generation.workflows.items():
            table, states = entity.__table__, sorted(_states(flow))
            column = entity.__mapper__.columns[flow.state_name].name
            every = set(connection.scalars(select(table.c.id)))
            for some in (seen[entity], every - set(seen[entity])):
                for place, number in enumerate(sorted(some)):
                    state = states[(place + seed) % len(states)]
                    moved = update(table).where(table.c.id == number).values({column: state})
                    _if_accepted(connection, moved)

    def count_from(self, number: int) -> None:
        """Have the next records get the same numbers in both worlds."""
        for world in self.worlds:
            self._copies.count_from(world.engine, number)

    # Asking ------------------------------------------------------------------------------------

    def ask(self, body: Mapping[str, Any], by: Person | None = None) -> tuple[Reply, Reply]:
        """The same POST to both worlds, by the person who asks or somebody else."""
        return self.request("POST", "/graphql", asked(body), by=by)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        parameters: Mapping[str, str] | None = None,
        by: Person | None = None,
    ) -> tuple[Reply, Reply]:
        """The same request to both worlds, by the person who asks or somebody else."""
        mine = None if self.standing.roles is None else self.asker.token
        token = mine if by is None else by.token
        one, other = (knock(world, method, path, token, body, parameters) for world in self.worlds)
        return one, other

    def close(self) -> None:
        """Stop serving."""
        for world in self.worlds:
            world.close()


def _if_accepted(connection: Connection, statement: Any) -> None:
    with suppress(DBAPIError), connection.begin_nested():
        connection.execute(statement)


def _add_what_nobody_refers_to(connection: Connection, generation: Generation, seed: int) -> None:
    """Records that could be deleted."""
    filling = Filling(connection, generation, Random(seed))  # noqa: S311 - not for secrets
    for entity in generation.models:
        ids = connection.scalars(select(entity.__table__.c.id).order_by(entity.__table__.c.id))
        filling.numbers[entity] = list(ids)
    for entity in generation.models:
        for number in filling.insert(entity, {}) if entity.__addon__ != CORE else ():
            for extension in generation.extensions.get(entity, ()):
                filling.insert(extension, {"id": number})


def _tame(connection: Connection, generation: Generation) -> None:
    """Have no sum be larger than its column: who sees it could not read the record."""
    totals = (one for entity in generation.models for one in entity.__sums__.values())
    for total in totals:
        table, name = total.column.class_.__table__, total.column.key
        if table.c[name].computed is None:
            large = func.abs(table.c[name]) > LARGE
            connection.execute(update(table).where(large).values({name: 1}))


def _states(flow: Workflow[Any, Any]) -> set[Any]:
    column: Any = flow.entity.__table__.c[flow.state_name]
    return set(column.type.enum_class)
