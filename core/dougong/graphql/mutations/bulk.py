"""Many records at once: `createLeads`, `updateLeads`, steps with `many`; a result for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    GraphQLObjectType,
)

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.db.naming import CORE, camel, lower_first, upper_first
from dougong.entity.model import EntityModel
from dougong.errors import Refused, blamed
from dougong.graphql.described import all_of, inputs
from dougong.graphql.limits import MOST_WRITTEN
from dougong.graphql.mutations.declared import SEEN, Mutation, Outcome, RowsRefused
from dougong.graphql.mutations.records import Held, load_visible, require_rows
from dougong.workflow.workflow import Step

if TYPE_CHECKING:
    from dougong.graphql.mutations.fields import Fields

INPUTS = "inputs"
PARTS = 10
"""In how many parts rows are tried again when one of them is refused."""


class OnError(StrEnum):
    """What happens to the other rows when one is refused."""

    REJECT_ALL = "None of the rows is done."
    SKIP_FAILED = "The others are done."
    STOP = "Those before it are done, those after it are not."


class BulkFields:
    """The three fields of an entity, and the types that they share."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        claim = fields.types.claim
        self._on_error = GraphQLEnumType(
            claim("OnError", CORE), OnError, names_as_values=None, description=OnError.__doc__
        )
        for name, member in self._on_error.values.items():
            member.description = OnError[name].value
        self._version = GraphQLInputObjectType(
            claim("RecordVersion", CORE), inputs(SEEN), description="A record as you saw it."
        )
        self._deleted = self._rows_payload("DeletesPayload", CORE, fields.deleted)

    def of(self, model: EntityModel) -> Iterator[tuple[str, str, GraphQLField]]:
        """The fields of an entity: name, add-on, field."""
        many = upper_first(model.api_plural)
        payload = self._rows_payload(
            f"{many}Payload", model.addon, self._fields.record_payload(model.entity)
        )
        writing, entity = self._fields.writing, model.entity
        about = lower_first(model.description or model.name)

        def create(ctx: Context, asked: Any, _held: Held[Any], which: range) -> list[Outcome]:
            rows = [(asked[at], (INPUTS, at)) for at in which]
            return [Outcome(record.id) for record in writing.create_all(ctx, entity, rows)]

        def update(ctx: Context, asked: Any, held: Held[Any], which: range) -> list[Outcome]:
            return [updated(ctx, asked[at], held, at) for at in which]

        def updated(ctx: Context, given: Any, held: Held[Any], at: int) -> Outcome:
            with blamed("changes", at):
                record = held.locked(given["id"], given["version"])
                return Outcome(writing.update(ctx, record, given["patch"], "patch").id)

        def delete(ctx: Context, asked: Any, held: Held[Any], which: range) -> list[Outcome]:
            return [deleted(ctx, asked[at], held, at) for at in which]

        def deleted(ctx: Context, given: Any, held: Held[Any], at: int) -> Outcome:
            with blamed("records", at):
                record = held.locked(given["id"], given["version"])
                return Outcome(values={"deletedId": writing.delete(ctx, record)})

        inputs = self._fields.inputs.create_input(entity)
        says = f"Add many: {about}"
        yield self._field(model, Operation.CREATE, says, payload, INPUTS, inputs, create)
        change, says = self._change(model), f"Change fields of many: {about}"
        yield self._field(model, Operation.UPDATE, says, payload, "changes", change, update)
        seen, says = self._version, f"Remove many: {about}"
        yield self._field(model, Operation.DELETE, says, self._deleted, "records", seen, delete)

    def of_step(self, step: Step[Any, Any]) -> tuple[str, str, GraphQLField]:
        """The field that takes a step with many records, each with a form of its own."""
        entity, made, addon = step.workflow.entity, self._fields, step.addon
        many = upper_first(made.generation.models[entity].api_plural)
        name, title = camel(step.name) + many, upper_first(camel(step.name)) + many
        form = made.inputs.form_arguments(step).items()
        fields = {n: GraphQLInputField(a.type, default_value=a.default_value) for n, a in form}
        named = made.types.claim(f"{title}Row", addon)
        row = GraphQLInputObjectType(named, inputs(SEEN) | fields, description=step.description)

        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            ctx.check_run(step)
            held = Held(ctx, entity, [one["id"] for one in given["records"]])

            def taken(at: int) -> Outcome:
                with blamed("records", at):
                    one = given["records"][at]
                    form = made.values.read_form(step, one, ctx)
                    return Outcome(step(held.locked(one["id"], one["version"]), ctx, **form).id)

            rows = Rows(ctx, "records", lambda which: list(map(taken, which)), given["onError"])
            return rows.done(range(len(given["records"])))

        payload = self._rows_payload(f"{title}Payload", addon, made.record_payload(entity))
        mutation = Mutation(addon, entity, act, rows="records")
        says = f"With many: {lower_first(step.description or name)}"
        return name, addon, self._rows_field(payload, row, says, mutation)

    def _field(
        self,
        model: EntityModel,
        operation: Operation,
        description: str,
        payload: GraphQLObjectType,
        rows: str,
        kind: GraphQLInputObjectType,
        done: Callable[[Context, Sequence[Any], Held[Any], range], list[Outcome]],
    ) -> tuple[str, str, GraphQLField]:
        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            asked: list[Any] = given[rows]
            require_rows(ctx, operation, model.entity, [])
            given_fields = [row.get("patch", row) for row in asked]
            load_visible(ctx, self._fields.values.linked(model.entity, given_fields))
            held = Held(ctx, model.entity, [row["id"] for row in asked if rows != INPUTS])

            def some(which: range) -> list[Outcome]:
                return done(ctx, asked, held, which)

            return Rows(ctx, rows, some, given["onError"]).done(range(len(asked)))

        mutation = Mutation(model.addon, model.entity, act, rows=rows)
        name = f"{operation}{upper_first(model.api_plural)}"
        return name, model.addon, self._rows_field(payload, kind, description, mutation)

    def _rows_field(
        self,
        payload: GraphQLObjectType,
        kind: GraphQLInputObjectType,
        description: str,
        mutation: Mutation,
    ) -> GraphQLField:
        arguments = {
            mutation.rows or "": GraphQLArgument(
                all_of(kind),
                description=f"At most {MOST_WRITTEN:,}; results come in the same order.",
            ),
            "onError": GraphQLArgument(
                GraphQLNonNull(self._on_error),
                default_value=OnError.REJECT_ALL,
                description="What happens to the other rows when one is refused.",
            ),
        }
        return self._fields.field(payload, arguments, description, mutation)

    def _rows_payload(self, name: str, addon: str, of: GraphQLObjectType) -> GraphQLObjectType:
        return self._fields.payload(name, addon, {"results": (all_of(of), "One for each row.")})

    def _change(self, model: EntityModel) -> GraphQLInputObjectType:
        patch = (GraphQLNonNull(self._fields.inputs.patch_input(model.entity)), None)
        return GraphQLInputObjectType(
            self._fields.types.claim(f"{model.name}Update", model.addon),
            lambda: inputs({**SEEN, "patch": patch}),
            description="A record as you saw it, and what to change of it.",
        )


class Rows:
    """Rows that are about to be done, each under its place in the list that is called `name`."""

    def __init__(
        self, ctx: Context, name: str, some: Callable[[range], list[Outcome]], on_error: OnError
    ) -> None:
        """`some` does the rows at these places in order, all of them, or raises Refused."""
        self._ctx = ctx
        self._name = name
        self._some = some
        self._on_error = on_error

    def done(self, all_: range) -> Outcome:
        """Do them in order; where one is refused, what `on_error` says.

        Raises RowsRefused when nothing was done.
        """
        with self._ctx.attempt():
            return self._sorted_out(self._done(all_), len(all_))

    def _done(self, which: range) -> list[Outcome]:
        """What came of some rows: of all at once, or of smaller and smaller parts of them."""
        try:
            with self._ctx.attempt():
                return self._some(which)
        except Refused as refusal:
            if len(which) == 1:
                return [Outcome(refusals=refusal.several)]
        outcomes: list[Outcome] = []
        step = -(-len(which) // PARTS)
        for start in range(0, len(which), step):
            outcomes += self._done(which[start : start + step])
            if self._on_error is OnError.STOP and outcomes[-1].refusals:
                break
        return outcomes

    def _sorted_out(self, outcomes: list[Outcome], rows: int) -> Outcome:
        """What came of all rows, those included that were not tried or are undone."""
        failed = [at for at, one in enumerate(outcomes) if one.refusals]
        refusals = [refusal for one in outcomes for refusal in one.refusals]
        if not failed:
            return Outcome(rows=outcomes)
        because = Refused("not_done", because=f"{self._name}.{failed[0]}")
        not_done = Outcome(refusals=[because])
        outcomes += [not_done] * (rows - len(outcomes))
        if self._on_error is OnError.REJECT_ALL or all(one.refusals for one in outcomes):
            raise RowsRefused([one if one.refusals else not_done for one in outcomes], refusals)
        return Outcome(rows=outcomes, refusals=refusals)
