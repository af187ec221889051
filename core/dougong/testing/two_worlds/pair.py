"""A pair of worlds: two databases, served side by side, and the person who asks both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dougong.access.lookup import principal_named
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.tokens import issue_token
from dougong.access.users import User
from dougong.addons.installed import load_generation
from dougong.builtin.organisation.entities import Delegation, Membership, RoleAssignment, Unit
from dougong.db.engine import open_database
from dougong.db.naming import CORE
from dougong.generation import Generation
from dougong.testing.databases import Databases
from dougong.testing.oracle.rows import Filling, fill
from dougong.testing.two_worlds.copies import Copies
from dougong.testing.two_worlds.door import Reply, asked, knock
from dougong.testing.two_worlds.sight import Numbers, Sight
from dougong.testing.two_worlds.variation import Variation
from dougong.testing.worlds import LiveWorld, Person, utc_now
from dougong.workflow.workflow import Workflow

SIZES = (4, 6, 8, 10, 12)
"""How many records of an entity there may be."""
PEOPLE = ("Boss", "Ann", "Bob", "Zoë", "斗 拱")
"""Who is there: who sees everything, who asks, and the others."""
ROLES_OF_OTHERS = 2
DOMAIN = "x.example"
START = datetime(2024, 1, 1, tzinfo=UTC)
FIRST_ROLE = 800_000
"""The number of the first role that the person who asks is given."""


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
        found = (self.boss.principal.user_id, self.asker.principal.user_id)
        self._kept = [one for one in found if one is not None]
        self.worlds = (LiveWorld(url, generation), LiveWorld(other, generation))
        self.roles: tuple[str, ...] | None = ()

    def renew(self, seed: int) -> None:
        """Other records, the same for the same seed."""
        first = self.worlds[0].engine
        fill(first, self.generation, seed, SIZES, None)
        with first.begin() as connection:
            _add_what_nobody_refers_to(connection, self.generation, seed)
        self._copies = Copies(first, self.generation)

    def become(self, roles: tuple[str, ...] | None, seed: int) -> Variation:
        """Have somebody with these roles ask, in worlds that differ in what these do not see."""
        self.roles = roles
        for world in self.worlds:
            self._copies.put(world.engine)
            with world.engine.begin() as connection:
                self._hold(connection, roles or ())
                self._share(connection)
            with world.engine.begin() as connection:
                self._move(connection, Sight(self.generation, self.who).seen(connection), seed)
        random = Random(seed)  # noqa: S311 - not for secrets
        with self.worlds[1].engine.begin() as connection:
            variation = Variation(connection, Sight(self.generation, self.who), random, self._kept)
            variation.vary()
        self._kept_copies = tuple(Copies(world.engine, self.generation) for world in self.worlds)
        return variation

    def again(self) -> None:
        """Both worlds as they were before anything was done in them."""
        for world, copies in zip(self.worlds, self._kept_copies, strict=True):
            copies.put(world.engine)
            with world.engine.begin() as connection:
                self._hold(connection, self.roles or ())

    def hold(self, roles: Sequence[str]) -> None:
        """Give the person who asks these roles, in both worlds."""
        for world in self.worlds:
            with world.engine.begin() as connection:
                self._hold(connection, roles)

    def _hold(self, connection: Connection, roles: Sequence[str]) -> None:
        me, held = self.asker.principal.user_id, RoleAssignment.__table__
        connection.execute(delete(held).where(held.c.user_id == me))
        for place, role in enumerate(roles):
            connection.execute(
                insert(held).values(
                    id=FIRST_ROLE + place, user_id=me, role=role, created_at=START, updated_at=START
                )
            )

    def _share(self, connection: Connection) -> None:
        """Every second record belongs to the person who asks."""
        me = self.asker.principal.user_id
        for model in self.generation.models.values():
            table = model.entity.__table__
            for link in model.links.values():
                if link.target is User and not link.read_only and model.addon != CORE:
                    column = model.entity.__mapper__.columns[link.key].name
                    mine = update(table).where(table.c.id % 2 == 0).values({column: me})
                    _if_accepted(connection, mine)

    def _move(self, connection: Connection, seen: Numbers, seed: int) -> None:
        """The records that the person sees are in all states, one after the other."""
        for entity, flow in self.generation.workflows.items():
            table, states = entity.__table__, sorted(_states(flow))
            column = entity.__mapper__.columns[flow.state_name].name
            for place, number in enumerate(sorted(seen[entity])):
                state = states[(place + seed) % len(states)]
                moved = update(table).where(table.c.id == number).values({column: state})
                _if_accepted(connection, moved)

    @property
    def who(self) -> Principal:
        """The person who asks, with the roles of now."""
        if self.roles is None:
            return ANONYMOUS
        return principal_named(self.worlds[0].engine, f"person1@{DOMAIN}")

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
        one, other = (knock(world, method, path, token, body, parameters) for world in self.worlds)
        return one, other

    def close(self) -> None:
        """Stop serving."""
        for world in self.worlds:
            world.close()


def _people(connection: Connection, generation: Generation) -> tuple[Person, Person]:
    """The people; the first and the second have tokens. What others do is no part of it."""
    start = START
    people: list[Person] = []
    roles = sorted(generation.access.roles)
    with Session(connection) as session, session.begin():
        for number, name in enumerate(PEOPLE):
            user = User(email=f"person{number}@{DOMAIN}", name=name)
            session.add(user)
            session.flush()
            token = issue_token(session, user.id, utc_now())
            held = roles[number * ROLES_OF_OTHERS :][:ROLES_OF_OTHERS] if number > 1 else []
            mine = ["dougong.administrator"] if number == 0 else held
            session.add_all(RoleAssignment(user=user, role=role) for role in mine)
            people.append(Person(Principal(user.id, name, frozenset(held)), token))
        _organise(session)
        for table in (User, RoleAssignment, Unit, Membership, Delegation):
            session.execute(update(table.__table__).values(created_at=start, updated_at=start))
    connection.close()
    return people[0], people[1]


def _organise(session: Session) -> None:
    """Two units, everybody in one of them, and the others stand in for each other."""
    top = Unit(code="TOP", name="Everything")
    below = Unit(code="BELOW", name="A part", parent=top)
    users = list(session.scalars(select(User).order_by(User.id)))
    session.add_all([top, below])
    session.add_all(
        Membership(user=user, unit=(top, below)[place % 2]) for place, user in enumerate(users)
    )
    for one, other in ((2, 3), (3, 4), (1, 2)):
        since, until = date(2024, 1, 1), date(2099, 1, 1)
        session.add(
            Delegation(delegator=users[one], delegate=users[other], since=since, until=until)
        )
    session.flush()


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


def _states(flow: Workflow[Any, Any]) -> set[Any]:
    column: Any = flow.entity.__table__.c[flow.state_name]
    return set(column.type.enum_class)
