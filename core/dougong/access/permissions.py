"""The words in which an add-on says who may do what: permissions, grants, row rules, roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, true

from dougong.entity.base import Entity
from dougong.entity.model import key_of


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


Predicate = Callable[[Any, Me], ColumnElement[bool]]


@dataclass(frozen=True)
class RowRule:
    """Which records of an entity a role covers: a predicate over the entity and the asker."""

    entity: type[Entity]
    name: str
    build: Predicate = field(compare=False)


def all_rows(entity: type[Entity]) -> RowRule:
    """The role covers every record."""
    return RowRule(entity, "all_rows", lambda _entity, _me: true())


def own(link: Any) -> RowRule:
    """The role covers records whose link (to a user) is the asker: `own(Lead.owner)`."""
    key = f"{link.key}_id"
    return RowRule(
        link.class_, f"own({link.key})", lambda entity, me: getattr(entity, key) == me.id
    )


def rows_where(entity: type[Entity], predicate: Predicate) -> RowRule:
    """The role covers records for which the predicate holds: `lambda lead, me: lead.open`.

    The first parameter stands for the entity (use its attributes), the second for the asker.
    """
    return RowRule(entity, "rows_where", predicate)


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
