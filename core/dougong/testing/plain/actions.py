"""What can be done with a record, asked one verb after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.builtin.workflows.authority import By
from dougong.builtin.workflows.possible import lacking, right_to, verbs_about
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.errors import Forbidden, Refused
from dougong.graphql.action_types import mutation_name
from dougong.graphql.mutations.run import user_error
from dougong.graphql.plan.actions import AnyVerb, Offer
from dougong.testing.plain.records import Seen
from dougong.verbs.crud import DeleteVerb, UpdateVerb
from dougong.verbs.perform import obstacles


def unknown_actions(verbs: Iterable[AnyVerb], names: Sequence[str] | None) -> bool:
    """Whether one of the names is that of no action."""
    return not set(names or ()) <= {mutation_name(verb) for verb in verbs}


def actions_of(seen: Seen, record: Any, names: Sequence[str] | None) -> list[Mapping[str, Any]]:
    """The value of `actions`, with all its fields."""
    generation = seen.records.generation
    ctx = Context(generation, seen.records.session, seen.who)
    verbs = {mutation_name(verb): verb for verb in verbs_about(generation, type(record))}
    chosen = [verbs[name] for name in dict.fromkeys(names)] if names is not None else verbs.values()
    shown: list[Mapping[str, Any]] = []
    for verb in chosen:
        lacks = lacking(verb, generation, seen.who)
        if names is None and lacks is not None:
            continue
        offer = Offer(generation, verb, seen.who)
        closed = Forbidden("read_only") if seen.who.read_only else lacks
        refused = [closed] if closed else list(_refusals(ctx, verb, record))
        shown.append(
            {
                **offer.always,
                "enabled": not refused,
                "reasons": [user_error(generation, one, seen.who.language) for one in refused],
                "arguments": offer.about(type(record), record.id, record.version),
            }
        )
    return shown


def _refusals(ctx: Context, verb: AnyVerb, record: Entity) -> Iterable[Refused]:
    right = right_to(verb)
    if not ctx.allows(right, record):
        name = str(right) if isinstance(right, Operation) else verb
        yield Forbidden("outside_rows", operation=name, entity=type(record).__name__)
        return
    found = obstacles(verb, record, ctx, {}, By(ctx, verb, record))
    for refusal in found:
        at = ("patch",) if isinstance(verb, UpdateVerb) else ()
        yield from refusal.said_by(verb.addon).below(*at).several
    if isinstance(verb, DeleteVerb) and not found:
        for name, child in model_of(type(record)).owned.items():
            for place, one in enumerate(getattr(record, name)):
                for refusal in obstacles(child.delete, one, ctx, {}, By(ctx, child.delete, one)):
                    yield from refusal.below(name, place).several
