"""The words in which an add-on says who may do what: permissions, grants, row rules, roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, true

from dougong.entity.base import Entity
from dougong.entity.model import key_of

ALL_ROWS = "all_rows"
UNNAMED = "rows_where"


class Operation(StrEnum):
    """What somebody does with a record."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True)
class Permission:
    """The right to use verbs and reports that ask for it; `crm.sell`."""

    name: str
    description: str

    def __str__(self) -> str:
        return self.name


EVERYONE = Permission("dougong.everyone", "Anybody, signed in or not.")
"""What a verb needs that is open to all."""

SIGNED_IN = Permission("dougong.signed_in", "Anybody who has signed in.")
"""What a verb needs that is open to all who have signed in."""


@dataclass(frozen=True)
class Grant:
    """The right to do one operation with the records of one entity, within the row rules."""

    operation: Operation
    entity: type[Entity]

    def __str__(self) -> str:
        return f"{self.operation} {key_of(self.entity)}"


def read(entity: type[Entity]) -> Grant:
    """Grant reading; also needed for counts, filters and connections."""
    return Grant(Operation.READ, entity)


def create(entity: type[Entity]) -> Grant:
    """Grant creating; the new record must fall under the role's row rules."""
    return Grant(Operation.CREATE, entity)


def update(entity: type[Entity]) -> Grant:
    """Grant changing; the record must fall under the row rules before and after."""
    return Grant(Operation.UPDATE, entity)


def delete(entity: type[Entity]) -> Grant:
    """Grant deleting."""
    return Grant(Operation.DELETE, entity)


def change(entity: type[Entity]) -> list[Grant]:
    """Grant all four: read, create, update and delete."""
    return [Grant(operation, entity) for operation in Operation]


class Me(Protocol):
    """Who asks, inside a row rule."""

    @property
    def id(self) -> Any:
        """The user's id, as a value or as a bound parameter."""

    @property
    def units(self) -> Any:
        """The ids of the units in which the role is held, else of which one is a member, and below."""

    @property
    def team(self) -> Any:
        """The ids of the users who are members of those units today."""

    def is_within(self, unit_id: Any) -> ColumnElement[bool]:
        """Whether a unit's id is one of `units`; an index can look it up."""
        ...

    def is_colleague(self, user_id: Any) -> ColumnElement[bool]:
        """Whether a user's id is one of `team`; false where it is null."""
        ...


Predicate = Callable[[Any, Me], ColumnElement[bool]]


@dataclass(frozen=True)
class RowRule:
    """Which records of an entity a role covers: a predicate over the entity and the asker."""

    entity: type[Entity]
    name: str
    """As it is written where rules are shown and changed: `own(owner)`."""
    build: Predicate = field(compare=False)
    restricts: bool = False
    """Whether it cuts: who holds the role sees no record that it does not cover."""

    def __str__(self) -> str:
        return f"{'restrict' if self.restricts else 'rows'} {key_of(self.entity)} {self.name}"


def all_rows(entity: type[Entity]) -> RowRule:
    """The role covers every record, in whatever unit it is held."""
    return RowRule(entity, ALL_ROWS, lambda _entity, _me: true())


def own(link: Any) -> RowRule:
    """The role covers records whose link (to a user) is the asker: `own(Lead.owner)`."""
    key = f"{link.key}_id"
    return RowRule(
        link.class_, f"own({link.key})", lambda entity, me: getattr(entity, key) == me.id
    )


def team(link: Any) -> RowRule:
    """The role covers the records of colleagues: `team(Lead.owner)`.

    A colleague is, today, a member of a unit in which the asker holds the role, or of one below.
    """
    key = f"{link.key}_id"
    return RowRule(
        link.class_,
        f"team({link.key})",
        lambda entity, me: me.is_colleague(getattr(entity, key)),
    )


def unit(link: Any) -> RowRule:
    """Covers records of the units where the asker holds the role, and below: `unit(Order.store)`."""
    key = f"{link.key}_id"
    return RowRule(
        link.class_,
        f"unit({link.key})",
        lambda entity, me: me.is_within(getattr(entity, key)),
    )


def rows_where(entity: type[Entity], predicate: Predicate, name: str = UNNAMED) -> RowRule:
    """The role covers records for which the predicate holds: `lambda lead, me: lead.open`.

    The first parameter stands for the entity (use its attributes), the second for the asker.
    With a name of its own, administrators can give the rule to other roles and take it away.
    """
    return RowRule(entity, name, predicate)


def restrict(rule: RowRule) -> RowRule:
    """The same rule, cutting: who holds the role has no rights on records outside of it.

    It holds for what other roles of the person would allow, too; not for administrators.
    """
    return replace(rule, restricts=True)


@dataclass(frozen=True)
class Guard:
    """Who may see and change one field of records that they see anyway."""

    read: Permission
    write: Permission


def guarded(*, read: Permission, write: Permission | None = None) -> dict[str, Any]:
    """Only some may see a field: `cost: Mapped[Decimal] = mapped_column(info=guarded(read=COST))`.

    The permission counts for the records that its holder's role covers. To others the field is
    null, and cannot be filtered, ordered or grouped by. `write` defaults to `read`.
    """
    return {"guard": Guard(read, write or read)}


@dataclass(frozen=True, eq=False)
class Role:
    """What somebody in this role may do, and with which records."""

    name: str
    description: str
    grants: Sequence[Permission | Grant] = ()
    rows: Sequence[RowRule] = ()
    everything: bool = False
    """The administrator's role: every permission and every record."""
    implied: bool = False
    """Held by everybody who has signed in."""
