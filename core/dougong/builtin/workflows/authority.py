"""Who does a verb to a record, with which right, and what is to be known of them before."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, case, literal, null, select

from dougong.access.permissions import EVERYONE, SIGNED_IN, Operation, Permission
from dougong.access.reach import BoundMe
from dougong.builtin.workflows.settings import (
    Authority,
    Settings,
    holds,
    settings_column,
    settings_in,
)
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.verbs.crud import CreateVerb
from dougong.workflow import event_log

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.verbs.verb import Verb

    AnyVerb = Verb[Any, Any, Any]

LAST_READ: WeakKeyDictionary[Engine | Connection, tuple[int, Settings]] = WeakKeyDictionary()
"""Of each database, how many settings of steps there were, and what they say."""


class Knows(Authority, Protocol):
    """What is to be known of who asks and what they have done, before a verb of theirs."""

    def done(self, verb: AnyVerb) -> bool:
        """Whether they, or who is stood in for, have ever done a verb to the record."""
        ...


class By:
    """Who does a verb to a record: the asker, with which right, or the code of an add-on."""

    def __init__(self, ctx: Context, verb: AnyVerb, record: Any) -> None:
        self.ctx = ctx
        self.record = record
        self.caller = ctx.acting
        self.for_user = ctx.stood_in_for(verb, record)
        self._roles: Sequence[str | None] | None = None
        if not isinstance(verb, CreateVerb):
            self._roles = self.roles(verb, [record])

    def roles(self, verb: AnyVerb, records: Sequence[Any]) -> Sequence[str | None]:
        """The role that permits it, for each record or for all; what is new is stored by then."""
        if self.caller != CORE:
            return [None]
        if self._roles is not None:
            return self._roles
        with self.ctx.as_core():
            return permitting(self.ctx, verb, records, self.for_user)

    @property
    def settings(self) -> Settings:
        """What the organisation has set for steps."""
        if self.ctx.step_settings is None:
            self.ctx.step_settings = self._settings()
        return self.ctx.step_settings

    def _settings(self) -> Settings:
        """Settings are only ever added: as many as another transaction read are the same ones."""
        session = self.ctx.session
        with self.ctx.as_core():
            engine, many = session.get_bind(), session.info.get("steps")
            known = LAST_READ.get(engine)
            if known is not None and known[0] == many:
                return known[1]
            settings = settings_in(session.scalar(select(settings_column())))
        if many is not None:
            LAST_READ[engine] = many, settings
        return settings

    def done(self, verb: AnyVerb) -> bool:
        """Whether the asker, or who is stood in for, has ever done a verb to the record."""
        users = [user for user in (self.ctx.principal.user_id, self.for_user) if user is not None]
        event_log.write_waiting(self.ctx.session)
        with self.ctx.as_core():
            found = select(event_log.done_by(verb.key, self.record, users))
            return bool(self.ctx.session.scalar(found))

    def may(self, right: Permission) -> bool:
        """Whether roles that give the permission cover the record; code needs none."""
        self.ctx.session.flush()
        with self.ctx.as_core():
            return self.caller != CORE or self.ctx.allows(right, self.record)

    def holds(self, name: str) -> bool:
        """Whether the asker holds a permission, or a role, of this name; code needs none."""
        return self.caller != CORE or holds(self.ctx, name)


@dataclass(frozen=True)
class Known:
    """What a statement has told of who asks, for a right and one record of a page."""

    ctx: Context
    settings: Settings
    right: Operation | Permission | str
    known: Mapping[Hashable, bool]

    def done(self, verb: AnyVerb) -> bool:
        """Whether they, or who is stood in for, have ever done a verb to the record."""
        return self.known[self.right, verb]

    def may(self, right: Permission) -> bool:
        """Whether roles that give the permission cover the record."""
        return self.known[right]

    def holds(self, name: str) -> bool:
        """Whether they hold a permission, or a role, of this name."""
        return holds(self.ctx, name)


def permitting(
    ctx: Context, verb: AnyVerb, records: Sequence[Entity | None], for_user: int | None
) -> Sequence[str | None]:
    """The role, of the asker or of who is stood in for, that permits a verb.

    One for each record, or for all of them; None where everybody may.
    """
    right: Any = getattr(verb, "operation", verb.needs)
    kind: Any = type(records[0])
    if right in (None, EVERYONE, SIGNED_IN):
        return [None]
    access, who = ctx.generation.access, ctx.principal
    names = [one.name for one in access.giving(who, right, kind) if one.for_user == for_user]
    if len(names) < 2 or not issubclass(kind, Entity):
        return names[:1] or [None]
    me, numbers = BoundMe(who.user_id), [one.id for one in records if one is not None]
    covers = [
        (access.predicate(_with(ctx, name, for_user), right, kind, kind, me), literal(name))
        for name in names
    ]
    shown = case(*covers, else_=null())
    found = ctx.session.execute(select(kind.id, shown).where(kind.id.in_(numbers)))
    roles: dict[int, str | None] = {row[0]: row[1] for row in found}
    return [roles.get(number) for number in numbers]


def _with(ctx: Context, role: str, for_user: int | None) -> Any:
    """The asker with one role, and those that everybody holds."""
    if for_user is None:
        return replace(ctx.principal, roles=frozenset({role}), stands_in=frozenset())
    return replace(ctx.principal, roles=frozenset(), stands_in=frozenset({(for_user, role)}))
