"""`upsertParty`: the record with a natural key is changed, or made where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLNonNull,
)

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.rules import Right
from dougong.db.naming import camel, lower_first
from dougong.entity.base import Entity
from dougong.entity.model import EntityModel, Field, ToOne, model_of
from dougong.errors import Conflict, Forbidden, Invalid, Refused, blamed
from dougong.graphql.mutations.declared import Mutation, Outcome
from dougong.graphql.mutations.records import hold, require_rows

if TYPE_CHECKING:
    from dougong.graphql.mutations.fields import Fields

Key = tuple[Field | ToOne, ...]


class UpsertFields:
    """The field of each entity that people write and that has a natural key."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def of(self, model: EntityModel) -> Iterator[tuple[str, str, GraphQLField]]:
        """The field of an entity, if it has one: name, add-on, field."""
        written = self._fields.inputs.writable(model.entity)
        keys = [key for key in model.natural_keys if all(one in written for one in key)]
        if not keys:
            return
        record, about = self._fields.record_of(model.entity)
        payload = self._fields.payload(
            f"{model.name}UpsertPayload",
            model.addon,
            {
                model.api_name: (record, about),
                "created": (GraphQLBoolean, "Whether it was made now, and not there before."),
            },
        )

        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            upsert = _Upsert(self._fields, ctx, model.entity, given["key"], given["input"])
            return upsert.done()

        arguments = {
            "key": self._key_argument(model, keys),
            "input": GraphQLArgument(
                GraphQLNonNull(self._fields.inputs.create_input(model.entity)),
                description="The whole record. What is not given stays as it is in one that is "
                "there; children are only taken for a new one.",
            ),
        }
        says = f"Change the one with this key, or add it: {lower_first(model.description or model.name)}"
        mutation = Mutation(model.addon, model.entity, act)
        yield (
            f"upsert{model.name}",
            model.addon,
            self._fields.field(payload, arguments, says, mutation),
        )

    def _key_argument(self, model: EntityModel, keys: Sequence[Key]) -> GraphQLArgument:
        named = {"_".join(one.name.upper() for one in key): key for key in keys}
        kind = GraphQLEnumType(
            self._fields.types.claim(f"{model.name}Key", model.addon),
            {
                name: GraphQLEnumValue(key, description=f"No two have the same {_named(key)}.")
                for name, key in named.items()
            },
            description=f"What tells one {model.name} from another.",
        )
        says = "Which fields of the input say which record is meant."
        if len(keys) > 1:
            return GraphQLArgument(GraphQLNonNull(kind), description=says)
        return GraphQLArgument(GraphQLNonNull(kind), default_value=keys[0], description=says)


class _Upsert:
    def __init__(
        self,
        fields: Fields,
        ctx: Context,
        entity: type[Entity],
        key: Key,
        given: Mapping[str, Any],
    ) -> None:
        self._writing = fields.writing
        self._values = fields.values
        self._ctx = ctx
        self._entity = entity
        self._key = key
        self._given = given

    def done(self) -> Outcome:
        """Raises what creating or changing raises."""
        with blamed("input"):
            where = [self._condition(one) for one in self._key]
        record = self._there(where)
        if record is None:
            try:
                with self._ctx.attempt():
                    return self._created()
            except Conflict as conflict:  # perhaps somebody was faster, and it is there now
                mine = conflict.params.get("entity") == self._entity.__name__
                taken = mine and conflict.code == "taken"
                record = self._there(where) if taken else None
                if record is None:
                    raise
        return self._updated(record)

    def _condition(self, member: Field | ToOne) -> Any:
        value = self._given.get(member.api_name)
        with blamed(member.api_name):
            if value is None:
                raise Invalid("missing_value", field=member.api_name)
            if member.guard is not None and not self._ctx.may(member.guard.read):
                permission = member.guard.read.name
                raise Forbidden("guarded_field", field=member.api_name, permission=permission)
            read = self._values.field_value(member, value, self._ctx)
        if isinstance(member, ToOne):
            return getattr(self._entity, member.key) == read.id
        return getattr(self._entity, member.name) == read

    def _there(self, where: Sequence[Any]) -> Entity | None:
        """The record with the key, locked; one that the asker may not see is only a taken key."""
        found = hold(self._ctx, self._entity, *where)
        if not found:
            return None
        needed: list[Right] = [Operation.READ]
        needed += [member.guard.read for member in self._key if member.guard is not None]
        if all(self._ctx.allows(right, found[0]) for right in needed):
            return found[0]
        require_rows(self._ctx, Operation.CREATE, self._entity, [])
        at, name = ("input", self._key[0].api_name), self._entity.__name__
        raise Conflict("taken", at=at, entity=name, fields=_named(self._key))

    def _created(self) -> Outcome:
        record = self._writing.create(self._ctx, self._entity, self._given, "input")
        return Outcome(record.id, {"created": True})

    def _updated(self, record: Entity) -> Outcome:
        given = dict(self._given)
        for name in map(camel, model_of(self._entity).owned):
            if given.pop(name, None):
                raise Refused("there_already", at=("input", name), entity=self._entity.__name__)
        self._writing.update(self._ctx, record, given, "input")
        return Outcome(record.id, {"created": False})


def _named(key: Key) -> str:
    return ", ".join(one.api_name for one in key)
