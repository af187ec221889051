"""What somebody may do, worked out a second time from the tables: the core's own rules have no part in it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased

from dougong.access.permissions import (
    EVERYONE,
    SIGNED_IN,
    Grant,
    Operation,
    Permission,
    Role,
    RowRule,
)
from dougong.access.reach import BoundMe
from dougong.access.rules import Right
from dougong.builtin.organisation.entities import Delegation, RoleAssignment, RoleChange
from dougong.entity.base import Entity
from dougong.entity.model import key_of
from dougong.generation import Generation


@dataclass(frozen=True)
class _Held:
    """A role as somebody holds it, and who is meant by its rules."""

    items: tuple[Permission | Grant | RowRule, ...]
    me: BoundMe

    @cached_property
    def _known(self) -> frozenset[Any]:
        return frozenset(self.items)

    @cached_property
    def _rules(self) -> Mapping[type[Entity], Sequence[RowRule]]:
        rules: dict[type[Entity], list[RowRule]] = {}
        for one in self.items:
            if isinstance(one, RowRule):
                rules.setdefault(one.entity, []).append(one)
        return rules

    def gives(self, right: Right, entity: type[Entity]) -> bool:
        return (Grant(right, entity) if isinstance(right, Operation) else right) in self._known

    def rules(self, entity: type[Entity], alias: Any, *, restricts: bool) -> Iterator[Any]:
        for one in self._rules.get(entity, ()):
            if one.restricts is restricts:
                yield one.build(alias, self.me)


class Rights:
    """The rights of one user, or of nobody, as the tables have them now."""

    def __init__(self, generation: Generation, connection: Connection, user: int | None) -> None:
        self._generation = generation
        self._connection = connection
        self.user = user
        self._everything = False
        self._groups: list[list[_Held]] = []
        """The roles held, and after them those of each person who is stood in for."""
        if user is not None:
            self._today: date = connection.execute(select(func.current_date())).scalar_one()
            self._changed = connection.execute(
                select(*RoleChange.__table__.c["role", "item", "removed"])
            ).all()
            self._hold(user)

    def may(self, right: Right, entity: type[Entity]) -> bool:
        """Whether a role gives a right to any record of an entity at all."""
        if entity.__attached__ is not None:
            wanted = _on_parent(right) if isinstance(right, Operation) else right
            return any(self.may(wanted, one) for one in self._records())
        parent = self._generation.owned.get(entity)
        if parent is not None and isinstance(right, Operation):
            return self.may(_on_parent(right), parent.link.target)
        if right in (EVERYONE, SIGNED_IN):
            return right == EVERYONE or self.user is not None
        held = (one for group in self._groups for one in group)
        return self._everything or any(one.gives(right, entity) for one in held)

    @property
    def held(self) -> Hashable:
        """All that the rights follow from: who has the same, sees the same of the same tables."""
        return self._everything, tuple(tuple(group) for group in self._groups)

    def has(self, item: Permission | Grant | RowRule) -> bool:
        """Whether a role gives a permission, or has another item."""
        held = (one for group in self._groups for one in group)
        return self._everything or any(item in one.items for one in held)

    def rule(self, right: Right, entity: type[Entity], alias: Any = None) -> ColumnElement[bool]:
        """The records of an entity for which a right is given."""
        alias = entity if alias is None else alias
        if self._everything or right in (EVERYONE, SIGNED_IN):
            return true()
        if entity.__attached__ is not None:
            wanted = _on_parent(right) if isinstance(right, Operation) else right
            return or_(false(), *(self._hung(one, wanted, alias) for one in self._records()))
        parent = self._generation.owned.get(entity)
        if parent is not None:
            above = aliased(parent.link.target)
            wanted = _on_parent(right) if isinstance(right, Operation) else right
            rule = self.rule(wanted, parent.link.target, above)
            if rule.compare(false()):
                return rule
            return exists(select(above.id).where(above.id == getattr(alias, parent.key), rule))
        parts = [self._of(group, right, entity, alias) for group in self._groups]
        return and_(or_(false(), *parts), *_cuts(self._groups[:1], entity, alias))

    def _records(self) -> Iterator[type[Entity]]:
        """What files hang on."""
        return (one for one in self._generation.models if one.__attached__ is None)

    def _hung(self, entity: type[Entity], right: Right, alias: Any) -> ColumnElement[bool]:
        """What hangs on the records of an entity for which a right is given."""
        above = aliased(entity)
        rule = self.rule(right, entity, above)
        there = exists(select(above.id).where(above.id == alias.number, rule))
        return and_(alias.entity == key_of(entity), there)

    def _of(
        self, group: list[_Held], right: Right, entity: type[Entity], alias: Any
    ) -> ColumnElement[bool]:
        giving = (one for one in group if one.gives(right, entity))
        covered = [rule for one in giving for rule in one.rules(entity, alias, restricts=False)]
        return and_(or_(false(), *covered), *_cuts([group], entity, alias))

    # What is held --------------------------------------------------------------------------------

    def _hold(self, user: int) -> None:
        shipped = self._generation.access.roles
        mine = {*self._assigned(user), *(name for name, one in shipped.items() if one.implied)}
        self._everything = any(name in shipped and shipped[name].everything for name in mine)
        self._groups.append([self._held(name, user) for name in sorted(mine)])
        loans = self._now(Delegation.__table__, "delegate_id", user)
        for lender in sorted({loan.delegator_id for loan in loans}):
            wanted = {loan.role for loan in loans if loan.delegator_id == lender}
            lent = (one for one in self._assigned(lender) if None in wanted or one in wanted)
            known = (one for one in lent if not (one in shipped and shipped[one].everything))
            self._groups.append([self._held(name, lender) for name in sorted(known)])

    def _assigned(self, user: int) -> set[str]:
        return {one.role for one in self._now(RoleAssignment.__table__, "user_id", user)}

    def _now(self, table: Any, key: str, user: int) -> list[Any]:
        """What says something of a user, and is true today."""
        rows = self._connection.execute(select(table).where(table.c[key] == user))
        return [
            row
            for row in rows
            if (row.since is None or row.since <= self._today)
            and (row.until is None or self._today <= row.until)
        ]

    def _held(self, name: str, user: int) -> _Held:
        shipped: Role | None = self._generation.access.roles.get(name)
        changed = [one for one in self._changed if one.role == name]
        taken = {one.item for one in changed if one.removed}
        items: list[Any] = [*shipped.grants, *shipped.rows] if shipped else []
        items = [one for one in items if str(one) not in taken]
        read = self._generation.access.items.read
        items += [read(one.item) for one in changed if not one.removed]
        implied = shipped is not None and shipped.implied
        return _Held(tuple(items), BoundMe(user, "" if implied else name))


def _cuts(groups: Iterable[list[_Held]], entity: type[Entity], alias: Any) -> list[Any]:
    held = (one for group in groups for one in group)
    return [rule for one in held for rule in one.rules(entity, alias, restricts=True)]


def _on_parent(right: Operation) -> Operation:
    return right if right is Operation.READ else Operation.UPDATE
