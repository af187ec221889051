"""Records created, changed and deleted as the API asks for it, with what extensions add to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.db.constraints import as_refusals
from dougong.entity.base import Entity
from dougong.errors import Forbidden, blamed
from dougong.graphql.mutations.inputs import ExtensionValues, Inputs
from dougong.graphql.mutations.records import require_row, require_rows
from dougong.verbs.perform import create_all

E = TypeVar("E", bound=Entity)


class Writing:
    """What is done with the inputs of one generation.

    Every refusal blames the input below `at`, the place where it was given.
    """

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs

    def create(self, ctx: Context, entity: type[E], given: Mapping[str, Any], *at: str | int) -> E:
        """A new record from a create input, by its verb and under the asker's row rules."""
        with blamed(*at):
            own, added = self._inputs.read_record(entity, given, ctx)
            record = entity.create(entity(**own), ctx)
            self._write_extensions(ctx, record, added)
        require_row(ctx, Operation.CREATE, record)
        return record

    def create_all(
        self, ctx: Context, entity: type[E], given: Sequence[Mapping[str, Any]], at: str
    ) -> list[E]:
        """The same for several inputs, by one statement where nobody reacts to the verb."""
        read = []
        for place, one in enumerate(given):
            with blamed(at, place):
                read.append(self._inputs.read_record(entity, one, ctx))
        records = [entity(**own) for own, _ in read]
        if not create_all(entity, records, ctx):
            return [self.create(ctx, entity, one, at, i) for i, one in enumerate(given)]
        for place, (record, (_, added)) in enumerate(zip(records, read, strict=True)):
            with blamed(at, place):
                self._write_extensions(ctx, record, added)
        require_rows(ctx, Operation.CREATE, records)
        return records

    def update(self, ctx: Context, record: E, given: Mapping[str, Any], *at: str | int) -> E:
        """A locked record changed by a patch; the asker's row rules hold before and after."""
        require_row(ctx, Operation.UPDATE, record)
        with blamed(*at):
            own, added = self._inputs.read_record(type(record), given, ctx)
            if own or added:
                type(record).update(record, ctx, **own)
            self._write_extensions(ctx, record, added)
        require_row(ctx, Operation.UPDATE, record)
        return record

    def delete(self, ctx: Context, record: Entity) -> str:
        """Delete a locked record; its global id."""
        require_row(ctx, Operation.DELETE, record)
        deleted = f"{type(record).__name__}:{record.id}"
        type(record).delete(record, ctx)
        return deleted

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
