"""Who asks: a person with the roles held, what the company changed in them, and whom they act for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, order=True)
class ItemChange:
    """One thing that the company gave to a role, or took from it (`RoleChange`)."""

    role: str
    item: str
    removed: bool

    def __str__(self) -> str:
        return f"{self.role} {'-' if self.removed else '+'} {self.item}"


@dataclass(frozen=True)
class Principal:
    """Who asks: a user with the names of the roles held, or nobody (`user_id` is None)."""

    user_id: int | None
    label: str
    roles: frozenset[str]
    token_id: int | None = None
    """The token that the request carried, so that signing out can revoke it."""
    changes: frozenset[ItemChange] = frozenset()
    """What the company changed in roles."""
    stands_in: frozenset[tuple[int, str]] = frozenset()
    """Users, and a role of theirs, for whom this one acts today."""
    structure: str = ""
    """Differs where units, membership, assignments or the day do."""
    read_only: bool = False
    """Whether the token only reads: no mutation is done for it."""
    scoped: bool = False
    """Whether the token has only some of the person's roles."""
    language: str = ""
    """In which language they are answered (`zh-CN`); empty where nothing says so: English."""

    @property
    def day(self) -> str:
        """The day on which all this is true; empty where nobody knows."""
        return self.structure.rpartition(" ")[2]

    def is_of(self, day: str) -> bool:
        """Whether all this is true on a day, where the day decides."""
        return self.day in ("", day)

    def limited(self, keeps: Callable[[str], bool]) -> Principal:
        """The same with some of the roles, own and delegated ones."""
        return replace(
            self,
            roles=frozenset(role for role in self.roles if keeps(role)),
            stands_in=frozenset(one for one in self.stands_in if keeps(one[1])),
        )


ANONYMOUS = Principal(None, "anonymous", frozenset())
