"""Mutations that are decided by records which may not be seen: keys, references, business rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import is_required_input_field
from sqlalchemy import Connection, select

from dougong.access.permissions import Operation
from dougong.db.naming import camel
from dougong.entity.model import EntityModel, Field
from dougong.testing.oracle.dice import Dice
from dougong.testing.oracle.examples import World
from dougong.testing.two_worlds.sight import Sight
from dougong.testing.two_worlds.writes import Drawn, Writes
from dougong.workflow.workflow import Step

EACH = 2
"""How often each is tried."""


def verdicts(
    writes: Writes, sight: Sight, connection: Connection, world: World, dice: Dice
) -> Iterator[Drawn]:
    """Mutations that the person may use, with the records and values that decide them."""
    seen = sight.seen(connection)
    generation, access = sight.generation, sight.generation.access
    for model in generation.models.values():
        entity, noun = model.entity, model.name
        if f"delete{noun}" in writes.fields and access.may(sight.who, Operation.DELETE, entity):
            for number in sorted(seen[entity])[-2 * EACH :]:
                yield _about(writes, world, dice, f"delete{noun}", f"{noun}:{number}")
        if f"create{noun}" in writes.fields and access.may(sight.who, Operation.CREATE, entity):
            yield from _keys(writes, sight, connection, world, dice, model)
    for verb in generation.verbs:
        if isinstance(verb, Step) and verb.needs and access.has(sight.who, verb.needs):
            entity = verb.workflow.entity
            state = getattr(entity, verb.workflow.state_name)
            ready = select(entity.id).where(state.in_(verb.sources), entity.id.in_(seen[entity]))
            for number in connection.scalars(ready.order_by(entity.id).limit(2 * EACH)):
                name = f"{camel(verb.name)}{entity.__name__}"
                yield _about(writes, world, dice, name, f"{entity.__name__}:{number}")


def _about(writes: Writes, world: World, dice: Dice, name: str, record: str) -> Drawn:
    text, given = writes.draw(dice, world, name)
    (version,) = world.pool.get(("version of", record), (1,))[:1]
    return text, {**given, "id0": record, "version0": version}


def _keys(
    writes: Writes,
    sight: Sight,
    connection: Connection,
    world: World,
    dice: Dice,
    model: EntityModel,
) -> Iterator[Drawn]:
    """Records made with natural keys that others have."""
    hidden = sight.hidden(connection)[model.entity]
    for key in model.natural_keys:
        one = key[0]
        if len(key) > 1 or not isinstance(one, Field) or one.read_only:
            continue
        column = getattr(model.entity, one.name)
        found = select(column).where(model.entity.id.in_(hidden), column.is_not(None))
        for value in connection.scalars(found.order_by(model.entity.id).limit(EACH)):
            for verb in ("create", "upsert"):
                text, given = writes.draw(dice, world, f"{verb}{model.name}")
                needed = _needed(sight, connection, model, given["input0"])
                yield text, {**given, "input0": {**needed, one.api_name: value}}


def _needed(
    sight: Sight, connection: Connection, model: EntityModel, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Only what must be given, with links to records that are seen: nothing else to be refused for."""
    kind: Any = sight.generation.schema.type_map[f"{model.name}Create"]
    required = {name for name, one in kind.fields.items() if is_required_input_field(one)}
    needed = {name: value for name, value in given.items() if name in required}
    seen = sight.seen(connection)
    for link in model.links.values():
        if link.api_name in required and seen[link.target]:
            needed[link.api_name] = f"{link.target.__name__}:{min(seen[link.target])}"
    return needed
