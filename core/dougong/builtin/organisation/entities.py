"""Who belongs where, and who holds which role: units, membership, assignments, delegation."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Table,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from dougong.access.users import User
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.entity.fields import link
from dougong.entity.registry import registry_of


class UnitKind(StrEnum):
    """What kind of part of the organisation a unit is."""

    COMPANY = "COMPANY"
    DEPARTMENT = "DEPARTMENT"
    TEAM = "TEAM"
    STORE = "STORE"


class Unit(Entity, searchable=("code", "name")):
    """A part of the organisation: a company, a department of it, a team, a store."""

    code: Mapped[str] = mapped_column(unique=True)
    """The short name that lists and imports use."""
    name: Mapped[str]
    """What colleagues call it."""
    kind: Mapped[UnitKind] = mapped_column(default=UnitKind.TEAM)
    """What kind of part it is."""
    parent: Mapped[Unit | None] = link(default=None, reverse="children")
    """The unit that this one lies in; a company lies in none. Never below itself."""

    __table_args__ = (CheckConstraint("parent_id <> id", name="parent"),)


class Membership(Entity):
    """That a person belongs to a unit, from one day to another."""

    user: Mapped[User] = link(on_delete="CASCADE", reverse="memberships")
    """Who belongs to the unit."""
    unit: Mapped[Unit] = link(reverse="memberships")
    """Where the person belongs."""
    since: Mapped[date | None] = mapped_column(default=None)
    """The first day; without one, it has always been so."""
    until: Mapped[date | None] = mapped_column(default=None)
    """The last day; without one, it goes on."""

    __table_args__ = (
        CheckConstraint("until >= since", name="until"),
        UniqueConstraint("user_id", "unit_id", "since", postgresql_nulls_not_distinct=True),
    )


class RoleAssignment(Entity):
    """That a person holds a role: everywhere, or within a unit, from one day to another."""

    user: Mapped[User] = link(on_delete="CASCADE", reverse="roleAssignments")
    """Who holds the role."""
    role: Mapped[str]
    """The role's name: `crm.seller`. Roles of absent add-ons are kept and mean nothing."""
    unit: Mapped[Unit | None] = link(default=None, reverse="roleAssignments")
    """Where `team` and `unit` rules of the role look, with all units below; without one, in the
    units that the person belongs to."""
    since: Mapped[date | None] = mapped_column(default=None)
    """The first day; without one, it has always been so."""
    until: Mapped[date | None] = mapped_column(default=None)
    """The last day; without one, it goes on."""

    __table_args__ = (
        CheckConstraint("until >= since", name="until"),
        UniqueConstraint("user_id", "role", "unit_id", "since", postgresql_nulls_not_distinct=True),
    )


class Delegation(Entity):
    """That a person acts for another, with the other's rights, from one day to another.

    Only roles held by the delegator count, never those delegated to the delegator, nor an
    administrator's.
    """

    delegator: Mapped[User] = link(on_delete="CASCADE", reverse="delegationsGiven")
    """Who is stood in for."""
    delegate: Mapped[User] = link(on_delete="CASCADE", reverse="delegationsHeld")
    """Who acts for the other."""
    role: Mapped[str | None] = mapped_column(default=None)
    """The role that is delegated; without one, all that the delegator holds."""
    since: Mapped[date]
    """The first day."""
    until: Mapped[date]
    """The last day."""
    reason: Mapped[str | None] = mapped_column(default=None)
    """Why: a holiday, an illness."""

    __table_args__ = (
        CheckConstraint("until >= since", name="until"),
        CheckConstraint("delegate_id <> delegator_id", name="delegate"),
    )


class CustomRole(Entity):
    """A role that this company made itself; what it may do is added to it like to any other."""

    name: Mapped[str] = mapped_column(unique=True)
    """`company.auditor`: the part before the dot is always `company`. It never changes."""
    description: Mapped[str]
    """What somebody in this role does."""

    __table_args__ = (CheckConstraint("name ~ '^company[.][a-z][a-z0-9_]{0,60}$'", name="name"),)


class RoleChange(Entity, by_hand=False):
    """One thing that this company gave to a role, or took from it.

    It stays when the add-on that ships the role is upgraded: what the new version adds to the role
    and takes from it counts as well.
    """

    role: Mapped[str]
    """The role's name."""
    item: Mapped[str]
    """A permission (`crm.sell`), a grant (`read crm.lead`), or a row rule (`rows crm.lead
    own(owner)`, `restrict crm.lead unit(unit)`)."""
    removed: Mapped[bool] = mapped_column(default=False)
    """Whether it was taken away from what the add-on ships."""
    reason: Mapped[str | None] = mapped_column(default=None)
    """Why."""

    __table_args__ = (UniqueConstraint("role", "item"),)


unit_above = Table(
    "unit_above",
    registry_of(CORE).metadata,
    Column(
        "unit_id",
        BigInteger,
        ForeignKey(Unit.__table__.c.id, ondelete="CASCADE"),
        primary_key=True,
    ),
    Column(
        "above_id",
        BigInteger,
        ForeignKey(Unit.__table__.c.id, ondelete="CASCADE"),
        primary_key=True,
        index=True,
    ),
)
"""For each unit itself and all in which it lies; a trigger keeps it."""
