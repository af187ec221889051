"""Who is there: who sees everything, who asks, somebody in the same roles, lenders of roles, others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.orm import Session

from dougong.access.principal import Principal
from dougong.access.tokens import issue_token
from dougong.access.users import User
from dougong.builtin.organisation.entities import (
    Delegation,
    Membership,
    RoleAssignment,
    RoleChange,
    Unit,
)
from dougong.generation import Generation
from dougong.testing.worlds import Person, utc_now

PEOPLE = ("Boss", "Ann", "Bob", "Zoë", "斗 拱", "Eve")
BOSS, ASKER, TWIN, *LENDERS, PAST = range(len(PEOPLE))
"""Where they stand among them; of the last one, everything was borrowed once, and will be again."""
EVERYTHING = "dougong.administrator"
ROLES_OF_OTHERS = 2
DOMAIN = "x.example"
START = datetime(2024, 1, 1, tzinfo=UTC)
SINCE = date(2023, 5, 6)
ALWAYS = (SINCE, date(2099, 1, 1))
NOT_NOW = ((date(2024, 1, 1), date(2024, 2, 1)), (date(2099, 1, 1), date(2099, 2, 1)))
FIRST = 800_000
"""What makes the person what they are has numbers from here on; the worlds do not differ in it."""
STANDING = (RoleAssignment, Delegation, RoleChange)

Roles = tuple[str, ...] | None
"""The roles that somebody holds; None for somebody who has not signed in."""


@dataclass(frozen=True)
class Standing:
    """How somebody comes to what they may do."""

    roles: Roles = ()
    lender: int | None = None
    """The place of the person whose roles they are, where they are lent."""
    taken: tuple[tuple[str, str], ...] = ()
    """Roles, and what the company took away from them."""

    def __str__(self) -> str:
        lent = f", lent by {PEOPLE[self.lender]}" if self.lender is not None else ""
        return f"{self.roles}{lent}" + "".join(f", without “{one}”" for _, one in self.taken)

    @property
    def holder(self) -> int:
        """The place of the person who holds the roles."""
        return ASKER if self.lender is None else self.lender

    @property
    def former(self) -> Iterator[Standing]:
        """What the person may have been before: knowing more than now, or something else."""
        yield Standing((EVERYTHING,))
        if self.lender is not None:
            yield replace(self, lender=next(one for one in LENDERS if one != self.lender))
        if self.taken:
            yield replace(self, taken=())


def standing(generation: Generation, roles: Roles, random: Random, seed: int) -> Standing:
    """Somebody with these roles: of their own, lent, or with something taken from them, in turn."""
    fate = seed % 3
    if not roles or fate == 1:
        return Standing(roles)
    if fate == 2:
        return Standing(roles, lender=random.choice(LENDERS))
    shipped = [generation.access.roles[name] for name in roles]
    items = [(one.name, str(item)) for one in shipped for item in (*one.grants, *one.rows)]
    return Standing(roles, taken=(random.choice(items),)) if items else Standing(roles)


def settle_people(connection: Connection, generation: Generation) -> list[Person]:
    """Make the people, with tokens. What others do is no part of it."""
    people: list[Person] = []
    roles = sorted(generation.access.roles)
    with Session(connection) as session, session.begin():
        for number, name in enumerate(PEOPLE):
            user = User(email=f"person{number}@{DOMAIN}", name=name)
            session.add(user)
            session.flush()
            secret = issue_token(session, user.id, utc_now())
            held = _roles_of(number, roles)
            session.add_all(RoleAssignment(user=user, role=role) for role in held)
            people.append(Person(Principal(user.id, name, frozenset(held)), secret))
        _organise(session)
        for table in (User, RoleAssignment, Unit, Membership, Delegation):
            session.execute(update(table.__table__).values(created_at=START, updated_at=START))
    connection.close()
    return people


def _roles_of(number: int, roles: Sequence[str]) -> Sequence[str]:
    if number == PAST:
        return [one for one in roles if one != EVERYTHING]
    return roles[number * ROLES_OF_OTHERS :][:ROLES_OF_OTHERS] if number in LENDERS else []


def _organise(session: Session) -> None:
    """Two units, everybody in one of them, and others stand in for each other."""
    top = Unit(code="TOP", name="Everything")
    below = Unit(code="BELOW", name="A part", parent=top)
    users = list(session.scalars(select(User).order_by(User.id)))
    session.add_all([top, below])
    session.add_all(
        Membership(user=user, unit=(top, below)[place % 2]) for place, user in enumerate(users)
    )
    since, until = ALWAYS
    for one, other in ((TWIN, LENDERS[0]), LENDERS, (ASKER, PAST)):
        loan = Delegation(delegator=users[one], delegate=users[other], since=since, until=until)
        session.add(loan)
    session.flush()


def hold(connection: Connection, people: Sequence[int], what: Standing) -> None:
    """Have the person who asks stand so, by the numbers of the people.

    A twin holds the same roles, and the boss everything.
    """
    for entity in STANDING:
        table = entity.__table__
        connection.execute(delete(table).where(table.c.id >= FIRST))
    _add(connection, RoleAssignment, 99, user_id=people[BOSS], role=EVERYTHING)
    for place in {what.holder, TWIN} if what.roles else ():
        for number, role in enumerate(what.roles or ()):
            held = {"user_id": people[place], "role": role, "since": SINCE}
            _add(connection, RoleAssignment, 10 * place + number, **held)
    loans: list[Any] = [(PAST, None, days) for days in NOT_NOW]
    if what.lender is not None:
        loans += [(what.lender, role, ALWAYS) for role in what.roles or ()]
    for number, (lender, role, (since, until)) in enumerate(loans):
        lent: Any = {"delegator_id": people[lender], "delegate_id": people[ASKER], "role": role}
        _add(connection, Delegation, number, **lent, since=since, until=until)
    for number, (role, item) in enumerate(what.taken):
        _add(connection, RoleChange, number, role=role, item=item, removed=True)


def _add(connection: Connection, entity: Any, place: int, **values: Any) -> None:
    made = {"id": FIRST + place, "created_at": START, "updated_at": START, **values}
    connection.execute(insert(entity.__table__).values(made))
