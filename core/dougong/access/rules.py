"""One function decides who sees and changes which rows; everything else asks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true
from sqlalchemy.orm import aliased

from dougong.access.permissions import (
    ALL_ROWS,
    EVERYONE,
    SIGNED_IN,
    Grant,
    Operation,
    Permission,
    Role,
    RowRule,
)
from dougong.access.principal import ItemChange, Principal
from dougong.access.reach import BoundMe
from dougong.builtin.attached import covered
from dougong.builtin.organisation.items import Item, Items
from dougong.entity.base import Entity, Extension
from dougong.entity.model import ToMany, key_of
from dougong.errors import SetupError

Right = Operation | Permission
"""What a predicate is about: an operation, or the permission that a verb or a field needs."""


@dataclass(frozen=True)
class Held:
    """A role as somebody holds it: what its add-on ships, with what the company changed."""

    name: str
    addon: str
    given: frozenset[Permission | Grant]
    rules: tuple[RowRule, ...]
    everything: bool
    implied: bool
    for_user: int | None = None
    """Whose role it is, where it is delegated."""

    def grants(self, right: Right, entity: type[Entity]) -> bool:
        """Whether the role gives a right to do something with records of an entity."""
        wanted = Grant(right, entity) if isinstance(right, Operation) else right
        return self.everything or wanted in self.given

    def rows(self, entity: type[Entity], *, restricts: bool = False) -> Iterator[RowRule]:
        """Its row rules about an entity: those that cover, or those that cut."""
        for rule in self.rules:
            if rule.entity is entity and rule.restricts is restricts:
                yield rule

    def me(self, asker: BoundMe) -> BoundMe:
        """Who its row rules mean: the asker, or the one who is stood in for."""
        who = asker.id if self.for_user is None else self.for_user
        role = "" if self.implied else self.name
        return replace(asker, id=who, role=role, for_user=self.for_user)


@dataclass(frozen=True)
class _Holding:
    shape: frozenset[str]
    roles: tuple[Held, ...]


MOST_HOLDINGS = 1_000
COMPANY = "company."
"""How the names of roles begin that the company made itself."""


def _both(rule: ColumnElement[bool], *cuts: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(rule, *cuts) if cuts and not rule.compare(false()) else rule


def _by_name(roles: Iterable[Role]) -> dict[str, Role]:
    named: dict[str, Role] = {}
    for role in roles:
        if named.setdefault(role.name, role) is not role:
            raise SetupError(
                f"There are two roles {role.name}.",
                fix="give one of them another name.",
                where=(role,),
            )
    return named


class Access:
    """The roles of a generation, and what they allow."""

    def __init__(
        self,
        roles: Iterable[Role],
        owned: Mapping[type[Entity], ToMany],
        entities: Iterable[type[Entity]],
        permissions: Iterable[Permission],
    ) -> None:
        """`entities` are all, with extensions.

        `owned` says for an entity's own children which connection of the parent they are in.
        """
        self.roles: Mapping[str, Role] = MappingProxyType(_by_name(roles))
        entities = list(entities)
        self.items = Items(entities, permissions, self.roles.values(), owned)
        self._parents = owned
        tops = (one for one in entities if not issubclass(one, Extension))
        self.records = [one for one in tops if one.__attached__ is None]
        self._holdings: dict[Any, _Holding] = {}
        self._guards = [
            (guard.read, entity) for entity in entities for guard in entity.__guards__.values()
        ]
        for role in self.roles.values():
            self._check(role)

    def _check(self, role: Role) -> None:
        covered = {rule.entity for rule in role.rows if not rule.restricts}
        names = [str(rule) for rule in role.rows]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise SetupError(
                f"Role {role.name} has two rules that are both called “{twice}”, so that nobody "
                "could take away one of them.",
                fix='give each its own name: rows_where(Lead, …, "open").',
            )
        for rule in role.rows:
            if rule.entity in self._parents:
                parent = self._parents[rule.entity].link.target.__name__
                raise SetupError(
                    f"Role {role.name} has a row rule for {rule.entity.__name__}, which falls "
                    f"under the rules of its {parent}.",
                    fix=f"write the rule for {parent}.",
                )
        needed = [
            (str(grant), grant.entity)
            for grant in role.grants
            if isinstance(grant, Grant) and not issubclass(grant.entity, Extension)
        ]
        needed += [(one.name, entity) for one, entity in self._guards if one in role.grants]
        for grant, entity in needed:
            top = self.top(entity)
            if top not in covered:
                raise SetupError(
                    f"Role {role.name} grants {grant}, but no row rule of it says which records.",
                    fix=f"add all_rows({top.__name__}), own(…) or rows_where(…) "
                    "to the role's rows.",
                )

    def top(self, entity: type[Entity]) -> type[Entity]:
        """The entity whose row rules count: a child's parent, what an extension extends."""
        while True:
            if issubclass(entity, Extension):
                entity = entity.__extends__
            elif entity in self._parents:
                entity = self._parents[entity].link.target
            else:
                return entity

    # Roles -----------------------------------------------------------------------------------

    def held(self, who: Principal) -> tuple[Held, ...]:
        """The roles of this generation that the principal holds, its own and delegated ones."""
        return self._holding(who).roles

    def shape(self, who: Principal) -> frozenset[str]:
        """What plans may depend on: the same shape gets the same predicates, save for `me`."""
        return self._holding(who).shape

    def _holding(self, who: Principal) -> _Holding:
        key = (who.user_id is None, who.roles, who.changes, who.stands_in)
        found = self._holdings.get(key)
        if found is None:
            if len(self._holdings) >= MOST_HOLDINGS:
                self._holdings.clear()
            found = self._holdings[key] = self._hold(who)
        return found

    def _hold(self, who: Principal) -> _Holding:
        if who.user_id is None:
            return _Holding(frozenset(), ())
        implied = [role.name for role in self.roles.values() if role.implied]
        roles = [self.role(name, who.changes) for name in sorted(who.roles)]
        roles += [self.role(name, who.changes) for name in implied if name not in who.roles]
        for user, name in sorted(who.stands_in):
            one = self.role(name, who.changes, for_user=user)
            roles += [one] if one is not None and not one.everything else []
        held = tuple(role for role in roles if role is not None)
        names = {role.name for role in held}
        changed = {str(change) for change in who.changes if change.role in names}
        delegated = {f"{role.for_user} {role.name}" for role in held if role.for_user is not None}
        own = {role.name for role in held if role.for_user is None}
        return _Holding(frozenset(own | changed | delegated), held)

    def role(
        self, name: str, changes: frozenset[ItemChange], *, for_user: int | None = None
    ) -> Held | None:
        """A role with what the company changed in it; None where its add-on is absent."""
        shipped = self.roles.get(name)
        mine = [change for change in changes if change.role == name]
        if shipped is None and not (mine and name.startswith(COMPANY)):
            return None
        items: list[Item | None] = [*shipped.grants, *shipped.rows] if shipped else []
        taken = {change.item for change in mine if change.removed}
        items = [item for item in items if str(item) not in taken]
        items += [self.items.read(change.item) for change in sorted(mine) if not change.removed]
        return Held(
            name=name,
            addon=name.split(".", 1)[0],
            given=frozenset(one for one in items if isinstance(one, Permission | Grant)),
            rules=tuple(one for one in items if isinstance(one, RowRule)),
            everything=bool(shipped and shipped.everything),
            implied=bool(shipped and shipped.implied),
            for_user=for_user,
        )

    # Rights ----------------------------------------------------------------------------------

    def has(self, who: Principal, permission: Permission) -> bool:
        """Whether the principal holds a permission."""
        if permission == EVERYONE:
            return True
        if permission == SIGNED_IN:
            return who.user_id is not None
        return any(role.everything or permission in role.given for role in self.held(who))

    def predicate(
        self,
        who: Principal,
        right: Right,
        entity: type[Entity],
        alias: Any,
        me: BoundMe,
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
        if entity.__attached__ is not None:
            return covered(self, who, self._on_parent(right), alias, me)
        parent = self._parents.get(entity)
        if parent is not None:
            return self._through_parent(who, right, parent, alias, me)
        held = self.held(who)
        if any(role.everything for role in held):
            return true()
        own = [role for role in held if role.for_user is None]
        cuts = self._cuts(own, entity, alias, me)
        parts = [self._covered(own, right, entity, alias, me)]
        for user in sorted({role.for_user for role in held if role.for_user is not None}):
            theirs = [role for role in held if role.for_user == user]
            # What cuts the one who is stood in for cuts what comes from there, and no more.
            rule = self._covered(theirs, right, entity, alias, me)
            parts.append(_both(rule, *self._cuts(theirs, entity, alias, me)))
        if any(part.compare(true()) for part in parts):
            return _both(true(), *cuts)
        parts = [part for part in parts if not part.compare(false())]
        return _both(or_(*parts), *cuts) if parts else false()

    @staticmethod
    def _covered(
        held: Iterable[Held], right: Right, entity: type[Entity], alias: Any, me: BoundMe
    ) -> ColumnElement[bool]:
        """The rows that are covered by roles that give a right."""
        rules = [
            (role, rule)
            for role in held
            if role.grants(right, entity)
            for rule in role.rows(entity)
        ]
        if any(rule.name == ALL_ROWS for _, rule in rules):
            return true()
        return or_(*(rule.build(alias, role.me(me)) for role, rule in rules)) if rules else false()

    @staticmethod
    def _cuts(
        held: Iterable[Held], entity: type[Entity], alias: Any, me: BoundMe
    ) -> list[ColumnElement[bool]]:
        rules = ((role, rule) for role in held for rule in role.rows(entity, restricts=True))
        return [rule.build(alias, role.me(me)) for role, rule in rules]

    def may(self, who: Principal, operation: Operation, entity: type[Entity]) -> bool:
        """Whether the principal may do so with any row at all."""
        return any(True for _ in self.giving(who, operation, entity))

    def giving(self, who: Principal, right: Right, entity: type[Entity]) -> Iterator[Held]:
        """The roles of the principal that give a right, whichever rows they cover."""
        above = self._on_parent(right)
        if getattr(entity, "__attached__", None) is not None:
            return (role for one in self.records for role in self.giving(who, above, one))
        if parent := self._parents.get(entity):
            return self.giving(who, above, parent.link.target)
        return (role for role in self.held(who) if role.grants(right, entity))

    def _through_parent(
        self, who: Principal, right: Right, parent: ToMany, alias: Any, me: BoundMe
    ) -> ColumnElement[bool]:
        """Children fall under their parent's rules: who may change an order, changes its lines."""
        target = parent.link.target
        above = aliased(target)
        rule = self.predicate(who, self._on_parent(right), target, above, me)
        if rule.compare(true()) or rule.compare(false()):
            return rule
        return exists(select(above.id).where(above.id == getattr(alias, parent.key), rule))

    @staticmethod
    def _on_parent(right: Right) -> Right:
        below = isinstance(right, Operation) and right is not Operation.READ
        return Operation.UPDATE if below else right

    def why_not(self, operation: Operation, entity: type[Entity]) -> dict[str, str]:
        """The parameters of the sentence that says which grant is missing."""
        return {"operation": str(operation), "entity": key_of(entity)}
