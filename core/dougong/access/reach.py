"""Which units and colleagues an asker's roles reach today: as views, or as what was read of them.

The units, memberships and assignments that the views are made of are in
`dougong.builtin.organisation`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    false,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY

from dougong.db.naming import CORE


def _view(name: str, *columns: str) -> Any:
    kinds = {"role": Text}
    return table(name, *(column(one, kinds.get(one, BigInteger)) for one in columns), schema=CORE)


unit_reach = _view("unit_reach", "user_id", "role", "unit_id")
"""The units in which a user holds a role, with all below them.

Role '' stands for roles that everybody holds: those are held where one is a member.
"""

team_reach = _view("team_reach", "user_id", "role", "member_id")
"""Who is a member of a unit in which a user holds a role, or of one below."""

role_holder = _view("role_holder", "user_id", "role")
"""Who holds which role."""


class Of(StrEnum):
    """What is reached."""

    UNITS = "unit_id"
    TEAM = "member_id"


class Reach(NamedTuple):
    """What a user reaches with a role; `user_id` is None for the asker."""

    of: Of
    user_id: int | None
    role: str


@dataclass(frozen=True)
class BoundMe:
    """The asker of a row rule as a value, or as a parameter of a compiled statement."""

    id: Any
    role: str = ""
    """The role whose rule it is; empty for one that everybody holds."""
    for_user: int | None = None
    """Whose role it is, where it is delegated."""
    known: Callable[[Reach], Any] | None = None
    """What is reached as a parameter; without it, the statement reads the views.

    A parameter is what was so when it was read. So a transaction that writes takes the views.
    """

    @property
    def units(self) -> Any:
        """The ids of the units in which the role is held, with all that lie below them."""
        if self.known is not None:
            written = self.known(Reach(Of.UNITS, self.for_user, self.role))
            return select(func.unnest(cast(written, ARRAY(BigInteger()))))
        return self._read(unit_reach, Of.UNITS)

    def is_within(self, unit_id: Any) -> ColumnElement[bool]:
        """Whether a unit's id is one of those units; an index can look it up."""
        ids: Any = ARRAY(BigInteger())
        within: Any = func.array(self.units.scalar_subquery())
        if self.known is not None:  # in a select, its text is read once, not for each record
            read = select(cast(self.known(Reach(Of.UNITS, self.for_user, self.role)), ids))
            within = cast(read.scalar_subquery(), ids)
        return unit_id == any_(within)  # type: ignore[no-any-return]

    @property
    def team(self) -> Any:
        """The ids of the users who are members of those units today."""
        return self._read(team_reach, Of.TEAM)

    def is_colleague(self, user_id: Any) -> ColumnElement[bool]:
        """Whether a user's id is one of the team's; false where it is null."""
        if self.known is None:
            # Not as a condition that PostgreSQL could turn into a join: it is read once, and hashed.
            return user_id.in_(self.team).is_(True)  # type: ignore[no-any-return]
        bits = self.known(Reach(Of.TEAM, self.for_user, self.role))
        zero, one, byte = (literal_column(number, Integer()) for number in "018")
        within = and_(user_id >= zero, user_id < func.octet_length(bits) * byte)
        return case((within, func.get_bit(bits, user_id) == one), else_=false())

    def _read(self, view: Any, wanted: Of) -> Any:
        mine = view.c.user_id == self.id, view.c.role == self.role
        # The offset keeps PostgreSQL from weaving the view into the records' own joins, where it
        # would be read anew for each of them.
        return select(view.c[wanted]).where(*mine).offset(literal_column("0"))
