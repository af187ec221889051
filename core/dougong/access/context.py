"""Context: who is asking, what is installed, and the transaction that they ask in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, null, select, true
from sqlalchemy import inspect as object_state
from sqlalchemy.orm import Session, aliased

from dougong.access.permissions import Grant, Operation, Permission
from dougong.access.principal import Principal
from dougong.access.reach import BoundMe
from dougong.access.rules import Right
from dougong.access.users import User
from dougong.addons.manifest import Run
from dougong.db.naming import CORE, host_of
from dougong.entity.base import Entity
from dougong.entity.model import key_of
from dougong.errors import Forbidden, Refused, SetupError
from dougong.workflow.event_log import log_elevation

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.verbs.verb import Verb

E = TypeVar("E", bound=Entity)


class Context:
    """What every verb and reaction is given.

    `now` is the only clock: the moment at which the transaction began, with time zone.
    Inside a verb's rule or a reaction the code acts as its add-on (`acting`): it reads its own
    records and those of the add-ons it needs, and writes its own and what its manifest's `may=`
    names; while it answers a query (`asks`) it reads only what the asker may see.
    Outside (`acting` is the core) the core's own code checks the asker's rights.
    """

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
        self.acting = CORE
        self.asks = False
        self.seen: dict[tuple[type[Entity], int], Entity] = {}
        """Records that the asker named and may see."""
        self.found: Any = None
        """What the verb's `first` brought from before the transaction."""
        self._me: User | None = None
        self._locked: set[tuple[type[Entity], int]] = set()
        self._moving: set[int] = set()
        self._counted: set[tuple[type[Entity], int]] = set()
        self._only_reads = bool(session.info.get("only_reads"))
        self._elevated: frozenset[type[Entity]] = frozenset()
        self._borrowed: list[Entity] = []
        self._waiting: list[Entity] = []
        session.info["context"] = self

    # Who -----------------------------------------------------------------------------------

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

    # Records -------------------------------------------------------------------------------

    def get(self, entity: type[E], record_id: int) -> E:
        """One record by its number; raises Refused (`not_found`) when there is none."""
        found = self.session.scalar(select(entity).where(entity.id == record_id))
        if found is None:
            raise Refused("not_found", id=f"{entity.__name__}:{record_id}")
        return found

    def find(self, entity: type[E], *where: ColumnElement[bool]) -> list[E]:
        """All records for which the conditions hold, oldest first."""
        return list(self.session.scalars(select(entity).where(*where).order_by(entity.id)))

    def create(self, record: E) -> E:
        """Add a record by its create verb, so that others can react; returns it stored."""
        return type(record).create(record, self)

    def delete(self, record: Entity) -> None:
        """Remove a record by its delete verb."""
        type(record).delete(record, self)

    def lock(self, *records: Entity) -> None:
        """Lock records until the transaction ends, in (entity, number) order, and read them anew.

        What a rule relies on must be locked before it is looked at. A guard that is asked of a
        page of records, before anybody tries, locks nothing.
        """
        if self._only_reads:
            return
        parents = [parent for parent in map(self._parent, records) if parent is not None]
        if parents:
            self.lock(*parents)
        stored = [record for record in records if object_state(record).persistent]
        wanted = {(type(record), record.id) for record in stored} - self._locked
        for entity in sorted({entity for entity, _ in wanted}, key=key_of):
            self.session.flush()
            numbers = {number for other, number in wanted if other is entity}
            found = self.hold(entity, entity.id.in_(numbers))
            for number in sorted(numbers - {record.id for record in found}):
                raise Refused("not_found", id=f"{entity.__name__}:{number}")

    def hold(self, entity: type[E], *where: ColumnElement[bool]) -> list[E]:
        """Lock all records for which the conditions hold, in the order of their numbers."""
        statement = select(entity).where(*where).order_by(entity.id)
        if not self._only_reads:
            statement = statement.with_for_update(of=entity.__table__)
            statement = statement.execution_options(populate_existing=True)
        records = list(self.session.scalars(statement))
        self._locked.update((entity, record.id) for record in records)
        return records

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """What follows is undone by itself where it raises; the transaction goes on."""
        before = set(self._locked), set(self._counted)
        try:
            with self.session.begin_nested():
                yield
        except BaseException:
            self._locked, self._counted = before
            raise

    @contextmanager
    def storing_together(self) -> Iterator[list[Entity]]:
        """What is put into the list is stored at the end, or as soon as somebody may look for it."""
        try:
            yield self._waiting
            self.store()
        finally:
            self._waiting.clear()

    def store(self) -> None:
        """Store what waits for it, with the rights of its own add-on."""
        if self._waiting:
            self.session.flush()  # what others have changed meanwhile, with their rights
            before, self.acting = self.acting, self._waiting[0].__addon__
            try:
                self.session.add_all(self._waiting)
                self._waiting.clear()
                self.session.flush()
            finally:
                self.acting = before

    def _parent(self, record: Entity) -> Entity | None:
        """Everybody locks a parent before its children, whose changes raise its version."""
        owned = self.generation.owned.get(type(record))
        return getattr(record, owned.link.name) if owned else None

    # Rights of the code that runs ------------------------------------------------------------

    @contextmanager
    def acting_as(self, addon: str) -> Iterator[None]:
        """Run what follows with the rights of an add-on; what it wrote is checked at the end."""
        if addon == self.acting:  # what is written before, within and after has the same rights
            yield
            return
        self.session.flush()
        before, self.acting = self.acting, addon
        try:
            yield
            self.session.flush()
        except Refused as refusal:
            raise refusal.said_by(addon) from None
        finally:
            self.acting = before

    @contextmanager
    def as_core(self) -> Iterator[None]:
        """Run statements of the core's own in between."""
        before, self.acting = self.acting, CORE
        try:
            yield
        finally:
            self.acting = before

    @contextmanager
    def elevated(self, *entities: type[Entity], reason: str) -> Iterator[Session]:
        """Read entities that the add-on may not read otherwise, or write SQL by hand, for a reason.

        `entities` are those that are read, by records or by SQL. Records of others' that are
        loaded in the block are of no use after it. The event log keeps who did it and why, and
        `dougong doctor` lists every place. Rights to write do not grow: those stand in `may=`.
        """
        if self.asks:
            raise SetupError(
                f"{self.acting} elevates its rights to answer a question.",
                fix="ask for what the asker may see; elsewhere an answer would tell what is hidden.",
            )
        if not entities or not reason.strip():
            raise SetupError(
                f"{self.acting} elevates its rights without saying for what.",
                fix='write ctx.elevated(Order, reason="…"), with the entities that are read.',
            )
        self.session.flush()
        addon = self.acting
        with self.as_core():
            log_elevation(self, addon, entities, reason)
        before, self._elevated = self._elevated, self._elevated | set(entities)
        kept, self._borrowed = self._borrowed, []
        try:
            yield self.session
            self.session.flush()
        finally:
            for record in self._borrowed:
                if record in self.session:
                    self.session.expire(record)
                    self.session.expunge(record)
            self._elevated, self._borrowed = before, kept

    def borrow(self, record: Entity) -> None:
        """Note a record that was loaded: one that only an elevation lets the code read."""
        if self._elevated and not self._in_scope(type(record)):
            self._borrowed.append(record)

    def check_raw(self) -> None:
        """Raise SetupError unless the code that runs now may write SQL by hand."""
        if self.acting != CORE and not self._elevated:
            raise SetupError(
                f"The code of {self.acting} runs SQL that no access rule can be applied to.",
                fix='select entities, or write it in `with ctx.elevated(Order, reason="…"):`.',
            )

    @contextmanager
    def asking(self, addon: str) -> Iterator[None]:
        """Run code of an add-on that answers the asker: it finds what the asker may see."""
        _ = self.me  # found before, for who may see no users
        before, whose, self.asks = self.asks, self.session.info["context"], True
        self.session.info["context"] = self
        try:
            with self.acting_as(addon):
                yield
        finally:
            self.asks, self.session.info["context"] = before, whose

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

    def reads(self, entity: type[Entity]) -> bool:
        """Whether the code that runs now may read the entity's records."""
        return self._in_scope(entity) or entity in self._elevated

    def _in_scope(self, entity: type[Entity]) -> bool:
        return self.acting == CORE or entity.__addon__ in self.generation.scope_of(self.acting)

    def check_write(self, operation: Operation, entity: type[Entity]) -> None:
        """Raise SetupError unless the code that runs now may write such records."""
        if self.acting == CORE or host_of(entity.__addon__) == host_of(self.acting):
            return
        grant = Grant(operation, entity)
        if grant not in self._may():
            raise SetupError(
                f"The code of {self.acting} may not {grant}.",
                fix=f"add {operation}({entity.__name__}) to may= in the manifest of {self.acting}.",
            )

    def check_run(self, verb: Verb[Any, Any, Any], record: Entity | None = None) -> None:
        """Raise unless the person, or the add-on whose code runs now, may use a verb.

        A person needs a role that grants the permission and whose row rules cover the record.
        """
        if self.acting == CORE:
            if verb.needs is not None:
                self.require(verb.needs)
                if record is not None and not self.allows(verb.needs, record):
                    entity = type(record).__name__
                    raise Forbidden("outside_rows", operation=verb.name, entity=entity)
            return
        if host_of(verb.addon) == host_of(self.acting) or Run(verb) in self._may():
            return
        raise SetupError(
            f"The code of {self.acting} may not run {verb.key}.",
            fix=f"add run({verb.name}) to may= in the manifest of {self.acting}.",
        )

    def _may(self) -> Sequence[Grant | Run]:
        part = self.generation.parts.get(self.acting)
        return part.may if part else ()

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

    # States ----------------------------------------------------------------------------------

    @contextmanager
    def moving(self, record: Entity) -> Iterator[None]:
        """Let a step write the record's state; nothing else may."""
        self._moving.add(id(record))
        try:
            yield
        finally:
            self._moving.discard(id(record))

    def is_moving(self, record: Entity) -> bool:
        """Whether a step is writing this record's state now."""
        return id(record) in self._moving

    def first_change(self, record: Entity) -> bool:
        """Whether this transaction changes the record for the first time; its version rises once."""
        key = (type(record), record.id)
        first = key not in self._counted
        self._counted.add(key)
        return first
