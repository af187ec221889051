"""One function decides who sees and changes which rows; everything else asks it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from dougong.access.permissions import (
    EVERYONE,
    SIGNED_IN,
    Grant,
    Me,
    Operation,
    Permission,
    Role,
)
from dougong.entity.base import Entity, Extension
from dougong.entity.model import ToMany, key_of
from dougong.errors import SetupError


@dataclass(frozen=True)
class Principal:
    """Who asks: a user with the names of the roles held, or nobody (`user_id` is None)."""

    user_id: int | None
    label: str
    roles: frozenset[str]
    token_id: int | None = None
    """The token that the request carried, so that signing out can revoke it."""
    read_only: bool = False
    """Whether the token only reads: no mutation is done for it."""


ANONYMOUS = Principal(None, "anonymous", frozenset())


@dataclass(frozen=True)
class BoundMe:
    """The asker of a row rule as a value, or as a parameter of a compiled statement."""

    id: Any


def _by_name(roles: Iterable[Role]) -> dict[str, Role]:
    named: dict[str, Role] = {}
    for role in roles:
        if named.setdefault(role.name, role) is not role:
            raise SetupError(
                f"There are two roles {role.name}.", fix="give one of them another name."
            )
    return named


class Access:
    """The roles of a generation, and what they allow."""

    def __init__(self, roles: Iterable[Role], owned: Mapping[type[Entity], ToMany]) -> None:
        """`owned` says for an entity's own children which connection of the parent they are in."""
        self.roles: Mapping[str, Role] = MappingProxyType(_by_name(roles))
        self._parents = owned
        self._implied = tuple(role for role in self.roles.values() if role.implied)
        self._shapes: dict[frozenset[str], frozenset[str]] = {}
        for role in self.roles.values():
            self._check(role)

    def _check(self, role: Role) -> None:
        covered = {rule.entity for rule in role.rows}
        for grant in role.grants:
            if not isinstance(grant, Grant) or issubclass(grant.entity, Extension):
                continue
            if grant.entity not in covered:
                raise SetupError(
                    f"Role {role.name} grants {grant}, but no row rule of it says which records.",
                    fix=f"add all_rows({grant.entity.__name__}), own(…) or rows_where(…) "
                    "to the role's rows.",
                )

    def held(self, who: Principal) -> tuple[Role, ...]:
        """The roles of this generation that the principal holds."""
        if who.user_id is None:
            return ()
        return (
            *(self.roles[name] for name in sorted(who.roles) if name in self.roles),
            *self._implied,
        )

    def shape(self, who: Principal) -> frozenset[str]:
        """What plans may depend on: the same shape gets the same predicates, save for `me`."""
        if who.user_id is None:
            return frozenset()
        if who.roles not in self._shapes:
            self._shapes[who.roles] = frozenset(role.name for role in self.held(who))
        return self._shapes[who.roles]

    def has(self, who: Principal, permission: Permission) -> bool:
        """Whether the principal holds a permission."""
        if permission == EVERYONE:
            return True
        if permission == SIGNED_IN:
            return who.user_id is not None
        return any(role.everything or permission in role.grants for role in self.held(who))

    def predicate(
        self,
        who: Principal,
        right: Operation | Permission,
        entity: type[Entity],
        alias: Any,
        me: Me,
    ) -> ColumnElement[bool]:
        """Which rows of `alias` (the entity or an alias of it) the principal may so treat.

        `right` is an operation, or the permission that a verb about such a record needs: the rows
        are those of the roles that give the right. The result goes into a WHERE; it is `true()`
        for all rows and `false()` for none. An extension's row falls under its record; its fields
        need a grant of their own to change.
        """
        if right in (EVERYONE, SIGNED_IN):
            return true()
        if isinstance(right, Operation) and issubclass(entity, Extension):
            allowed = right is Operation.READ or self.may(who, right, entity)
            return true() if allowed else false()
        parent = self._parents.get(entity)
        if parent is not None:
            return self._through_parent(who, right, parent, alias, me)
        grant = Grant(right, entity) if isinstance(right, Operation) else right
        rules: list[ColumnElement[bool]] = []
        for role in self.held(who):
            if role.everything:
                return true()
            if grant not in role.grants:
                continue
            for rule in role.rows:
                if rule.entity is entity:
                    if rule.name == "all_rows":
                        return true()
                    rules.append(rule.build(alias, me))
        return or_(*rules) if rules else false()

    def may(self, who: Principal, operation: Operation, entity: type[Entity]) -> bool:
        """Whether the principal may do so with any row at all."""
        parent = self._parents.get(entity)
        if parent is not None:
            return self.may(who, self._on_parent(operation), parent.link.target)
        grant = Grant(operation, entity)
        return any(role.everything or grant in role.grants for role in self.held(who))

    def _through_parent(
        self, who: Principal, right: Operation | Permission, parent: ToMany, alias: Any, me: Me
    ) -> ColumnElement[bool]:
        """Children fall under their parent's rules: who may change an order, changes its lines."""
        target = parent.link.target
        above = aliased(target)
        above_right = self._on_parent(right) if isinstance(right, Operation) else right
        rule = self.predicate(who, above_right, target, above, me)
        if rule.compare(true()) or rule.compare(false()):
            return rule
        return exists(select(above.id).where(above.id == getattr(alias, parent.key), rule))

    @staticmethod
    def _on_parent(operation: Operation) -> Operation:
        return operation if operation is Operation.READ else Operation.UPDATE

    def why_not(self, operation: Operation, entity: type[Entity]) -> dict[str, str]:
        """The parameters of the sentence that says which grant is missing."""
        return {"operation": str(operation), "entity": key_of(entity)}
