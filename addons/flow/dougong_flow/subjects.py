"""Records of any add-on: those that something is decided on, carried out or waited for."""

from __future__ import annotations

from enum import StrEnum

from dougong import Context, Entity, Invalid, Operation, Refused

WHY = "Something is decided on, carried out or waited for, about this record."


def checked(given: str | None, ctx: Context) -> str | None:
    """The id of a record that the asker may see, of whatever entity; None where none is given.

    Raises Refused (`not_found`) where there is none, or the asker may not see it, and Invalid.
    """
    if given is None:
        return None
    entity, number = _split(given, ctx)
    with ctx.elevated(entity, reason=WHY):
        found = ctx.find(entity, entity.id == number)
        seen = bool(found) and ctx.allows(Operation.READ, found[0])
    if not seen:
        raise Refused("not_found", at="record", id=given)
    return f"{entity.__name__}:{number}"


def state_of(given: str, ctx: Context) -> tuple[str | None, bool, frozenset[str]]:
    """The state of a record, whether it leaves it no more, and which there are.

    No state where the record is gone, or its add-on; no states where it has no workflow.
    """
    try:
        entity, number = _split(given, ctx)
    except Invalid:
        return None, True, frozenset()
    workflow = ctx.generation.workflows.get(entity)
    if workflow is None:
        return None, True, frozenset()
    with ctx.elevated(entity, reason=WHY):
        found = ctx.find(entity, entity.id == number)
        state = workflow.state_of(found[0]) if found else None
    states: type[StrEnum] = type(workflow.start)
    names = frozenset(one.name for one in states)
    if state is None:
        return None, True, names
    return state.name, state in workflow.final, names


def id_of(record: Entity) -> str:
    """The id that the API shows of a record."""
    return f"{type(record).__name__}:{record.id}"


def _split(given: str, ctx: Context) -> tuple[type[Entity], int]:
    name, _, number = str(given).partition(":")
    entity = next((one for one in ctx.generation.models if one.__name__ == name), None)
    if entity is None or not (number.isascii() and number.isdecimal()) or len(number) > 18:
        raise Invalid("no_record_id", at="record", id=str(given)[:80])
    return entity, int(number)
