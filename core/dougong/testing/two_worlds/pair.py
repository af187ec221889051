"""A pair of worlds: two databases, served side by side, and the person who asks both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, delete, insert, update
from sqlalchemy.orm import Session

from dougong.access.passwords import issue_token
from dougong.access.rules import ANONYMOUS, Principal
from dougong.access.users import User, role_holder
from dougong.addons.installed import load_generation
from dougong.db.engine import open_database
from dougong.generation import Generation
from dougong.testing.databases import Databases
from dougong.testing.oracle.rows import fill
from dougong.testing.two_worlds.copies import Copies
from dougong.testing.two_worlds.door import Reply, asked, knock
from dougong.testing.two_worlds.sight import Sight
from dougong.testing.two_worlds.variation import Variation
from dougong.testing.worlds import LiveWorld, Person, utc_now

SIZES = (4, 6, 8, 10, 12)
"""How many records of an entity there may be."""
PEOPLE = ("Boss", "Ann", "Bob", "Zoë", "斗 拱")
"""Who is there: who sees everything, who asks, and the others."""
ROLES_OF_OTHERS = 2


class Pair:
    """Two worlds; `roles` are those of the person who asks, None for the anonymous."""

    def __init__(self, databases: Databases, addons: Sequence[str]) -> None:
        url = databases.clone(*addons)
        engine = open_database(url, pool_size=None)
        generation = load_generation(engine)
        self.boss, self.asker = _people(engine.connect(), generation)
        engine.dispose()
        other = databases.copy_of(url)
        self.generation = generation
        self.worlds = (LiveWorld(url, generation), LiveWorld(other, generation))
        self.roles: tuple[str, ...] | None = ()

    def renew(self, seed: int) -> None:
        """Other records, the same for the same seed."""
        first = self.worlds[0].engine
        fill(first, self.generation, seed, SIZES, None)
        self._copies = Copies(first, self.generation)

    def become(self, roles: tuple[str, ...] | None, seed: int) -> Variation:
        """Have somebody with these roles ask, in worlds that differ in what these do not see."""
        self.roles = roles
        for world in self.worlds:
            self._copies.put(world.engine)
            with world.engine.begin() as connection:
                self._hold(connection, roles or ())
        random = Random(seed)  # noqa: S311 - not for secrets
        with self.worlds[1].engine.begin() as connection:
            variation = Variation(connection, Sight(self.generation, self.who), random)
            variation.vary()
        self._varied = Copies(self.worlds[1].engine, self.generation)
        return variation

    def again(self) -> None:
        """Both worlds as they were before anything was done in them."""
        for world, copies in zip(self.worlds, (self._copies, self._varied), strict=True):
            copies.put(world.engine)
            with world.engine.begin() as connection:
                self._hold(connection, self.roles or ())

    def hold(self, roles: Sequence[str]) -> None:
        """Give the person who asks these roles, in both worlds."""
        for world in self.worlds:
            with world.engine.begin() as connection:
                self._hold(connection, roles)

    def _hold(self, connection: Connection, roles: Sequence[str]) -> None:
        me = self.asker.principal.user_id
        connection.execute(delete(role_holder).where(role_holder.c.user_id == me))
        for role in roles:
            connection.execute(insert(role_holder).values(user_id=me, role=role))

    @property
    def who(self) -> Principal:
        """The person who asks, with the roles of now."""
        if self.roles is None:
            return ANONYMOUS
        mine = self.asker.principal
        return Principal(mine.user_id, mine.label, frozenset(self.roles))

    def count_from(self, number: int) -> None:
        """Have the next records get the same numbers in both worlds."""
        for world in self.worlds:
            self._copies.count_from(world.engine, number)

    # Asking ------------------------------------------------------------------------------------

    def ask(self, body: Mapping[str, Any]) -> tuple[Reply, Reply]:
        """The same POST to both worlds, by the person who asks."""
        return self.request("POST", "/graphql", asked(body))

    def request(
        self, method: str, path: str, body: bytes = b"", parameters: Mapping[str, str] | None = None
    ) -> tuple[Reply, Reply]:
        """The same request to both worlds, by the person who asks."""
        token = None if self.roles is None else self.asker.token
        one, other = (
            knock(world, method, path, token, body, parameters) for world in self.worlds
        )
        return one, other

    def close(self) -> None:
        """Stop serving."""
        for world in self.worlds:
            world.close()


def _people(connection: Connection, generation: Generation) -> tuple[Person, Person]:
    """The people; the first and the second have tokens. What others do is no part of it."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    people: list[Person] = []
    roles = sorted(generation.access.roles)
    with Session(connection) as session, session.begin():
        for number, name in enumerate(PEOPLE):
            user = User(email=f"person{number}@x.example", name=name)
            session.add(user)
            session.flush()
            token = issue_token(session, user.id, utc_now())
            held = roles[number * ROLES_OF_OTHERS :][:ROLES_OF_OTHERS] if number > 1 else []
            for role in ["dougong.administrator"] if number == 0 else held:
                session.execute(insert(role_holder).values(user_id=user.id, role=role))
            people.append(Person(Principal(user.id, name, frozenset(held)), token))
        session.execute(update(User.__table__).values(created_at=start, updated_at=start))
    connection.close()
    return people[0], people[1]
