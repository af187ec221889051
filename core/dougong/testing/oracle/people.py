"""Who asks: people of random roles, in units, standing in for each other; the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from sqlalchemy import update
from sqlalchemy.orm import Session

from dougong.access.principal import Principal
from dougong.access.users import User
from dougong.builtin.organisation.entities import (
    Delegation,
    Membership,
    RoleAssignment,
    Unit,
    UnitKind,
)
from dougong.builtin.organisation.explaining import principals
from dougong.testing.worlds import LiveWorld, Person

BOSS = "administrator"
NAMES = ("Ann", "ann", "斗 拱", "Zoë", 'O"Neill', "\\", "Ann", "🏯")
START = datetime(2024, 1, 1, tzinfo=UTC)
PAST = date(2023, 1, 1)
ALWAYS = (date(2023, 5, 6), date(2099, 1, 1))
UNITS = (Unit, Membership, RoleAssignment, Delegation)


def settle(world: LiveWorld) -> dict[str, Person | None]:
    """Make the people, with their roles, units and deputies; by the names that trials call them."""
    roles = sorted(
        name
        for name, role in world.runtime.generation.access.roles.items()
        if not (role.implied or role.everything)
    )
    random = Random(1)  # noqa: S311 - not for secrets
    people: dict[str, Person | None] = {
        BOSS: world.person("dougong.administrator", name="Boss"),
        "anonymous": None,
        "nobody": world.person(name="Nobody"),
    }
    for number, name in enumerate(NAMES):
        held = random.sample(roles, min(len(roles), 1 + number % 3))
        people[f"person {number}"] = world.person(*held, name=name)
    with Session(world.engine) as session, session.begin():
        users = [session.get_one(User, one.principal.user_id) for one in _signed_in(people)]
        for place, user in enumerate(users):
            user.email = f"person{place}@x.example"
            user.language = "zh-CN" if place % 2 else None
        _organise(session, users, roles)
        session.flush()
        for place, user in enumerate(users):
            moment = START + timedelta(hours=place // 3)
            table = User.__table__
            said = update(table).where(table.c.id == user.id)
            session.execute(said.values(created_at=moment, updated_at=moment))
        for entity in UNITS:
            session.execute(update(entity.__table__).values(created_at=START, updated_at=START))
    return {name: one and _as_known(world, one) for name, one in people.items()}


def _signed_in(people: Mapping[str, Person | None]) -> list[Person]:
    return [one for one in people.values() if one is not None]


def _organise(session: Session, users: list[User], roles: list[str]) -> None:
    """A company, a store and a team in it, an old store; who is in them; two deputies."""
    company = Unit(code="ALL", name="Everything", kind=UnitKind.COMPANY)
    store = Unit(code="SHOP", name="斗拱 shop", kind=UnitKind.STORE, parent=company)
    team = Unit(code="TEAM", name="Sellers", parent=store)
    old = Unit(code="OLD", name="", kind=UnitKind.STORE)
    session.add_all([company, store, team, old])
    places = (store, team, company, team, old)
    _boss, _nobody, *others = users
    for place, user in enumerate(others):
        session.add(Membership(user=user, unit=places[place % len(places)]))
    session.add(Membership(user=others[0], unit=old, until=ALWAYS[0]))
    first, second, third, *_ = others
    for user, role, unit in zip((first, second), roles[::3], (company, store), strict=False):
        session.add(RoleAssignment(user=user, role=role, unit=unit))
    since, until = ALWAYS
    for lender, deputy in ((second, third), (others[-1], others[-2])):
        session.add(Delegation(delegator=lender, delegate=deputy, since=since, until=until))
    session.add(Delegation(delegator=first, delegate=others[-1], since=PAST, until=since))


def _as_known(world: LiveWorld, person: Person) -> Person:
    """The same, as the database knows them, on whatever day."""
    with world.engine.connect() as connection:
        (known,) = principals(connection, person.principal.user_id)
    mine: Principal = person.principal
    return replace(person, principal=replace(known, token_id=mine.token_id, structure=""))
