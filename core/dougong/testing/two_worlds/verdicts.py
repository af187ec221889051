"""Mutations that are decided by what one may not see: keys, links, references, guarded fields, states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import is_required_input_field
from sqlalchemy import Connection, select

from dougong.access.permissions import Operation
from dougong.access.users import User
from dougong.db.naming import camel, upper_first
from dougong.entity.base import Entity
from dougong.entity.model import EntityModel, Field, ToOne
from dougong.generation import Generation
from dougong.graphql.types import Types
from dougong.testing.oracle.dice import Dice
from dougong.testing.two_worlds.contents import NOT_TAKEN, Contents
from dougong.testing.two_worlds.writes import Drawn, Writes
from dougong.workflow.workflow import Step

EACH = 2
"""How often each is tried."""
TEXT = "String!"


@dataclass(frozen=True)
class Verdict:
    """A mutation, and whether what is declared may explain how its answers differ."""

    text: str
    variables: Mapping[str, Any]
    excused: bool = True


class Verdicts:
    """Those about the records that only one of the worlds has, and about those that are seen."""

    def __init__(
        self, writes: Writes, contents: Contents, place: int, connection: Connection, dice: Dice
    ) -> None:
        """`place` is that of the world, to which there is a connection."""
        self._writes = writes
        self._contents = contents
        self._place = place
        self._connection = connection
        self._dice = dice
        self._generation: Generation = contents.generation
        self._types: Types = contents.generation.schema.extensions["types"]

    def about(self, model: EntityModel) -> Iterator[Verdict]:
        """Everything about an entity."""
        yield from self._deletes(model)
        yield from self._keys(model)
        yield from self._links(model)
        yield from self._unseen(model)
        yield from self._own(model)
        yield from self._steps(model)

    def _asked(self, name: str, **given: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """A mutation with these arguments, where there is such a one."""
        if name in self._writes.fields:
            text, drawn = self._writes.draw(self._dice, self._contents.world, name)
            yield text, {**drawn, **{f"{key}0": one for key, one in given.items()}}

    def _at(self, name: str, entity: type[Entity], number: int, **given: Any) -> Iterator[Drawn]:
        record = f"{entity.__name__}:{number}"
        version = self._contents.version_of(record)
        yield from self._asked(name, id=record, version=version, **given)

    def _may(self, right: Any, entity: type[Entity]) -> set[int]:
        """The records of this world of which a right is given."""
        rule = self._contents.rights.rule(right, entity)
        return set(self._connection.scalars(select(entity.id).where(rule)))

    # Each kind -----------------------------------------------------------------------------------

    def _deletes(self, model: EntityModel) -> Iterator[Verdict]:
        """Of those that one sees first what something unseen refers to, in one world only."""
        entity, seen = model.entity, sorted(self._contents.seen[model.entity])
        may = self._may(Operation.DELETE, entity) if seen else set()
        differ = self._contents.referred[0].get(entity, set()) ^ self._contents.referred[1].get(
            entity, set()
        )
        chosen = sorted(seen, key=lambda one: (one not in may, one not in differ, -one))[: 2 * EACH]
        for number in chosen:
            for asked in self._at(f"delete{model.name}", entity, number):
                yield Verdict(*asked, excused=number in may)

    def _keys(self, model: EntityModel) -> Iterator[Verdict]:
        """Records made, and changed, with keys that records which are not seen have."""
        entity, rights = model.entity, self._contents.rights
        for key in model.natural_keys:
            one = key[0]
            if len(key) > 1 or not isinstance(one, Field) or one.read_only:
                continue
            guard = one.guard
            may = rights.may(Operation.CREATE, entity)
            may = may and (guard is None or rights.may(guard.write, entity))
            known = self._contents.telling.get((model.name, one.api_name), [])[:EACH]
            for value in known:
                given = {**self._needed(model), one.api_name: value}
                for name, some in (
                    (f"create{model.name}", {"input": given}),
                    (f"create{upper_first(model.api_plural)}", {"inputs": [given]}),
                    (f"upsert{model.name}", {"key": one.name.upper(), "input": given}),
                ):
                    for asked in self._asked(name, **some):
                        yield Verdict(*asked, excused=may)
                yield from self._patched(model, one, value)

    def _patched(self, model: EntityModel, field: Field, value: Any) -> Iterator[Verdict]:
        """Records that are seen are given a key that another one has."""
        entity, guard = model.entity, field.guard
        may = self._may(Operation.UPDATE, entity)
        if guard is not None:
            may &= self._may(guard.write, entity)
        seen = sorted(self._contents.seen[entity], key=lambda number: (number in may, number))
        for number in (*seen[:1], *seen[-1:]):
            patch = {field.api_name: value}
            for asked in self._at(f"update{model.name}", entity, number, patch=patch):
                yield Verdict(*asked, excused=number in may)

    def _links(self, model: EntityModel) -> Iterator[Verdict]:
        """Links to records that are not seen, in records that are made or changed."""
        entity = model.entity
        mine = sorted(self._may(Operation.UPDATE, entity) & self._contents.seen[entity])[:1]
        for link in self._given_links(model):
            for target in self._contents.only_in(self._place, link.target)[:1]:
                linked = {link.api_name: f"{link.target.__name__}:{target}"}
                given = {**self._needed(model), **linked}
                many = f"create{upper_first(model.api_plural)}"
                drawn = [
                    *self._asked(f"create{model.name}", input=given),
                    *self._asked(many, inputs=[given]),
                ]
                for number in mine:
                    drawn += self._at(f"update{model.name}", entity, number, patch=linked)
                    drawn += self._many(model, [number], linked)
                for asked in drawn:
                    yield Verdict(*asked)

    def _many(
        self, model: EntityModel, numbers: Sequence[int], patch: Mapping[str, Any]
    ) -> Iterator[Drawn]:
        """The same patch for several records in one mutation; those are done that can be."""
        records = [f"{model.name}:{number}" for number in numbers]
        changes = [
            {"id": one, "version": self._contents.version_of(one), "patch": patch}
            for one in records
        ]
        name = f"update{upper_first(model.api_plural)}"
        yield from self._asked(name, changes=changes, onError="SKIP_FAILED")

    def _unseen(self, model: EntityModel) -> Iterator[Verdict]:
        """Records that are not seen, changed and deleted, alone and beside one that is changed."""
        entity = model.entity
        mine = sorted(self._may(Operation.UPDATE, entity) & self._contents.seen[entity])[:1]
        for number in self._contents.only_in(self._place, entity)[:1]:
            for asked in (
                *self._at(f"update{model.name}", entity, number, patch={}),
                *self._at(f"delete{model.name}", entity, number),
                *self._many(model, [*mine, number], {}),
            ):
                yield Verdict(*asked, excused=False)

    def _own(self, model: EntityModel) -> Iterator[Verdict]:
        """Records made one's own: of those whose guarded fields are not seen, these would be."""
        entity = model.entity
        guarded = any(part.__guards__ for part in self._parts(entity))
        for link in self._given_links(model) if guarded else ():
            if link.target is User:
                for number in sorted(self._contents.seen[entity]):
                    patch = {link.api_name: self._contents.owner}
                    for asked in self._at(f"update{model.name}", entity, number, patch=patch):
                        yield Verdict(*asked)

    def _parts(self, entity: type[Entity]) -> tuple[type[Entity], ...]:
        return (entity, *self._generation.extensions.get(entity, ()))

    def _steps(self, model: EntityModel) -> Iterator[Verdict]:
        """Steps from the states in which records are."""
        entity, seen = model.entity, self._contents.seen[model.entity]
        for verb in self._generation.verbs if self._generation.offers(entity) else ():
            if not isinstance(verb, Step) or verb.workflow.entity is not entity:
                continue
            state = getattr(entity, verb.workflow.state_name)
            ready = select(entity.id).where(state.in_(verb.sources), entity.id.in_(seen))
            found = self._connection.scalars(ready.order_by(entity.id).limit(EACH)).all()
            unseen = self._contents.only_in(self._place, entity)[:1]
            name = f"{camel(verb.name)}{entity.__name__}"
            for number in (*found, *unseen):
                for asked in self._at(name, entity, number):
                    yield Verdict(*asked)

    def _needed(self, model: EntityModel) -> dict[str, Any]:
        """Only what must be given, with links to records that are seen: nothing else to be refused for."""
        _, drawn = next(self._asked(f"create{model.name}"), ("", {}))
        given: Mapping[str, Any] = drawn.get("input0", {})
        kind: Any = self._generation.schema.type_map.get(f"{model.name}Create")
        fields: Mapping[str, Any] = getattr(kind, "fields", {})
        keys = {one.api_name for key in model.natural_keys for one in key}
        required = [name for name, one in fields.items() if is_required_input_field(one)]
        needed: dict[str, Any] = {}
        for name in required:
            known = self._contents.pool.get((model.name, name), [])
            if name in keys and str(fields[name].type) == TEXT:
                needed[name] = NOT_TAKEN
            elif name in given or known:
                needed[name] = given[name] if name in given else known[0]
        for link in self._given_links(model):
            seen = self._contents.seen[link.target]
            if link.target is User and link.guard is None:
                needed[link.api_name] = self._contents.owner
            elif link.api_name in required and seen:
                needed[link.api_name] = f"{link.target.__name__}:{min(seen)}"
        return needed

    def _given_links(self, model: EntityModel) -> Iterator[ToOne]:
        """The links that can be given to a record, those of extensions among them."""
        kind: Any = self._generation.schema.type_map.get(f"{model.name}Create")
        for name, member in self._types.members_of(model.entity).items():
            if isinstance(member, ToOne) and name in getattr(kind, "fields", {}):
                yield member
