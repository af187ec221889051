"""What can be done with records now, and why not: asked before anybody tries."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import joinedload, selectinload

from dougong.access.permissions import Operation, Permission
from dougong.access.principal import Principal
from dougong.access.reach import BoundMe
from dougong.builtin.workflows.authority import Known
from dougong.builtin.workflows.settings import settings_column, settings_in
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.errors import Conflict, Forbidden, Refused
from dougong.verbs.crud import CrudVerb, DeleteVerb
from dougong.verbs.perform import duties_of, obstacles, starts_from
from dougong.workflow import event_log
from dougong.workflow.workflow import Step

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.generation import Generation
    from dougong.verbs.verb import Verb

    AnyVerb = Verb[Any, Any, Any]


def verbs_about(generation: Generation, entity: type[Entity]) -> list[AnyVerb]:
    """What the API can do with a record: its steps and actions, then to change and to delete it."""
    if not generation.offers(entity):
        return []
    found = [verb for verb in generation.verbs if verb.record_entity is entity]
    found.sort(key=lambda verb: not isinstance(verb, Step))
    return [*found, entity.update, entity.delete] if entity.__by_hand__ else found


def lacking(verb: AnyVerb, generation: Generation, who: Principal) -> Forbidden | None:
    """Why somebody may use a verb with no record whatever; None for who may with some."""
    access, right = generation.access, right_to(verb)
    if isinstance(right, Permission):
        held = access.has(who, right)
        return None if held else Forbidden("needs_permission", permission=right.name)
    entity: Any = verb.record_entity
    may = access.may(who, right, entity)
    return None if may else Forbidden("needs_grant", **access.why_not(right, entity))


def right_to(verb: AnyVerb) -> Operation | Permission:
    """What a verb asks of a person."""
    if isinstance(verb, CrudVerb):
        return verb.operation
    assert verb.needs is not None
    return verb.needs


class Possible:
    """What can be done with some records of one entity, found by one statement.

    The answers are those that the verbs themselves would give, as far as they do not depend on
    the form.
    """

    def __init__(
        self,
        ctx: Context,
        entity: type[Entity],
        verbs: Collection[AnyVerb],
        numbers: Collection[int],
    ) -> None:
        """Raises what the database says."""
        self._ctx = ctx
        self._entity = entity
        self._lacking = {verb: lacking(verb, ctx.generation, ctx.principal) for verb in verbs}
        facts = self._facts([verb for verb in verbs if self._lacking[verb] is None])
        columns = [column.label(f"fact{place}") for place, column in enumerate(facts.values())]
        found = select(entity, settings_column(), *columns)
        found = found.where(entity.id.in_(numbers), self._rule(Operation.READ))
        self._rows: list[Any] = list(ctx.session.execute(found))
        self._settings = settings_in(self._rows[0][1] if self._rows else None)
        self._records = {row[0].id: row[0] for row in self._rows}
        self._known = {row[0].id: dict(zip(facts, row[2:], strict=True)) for row in self._rows}
        self._loaded: set[AnyVerb] = set()

    @property
    def generation(self) -> Generation:
        """What is installed."""
        return self._ctx.generation

    def recover(self) -> None:
        """Go on after a guard has failed: forget what it did to the session."""
        self._ctx.session.rollback()

    def _facts(self, verbs: Collection[AnyVerb]) -> dict[Hashable, ColumnElement[bool]]:
        """What is asked of the database for each record: whether rules cover it, who did what."""
        facts: dict[Hashable, ColumnElement[bool]] = {}
        for verb in verbs:
            facts.setdefault(right_to(verb), self._rule(right_to(verb)))
            for step in duties_of(verb):
                done = event_log.done_by(step.key, self._entity, self._acts_as(right_to(verb)))
                facts.setdefault((right_to(verb), step), done)
            if isinstance(verb, Step) and verb.limit is not None:
                facts.setdefault(verb.limit.above, self._rule(verb.limit.above))
        return facts

    def _acts_as(self, right: Operation | Permission) -> list[Any]:
        """Who acts where somebody uses a right: the asker, and who is stood in for."""
        who = self._ctx.principal
        mine: list[Any] = [] if who.user_id is None else [who.user_id]
        return [*mine, self._ctx.delegator(right, self._entity)] if who.stands_in else mine

    def _rule(self, right: Operation | Permission) -> ColumnElement[bool]:
        who, entity = self._ctx.principal, self._entity
        access = self._ctx.generation.access
        return access.predicate(who, right, entity, entity, BoundMe(who.user_id))

    def refusals(self, verb: AnyVerb, number: int, version: int | None, *at: str) -> list[Refused]:
        """Why a verb would be refused for a record that was seen at a version; none: it would not.

        `at` is where the verb's form would be given.

        Raises what a guard raises, other than a Refused.
        """
        if self._ctx.principal.read_only:
            return [Forbidden("read_only")]
        if refused := self._lacking[verb]:
            return [refused]
        entity = self._entity.__name__
        record = self._records.get(number)
        if record is None:
            return [Refused("not_found", id=f"{entity}:{number}")]
        if version is not None and record.version != version:
            now = record.version
            return [
                Conflict("stale_version", at="version", entity=entity, seen=version, current=now)
            ]
        known, right = self._known[number], right_to(verb)
        if not known[right]:
            name = str(right) if isinstance(right, Operation) else verb
            return [Forbidden("outside_rows", operation=name, entity=entity)]
        self._load(verb)
        found = obstacles(
            verb, record, self._ctx, {}, Known(self._ctx, self._settings, right, known)
        )
        found = found or self._of_children(verb, record)
        return [one for some in found for one in some.said_by(verb.addon).below(*at).several]

    def _load(self, verb: AnyVerb) -> None:
        """What the guards of a verb want loaded, at once for all records that they are asked of."""
        if verb in self._loaded:
            return
        self._loaded.add(verb)
        right = right_to(verb)
        asked = [
            record
            for record in self._records.values()
            if self._known[record.id][right] and starts_from(verb, record)
        ]
        self._fetch(self._entity, asked, self.generation.moments.loads(verb))
        for name, child in self._guarded_children(verb):
            self._fetch(self._entity, asked, [getattr(self._entity, name)])
            children = [one for record in asked for one in getattr(record, name)]
            self._fetch(child, children, self.generation.moments.loads(child.delete))

    def _fetch(
        self, entity: type[Entity], records: Collection[Any], loads: Collection[Any]
    ) -> None:
        numbers = [record.id for record in records]
        options = [_loading(one) for one in loads if not isinstance(one, type)]
        beside: list[Any] = [one for one in loads if isinstance(one, type)]
        found: list[Any] = [select(one).where(one.id.in_(numbers)) for one in beside]
        if options:
            found.append(select(entity).where(entity.id.in_(numbers)).options(*options))
        for statement in found if numbers else ():
            # The rows are kept, for a session forgets what nobody holds.
            self._rows += self._ctx.session.execute(statement)

    def _guarded_children(self, verb: AnyVerb) -> list[tuple[str, type[Entity]]]:
        """The children that go with a record, where somebody guards that."""
        if not isinstance(verb, DeleteVerb):
            return []
        listeners = self.generation.moments.listeners
        owned = model_of(self._entity).owned.items()
        return [(name, child) for name, child in owned if listeners(child.delete, "guard")]

    def _of_children(self, verb: AnyVerb, record: Any) -> list[Refused]:
        """Why the children that go with a record cannot be deleted."""
        found: list[Refused] = []
        for name, child in self._guarded_children(verb):
            for place, one in enumerate(getattr(record, name)):
                reasons = obstacles(
                    child.delete, one, self._ctx, {}, Known(self._ctx, self._settings, "", {})
                )
                found += [reason.below(name, place) for reason in reasons]
        return found


def _loading(path: Any) -> Any:
    """The option of SQLAlchemy for a link, or for a link of a link: lists by a statement of theirs."""
    option: Any = None
    for link in path if isinstance(path, tuple) else (path,):
        load = selectinload if link.property.uselist else joinedload
        option = load(link) if option is None else getattr(option, load.__name__)(link)
    return option
