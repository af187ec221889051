"""Records created, changed and deleted as the API asks for it, with what extensions add to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.db.constraints import as_refusals
from dougong.db.naming import camel
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.errors import Forbidden, InputPath, Invalid, Refused, blamed
from dougong.graphql.mutations.inputs import Inputs
from dougong.graphql.mutations.records import (
    Held,
    load_visible,
    not_found,
    require_field,
    require_row,
    require_rows,
)
from dougong.graphql.mutations.values import ExtensionValues, Values
from dougong.verbs.together import create_all

E = TypeVar("E", bound=Entity)
FEW = 2
"""So many children of one record are stored one by one: it is not worth trying twice."""
Row = tuple[Mapping[str, Any], InputPath]
"""A create input, and the place where it was given."""


class Writing:
    """What is done with the inputs of one generation.

    Every refusal blames the input below `at`, the place where it was given.
    """

    def __init__(self, inputs: Inputs, values: Values) -> None:
        self._inputs = inputs
        self._values = values

    def create(self, ctx: Context, entity: type[E], given: Mapping[str, Any], *at: str | int) -> E:
        """A new record from a create input, by its verb and under the asker's row rules.

        Who may create none is told so before anything is looked at: not which keys are taken.
        """
        require_rows(ctx, Operation.CREATE, entity, [])
        return self.create_all(ctx, entity, [(given, at)])[0]

    def create_all(self, ctx: Context, entity: type[E], rows: Sequence[Row]) -> list[E]:
        """The same for several, all together; a refusal says which only where there is one."""
        children = map(camel, model_of(entity).owned)
        more = sum(len(given.get(name) or ()) for name in children for given, _ in rows[:1])
        if len(rows) == 1 and more:
            load_visible(ctx, self._values.linked(entity, [rows[0][0]]))
        if len(rows) == 1 and more > FEW:
            with suppress(Refused), ctx.attempt():
                return self._created(ctx, entity, rows, together=True)
        return self._created(ctx, entity, rows, together=len(rows) > 1)

    def _created(
        self, ctx: Context, entity: type[E], rows: Sequence[Row], *, together: bool
    ) -> list[E]:
        records, extended = [], []
        for given, at in rows:
            with blamed(*at):
                self._require_fields(ctx, entity, [], given)
                own, added = self._values.read_record(entity, given, ctx)
                records.append(entity(**own))
                extended.append(added)
        if together:
            create_all(entity, records, ctx)
        for (given, at), record, added in zip(rows, records, extended, strict=True):
            with blamed(*at):
                if not together:
                    entity.create(record, ctx)
                self._write_extensions(ctx, record, added)
                self._require_fields(ctx, entity, [record], given)
        require_rows(ctx, Operation.CREATE, entity, records)
        return records

    def update(self, ctx: Context, record: E, given: Mapping[str, Any], *at: str | int) -> E:
        """A locked record changed by a patch; the asker's row rules hold before and after."""
        require_row(ctx, Operation.UPDATE, record)
        with blamed(*at):
            self._require_fields(ctx, type(record), [record], given)
            self._change(ctx, record, given)
            self._require_fields(ctx, type(record), [record], given)
        require_row(ctx, Operation.UPDATE, record)
        return record

    def _change(self, ctx: Context, record: Entity, given: Mapping[str, Any]) -> None:
        """Change a record, then its children in the order in which they are given."""
        entity = type(record)
        children = {camel(name): child for name, child in model_of(entity).owned.items()}
        fields = {name: value for name, value in given.items() if name not in children}
        own, added = self._values.read_record(entity, fields, ctx)
        if own or added or any(given.get(name) for name in children):
            entity.update(record, ctx, **own)
        self._write_extensions(ctx, record, added)
        for name, child in children.items():
            asked = given.get(name) or ()
            held = Held(ctx, child, [one["id"] for one in asked if one.get("id") is not None])
            for place, one in enumerate(asked):
                with blamed(name, place):
                    self._change_child(ctx, record, held, one)

    def _change_child(
        self, ctx: Context, parent: Entity, held: Held[Any], given: Mapping[str, Any]
    ) -> None:
        """Add a child, or change or remove the one with the id."""
        fields = {name: value for name, value in given.items() if name not in ("id", "remove")}
        if given.get("id") is None:
            if given.get("remove"):
                raise Invalid("missing_value", at="id", field="id")
            self._add_child(ctx, parent, held.entity, fields)
            return
        child = held.locked(given["id"])
        if getattr(child, ctx.generation.owned[held.entity].key) != parent.id:
            raise not_found(held.entity, child.id)
        if not given.get("remove"):
            self._change(ctx, child, fields)
        elif fields:
            raise Invalid("removed_and_changed", at="remove", entity=held.entity.__name__)
        else:
            held.entity.delete(child, ctx)

    def _add_child(
        self, ctx: Context, parent: Entity, entity: type[Entity], given: Mapping[str, Any]
    ) -> None:
        link = ctx.generation.owned[entity].link
        missing = [
            Invalid("missing_value", at=one.api_name, field=one.api_name)
            for one in self._inputs.needed(entity)
            if one.name != link.name and one.api_name not in given
        ]
        if missing:
            raise Refused.all(missing)
        own, added = self._values.read_record(entity, given, ctx)
        child: Any = entity.create(entity(**own, **{link.name: parent}), ctx)
        self._write_extensions(ctx, child, added)

    def delete(self, ctx: Context, record: Entity) -> str:
        """Delete a locked record; its global id."""
        require_row(ctx, Operation.DELETE, record)
        deleted = f"{type(record).__name__}:{record.id}"
        type(record).delete(record, ctx)
        return deleted

    def _require_fields(
        self,
        ctx: Context,
        entity: type[Entity],
        records: Sequence[Entity],
        given: Mapping[str, Any],
    ) -> None:
        """Guarded fields need their permission, for these records; a child's, for its parent."""
        for field in self._inputs.writable(entity):
            if field.guard is not None and field.api_name in given:
                require_field(ctx, field, records)
        for name, child in model_of(entity).owned.items():
            for place, one in enumerate(given.get(camel(name)) or ()):
                with blamed(camel(name), place):
                    self._require_fields(ctx, child, records, one)

    def _write_extensions(
        self, ctx: Context, record: Entity, added: Sequence[ExtensionValues]
    ) -> None:
        """Fields of extensions need the right to change the extension, as well as the record."""
        for one in added:
            with blamed(*one.at), as_refusals(ctx.generation):
                _require_extension(ctx, one.extension)
                row = one.extension.of(one.child or record)
                for name, value in one.values.items():
                    setattr(row, name, value)
                ctx.session.flush()


def _require_extension(ctx: Context, extension: type[Entity]) -> None:
    """Raise unless the asker may change the extension's fields."""
    access = ctx.generation.access
    if not access.may(ctx.principal, Operation.UPDATE, extension):
        raise Forbidden("needs_grant", **access.why_not(Operation.UPDATE, extension))
