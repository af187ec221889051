"""What the person who asks may do, and in whose stead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, null, select, true
from sqlalchemy import inspect as object_state
from sqlalchemy.orm import Session, aliased

from dougong.access.permissions import Operation, Permission
from dougong.access.principal import Principal
from dougong.access.reach import BoundMe
from dougong.access.rules import Right
from dougong.access.users import User
from dougong.entity.base import Entity
from dougong.errors import Forbidden

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.verbs.verb import Verb

E = TypeVar("E", bound=Entity)


class Asker:
    """Who asks, what is installed, and the transaction that they ask in."""

    def __init__(
        self,
        generation: Generation,
        session: Session,
        principal: Principal,
        now: datetime | None = None,
    ) -> None:
        self.generation = generation
        self.session = session
        self.principal = principal
        self.now = now or datetime.now(UTC)
        self._me: User | None = None

    @property
    def me(self) -> User | None:
        """The person who asks; None for somebody who has not signed in."""
        if self._me is None and self.principal.user_id is not None:
            self._me = self.session.get(User, self.principal.user_id)
        return self._me

    def may(self, permission: Permission) -> bool:
        """Whether the person who asks holds a permission."""
        return self.generation.access.has(self.principal, permission)

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless the person who asks holds the permission."""
        if not self.may(permission):
            raise Forbidden("needs_permission", permission=permission.name)

    def sees(self, entity: type[Entity]) -> ColumnElement[bool]:
        """Which records of an entity, or rows of an extension, the asker may see."""
        me, target = BoundMe(self.principal.user_id), getattr(entity, "__extends__", entity)
        whose: Any = entity if target is entity else aliased(target)
        rule = self.generation.access.predicate(self.principal, Operation.READ, target, whose, me)
        if whose is entity or rule.compare(true()):
            return rule
        return entity.id.in_(select(whose.id).where(rule))

    def hidden_fields(self, entity: type[Entity]) -> frozenset[str]:
        """The guarded attributes that the asker may not see in every record."""
        guards, top = entity.__guards__, getattr(entity, "__extends__", entity)
        return frozenset(
            name for name, guard in guards.items() if not self._everywhere(guard.read, top)
        )

    def _everywhere(self, right: Right, entity: type[Entity]) -> bool:
        me, access = BoundMe(self.principal.user_id), self.generation.access
        return access.predicate(self.principal, right, entity, entity, me).compare(true())

    def allows(self, right: Operation | Permission, record: Entity) -> bool:
        """Whether the roles that give the asker a right cover a stored record, as it is now."""
        return self.allows_all(right, type(record), [record])

    def allows_all(
        self, right: Operation | Permission, entity: type[E], records: Sequence[E]
    ) -> bool:
        """The same for all of several stored records, by one statement."""
        predicate = self.generation.access.predicate(
            self.principal, right, entity, entity, BoundMe(self.principal.user_id)
        )
        if not records or predicate.compare(true()):
            return True
        self.session.flush()
        numbers = {record.id for record in records}
        found = select(func.count()).where(entity.id.in_(numbers), predicate)
        return self.session.scalar(found) == len(numbers)

    def stood_in_for(self, verb: Verb[Any, Any, Any], record: Entity | None) -> int | None:
        """Whose right the asker uses for a verb: a delegator's, or None for the asker's own."""
        right: Right | None = getattr(verb, "operation", verb.needs)
        if not self.principal.stands_in or right is None:
            return None
        if record is not None and object_state(record).persistent:
            entity = type(record)
            found = select(self.delegator(right, entity)).where(entity.id == record.id)
            return self.session.scalar(found)
        return next((user for user, who in self._faces() if self._gives(who, right, record)), None)

    def delegator(self, right: Right, entity: type[Entity]) -> ColumnElement[int | None]:
        """The same for each stored record of an entity."""
        access = self.generation.access
        users = [
            (access.predicate(who, right, entity, entity, BoundMe(who.user_id)), user)
            for user, who in self._faces()
        ]
        return case(*((rule, cast(user, BigInteger)) for rule, user in users), else_=null())

    def _faces(self) -> Iterator[tuple[int | None, Principal]]:
        """The asker with own roles only, then with those of one delegator too; and for whom."""
        delegated = self.principal.stands_in
        yield None, replace(self.principal, stands_in=frozenset())
        for user in sorted({user for user, _ in delegated}):
            theirs = frozenset(one for one in delegated if one[0] == user)
            yield user, replace(self.principal, stands_in=theirs)

    def _gives(self, who: Principal, right: Right, record: Entity | None) -> bool:
        if isinstance(right, Permission):
            return self.generation.access.has(who, right)
        return record is not None and self.generation.access.may(who, right, type(record))
