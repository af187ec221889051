"""Many records created at once: what their create verb does, for all that are stored together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dougong.builtin.workflows.authority import By
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity
from dougong.errors import Refused
from dougong.verbs.crud import CreateVerb, CrudVerb, crud_verb, link_children, without_children
from dougong.verbs.perform import check_right, obstacles, prepare, write_event

if TYPE_CHECKING:
    from dougong.access.context import Context


def create_all(entity: type[Entity], records: Sequence[Entity], ctx: Context) -> None:
    """Create records of an entity, with their children, by a few statements.

    Reactions run before each record in order, and find those before it as the verb leaves them;
    or, where all take records together, before any is stored. Those after find all that were.
    Raises a Refused as the verb does, save that it need not say which record is to blame.
    """
    verb = crud_verb(CreateVerb, entity)
    check_right(verb, None, ctx)
    ctx.store()
    if not records:
        return
    if ctx.generation.moments.listeners(verb, "wrap"):  # around each of them
        for record in records:
            verb(record, ctx)
        return
    by = By(ctx, verb, records[0])
    waiting: list[Entity] = []

    def store() -> None:
        some, waiting[:] = waiting.copy(), []
        if some:
            _store(verb, some, ctx, by)

    with as_refusals(ctx.generation):
        ctx.lock(*records)
        with ctx.acting_as(verb.addon, verb.key), ctx.storing_together(store):
            moments = ctx.generation.moments
            if moments.one_by_one(verb, "before") or moments.one_by_one(verb, "guard"):
                for record in records:
                    prepare(verb, record, ctx, {}, by)
                    waiting.append(record)
                return
            for record in records:
                if refusals := obstacles(verb, record, ctx, {}, by):
                    raise Refused.all(refusals)
            ctx.generation.moments.tell("before", verb, [*records], ctx, {})
            waiting.extend(records)


def _store(verb: CrudVerb, records: list[Entity], ctx: Context, by: By) -> None:
    ctx.session.flush()  # what others have changed meanwhile, with their rights
    with ctx.acting_as(verb.addon, verb.key):
        children = [(record, without_children(record)) for record in records]
        ctx.session.add_all(records)
        ctx.session.flush()
        ctx.locked.update((verb.entity, record.id) for record in records)  # nobody else sees them
        below: dict[type[Entity], list[Any]] = {}
        for record, members in children:
            for _, _, child in link_children(record, members):
                below.setdefault(type(child), []).append(child)
        for entity, some in below.items():
            create_all(entity, some, ctx)
    write_event(verb, records, ctx, {}, None, by)
    with ctx.acting_as(verb.addon, verb.key):
        ctx.generation.moments.tell("after", verb, records, ctx, {})
        for record in records:
            ctx.generation.moments.tell("after_commit", verb, record, ctx, {})
    ctx.session.flush()  # before whoever looks now
