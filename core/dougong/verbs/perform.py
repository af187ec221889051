"""What happens around a verb: permission, locks, state, reactions, the rule, the event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dougong.builtin.workflows.authority import By, Knows
from dougong.builtin.workflows.out_of_turn import out_of_turn, wrong_state
from dougong.builtin.workflows.settings import withheld
from dougong.db.constraints import as_refusals
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.errors import Forbidden, Refused
from dougong.verbs.crud import CrudVerb
from dougong.workflow import event_log
from dougong.workflow.workflow import Step

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.verbs.verb import Verb


def perform(verb: Verb[Any, Any, Any], record: Any, ctx: Context, form: dict[str, Any]) -> Any:
    """Run a verb in the context's transaction; the order is the promise of `hookspecs.py`.

    Raises a Refused when a rule says no; the caller rolls the transaction back.
    """
    check_right(verb, record, ctx)
    with as_refusals(ctx.generation):
        ctx.store()
        return _perform(verb, record, ctx, form)


def _perform(verb: Verb[Any, Any, Any], record: Any, ctx: Context, form: dict[str, Any]) -> Any:
    form = verb.filled_in(form)
    _lock(record, ctx, form)
    state = _state(verb, record, ctx)
    by = By(ctx, verb, record)
    with ctx.acting_as(verb.addon, verb.key):
        prepare(verb, record, ctx, form, by)
        _state(verb, record, ctx)  # a reaction may have moved the record
        result = ctx.generation.moments.do(verb, record, ctx, form)
    write_event(verb, [record], ctx, form, state, by)
    with ctx.acting_as(verb.addon, verb.key):
        ctx.generation.moments.tell("after", verb, record, ctx, form)
        ctx.generation.moments.tell("after_commit", verb, record, ctx, form)
    return result


def prepare(
    verb: Verb[Any, Any, Any], record: Any, ctx: Context, form: dict[str, Any], by: By
) -> None:
    """Raise the Refused of those who do not let it happen, and of those who react before it."""
    if refusals := obstacles(verb, record, ctx, form, by):
        raise Refused.all(refusals)
    ctx.generation.moments.tell("before", verb, record, ctx, form)


def check_right(verb: Verb[Any, Any, Any], record: Any, ctx: Context) -> None:
    """Raise unless the asker, or the add-on whose code runs, may use the verb for a record."""
    if not isinstance(verb, CrudVerb):
        ctx.check_run(verb, record)
        return
    ctx.check_write(verb.operation, verb.entity)
    if ctx.acting == CORE and not ctx.generation.access.may(
        ctx.principal, verb.operation, verb.entity
    ):
        raise Forbidden("needs_grant", **ctx.generation.access.why_not(verb.operation, verb.entity))


def _lock(record: Any, ctx: Context, form: dict[str, Any]) -> None:
    """Lock the record and the records in the form, in one order for everybody."""
    given = [record]
    for value in form.values():
        given += value if isinstance(value, list) else [value]
    ctx.lock(*(value for value in given if isinstance(value, Entity)))


def _state(verb: Verb[Any, Any, Any], record: Any, ctx: Context) -> str | None:
    """The state before; raises when the step does not start there."""
    if not isinstance(verb, Step):
        return None
    if not starts_from(verb, record):
        raise out_of_turn(verb, record, ctx)
    return str(verb.workflow.state_of(record).name)


def starts_from(verb: Verb[Any, Any, Any], record: Any) -> bool:
    """Whether a record is in a state in which a verb can be done; it always is for no step."""
    return not isinstance(verb, Step) or verb.workflow.state_of(record) in verb.sources


def duties_of(verb: Verb[Any, Any, Any]) -> tuple[Verb[Any, Any, Any], ...]:
    """The verbs that somebody must not have done to a record who wants to do this one."""
    return verb.not_by if isinstance(verb, Step) else ()


def obstacles(
    verb: Verb[Any, Any, Any],
    record: Any,
    ctx: Context,
    form: dict[str, Any],
    by: Knows,
) -> list[Refused]:
    """Why its state, its history, settings, limits and guards do not let a verb happen to a record.

    All at once; but in the wrong state nothing else is asked.
    """
    if isinstance(verb, Step) and not starts_from(verb, record):
        return [wrong_state(verb, record)]
    duties = [
        Forbidden("same_person", step=verb, other=other)
        for other in duties_of(verb)
        if by.done(other)
    ]
    limits = withheld(verb, record, by) if isinstance(verb, Step) else []
    return [*duties, *limits, *ctx.generation.moments.tell("guard", verb, record, ctx, form)]


def write_event(
    verb: Verb[Any, Any, Any],
    records: Sequence[Any],
    ctx: Context,
    form: dict[str, Any],
    state: str | None,
    by: By,
) -> None:
    """Write down that a verb was done to records, which are stored by now."""
    ctx.session.flush()
    reason = form.get("reason") if isinstance(verb, Step) and verb.reason else None
    left = {*verb.secret, *(["reason"] if reason else [])}
    roles = by.roles(verb, records)
    with ctx.as_core():
        event_log.append(
            ctx.session,
            verb=verb.key,
            addon=verb.addon if by.caller == CORE else by.caller,
            actor=(ctx.principal.user_id, ctx.principal.label),
            for_user=by.for_user,
            records=[record if isinstance(record, Entity) else None for record in records],
            at=ctx.now,
            states=(
                state,
                verb.workflow.state_of(records[0]).name if isinstance(verb, Step) else None,
            ),
            form={name: value for name, value in form.items() if name not in left},
            reason=reason,
            roles=roles,
        )
