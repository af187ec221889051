"""Mutations of a document: done one after the other, each answered with its payload."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

import orjson
from graphql import FieldNode, GraphQLError, GraphQLField, GraphQLObjectType, get_argument_values
from graphql.execution.values import VariableValues
from sqlalchemy import text

from dougong.access.context import Context
from dougong.access.rules import Principal
from dougong.entity.model import model_of
from dougong.errors import GenerationChanged, Refused
from dougong.graphql.computed_values import filled
from dougong.graphql.document import Requested
from dougong.graphql.limits import check_records
from dougong.graphql.mutations.declared import MUTATION, Mutation, Outcome
from dougong.graphql.mutations.run import ReadBack, as_json, user_error
from dougong.graphql.plan.arguments import Given, records_in
from dougong.graphql.plan.build import Selected
from dougong.graphql.plan.plans import Plans, RecordPlan
from dougong.graphql.plan.texts import selections
from dougong.graphql.problems import (
    EpochChanged,
    Unreachable,
    bad_input,
    located,
    masked,
    of_database,
)
from dougong.verbs.computed import Asking

if TYPE_CHECKING:
    from dougong.generation import Generation


class Mutations(Protocol):
    """Who does mutations: one transaction each."""

    async def run(
        self,
        generation: Generation,
        who: Principal,
        mutation: Mutation,
        arguments: Mapping[str, Any],
        read_back: ReadBack,
    ) -> tuple[bytes | None, list[Refused]]:
        """Do one; its payload, or the refusals. Raises GenerationChanged."""
        ...


class MutationDocument:
    """The mutations of one request."""

    def __init__(
        self, generation: Generation, plans: Plans, who: Principal, epoch: int, requested: Requested
    ) -> None:
        self._generation = generation
        self._plans = plans
        self._who = who
        self._epoch = epoch
        self._requested = requested
        self._build = plans.build(who, requested)
        self.records = 0

    async def run(self, mutations: Mutations) -> tuple[bytes, list[GraphQLError]]:
        """Do all of them in order; the value of `data`, and the errors.

        Raises EpochChanged, GenerationChanged and Unreachable before the first has been done,
        never later: then the field that could not be done is an error. Raises GraphQLError, and
        does nothing, for payloads that can be too large.
        """
        root: Any = self._generation.schema.mutation_type
        selected = self._build.collect([self._requested.operation.selection_set], root)
        members, errors = [], []
        fields = {key: self._planned(key, nodes, root.fields) for key, nodes in selected.items()}
        payloads = [one for one in fields.values() if isinstance(one, Payload)]
        self.records = sum(payload.records for payload in payloads)
        check_records(self.records)
        for key, nodes in selected.items():
            field = fields[key]
            value: bytes = b"null"
            first = bool(payloads) and field is payloads[0]
            try:
                match field:
                    case bytes():
                        value = field
                    case Payload():
                        value = await self._do(mutations, field)
                    case _:
                        raise field
            except GraphQLError as error:
                errors.append(located(error, nodes, [key]))
            except (EpochChanged, GenerationChanged):
                if first:
                    raise
                said = "What is installed, or who may do what, changed meanwhile: send this again."
                errors.append(located(bad_input("TRY_AGAIN", said), nodes, [key]))
            except Exception as problem:
                told = of_database(problem) or masked(problem)
                if first and (told.extensions or {})["code"] == "UNREACHABLE":
                    raise Unreachable(str(problem)) from problem
                errors.append(located(told, nodes, [key]))
            members.append(b'"%b":%b' % (key.encode(), value))
        return b"{%b}" % b",".join(members), errors

    def _planned(
        self, key: str, nodes: list[FieldNode], fields: Mapping[str, GraphQLField]
    ) -> Payload | GraphQLError | bytes:
        name = nodes[0].name.value
        if name == "__typename":
            return b'"Mutation"'
        try:
            return Payload(self, fields[name], key, nodes)
        except GraphQLError as error:
            return error

    async def _do(self, mutations: Mutations, payload: Payload) -> bytes:
        doing = self._checked(payload.mutation)
        done, refusals = await mutations.run(
            self._generation, self._who, doing, payload.arguments, payload.of_outcome
        )
        return payload.of_refusals(refusals) if done is None else done

    def _checked(self, mutation: Mutation) -> Mutation:
        """The mutation, done only while what is known of the asker is still true."""

        def act(ctx: Context, arguments: Mapping[str, Any]) -> Outcome:
            epoch = ctx.session.scalar(text("select number from dougong.epoch"))
            if epoch != self._epoch:
                raise EpochChanged
            return mutation.act(ctx, arguments)

        return dataclasses.replace(mutation, act=act)

    def plan(
        self, mutation: Mutation, nodes: Sequence[FieldNode], path: tuple[str, ...]
    ) -> RecordPlan:
        """How the payload's record is read."""
        assert mutation.entity is not None
        return self._plans.of_record(self._who, self._requested, mutation.entity, nodes, path)

    def selected(self, nodes: list[FieldNode], of: GraphQLObjectType) -> Selected:
        """What is asked of an object of a payload."""
        return self._build.collect(selections(nodes), of)

    def refusals(self, refusals: Sequence[Refused], nodes: list[FieldNode]) -> bytes:
        """The value of `userErrors`."""
        kind: Any = self._generation.schema.type_map["UserError"]
        asked = {key: some[0].name.value for key, some in self.selected(nodes, kind).items()}
        said = []
        for refusal in refusals:
            error = {"__typename": "UserError", **user_error(self._generation, refusal)}
            said.append({key: error[name] for key, name in asked.items()})
        return orjson.dumps(said)

    def given(self, ctx: Context, record: int | None) -> Given:
        """The values of a run on a mutation's own connection."""
        return Given(self._who.user_id, self.variables.coerced, ctx.now, record)

    @property
    def variables(self) -> VariableValues:
        """The variables' values."""
        return self._requested.variables


class Payload:
    """The payload of one mutation: what is selected of it."""

    def __init__(
        self,
        document: MutationDocument,
        field: GraphQLField,
        key: str,
        nodes: list[FieldNode],
    ) -> None:
        """Plans the reading, so that what cannot be answered is refused before it is done."""
        kind: Any = field.type
        self._document = document
        self._type: GraphQLObjectType = getattr(kind, "of_type", kind)
        self._selected = document.selected(nodes, self._type)
        self._plans: dict[str, RecordPlan] = {}
        self.arguments = get_argument_values(field, nodes[0], document.variables)
        self.mutation = mutation = cast(Mutation, field.extensions[MUTATION])
        if mutation.entity is not None:
            shown = model_of(mutation.entity).api_name
            for below, some in self._selected.items():
                if some[0].name.value == shown:
                    self._plans[below] = document.plan(mutation, some, (key, below))

    @property
    def records(self) -> int:
        """How many records it can show."""
        variables = self._document.variables.coerced
        return sum(records_in(plan.lists, variables) for plan in self._plans.values())

    def of_outcome(self, ctx: Context, outcome: Outcome) -> bytes:
        """The payload of what was done, read on the transaction's own connection."""

        def value(key: str, name: str) -> bytes:
            if key in self._plans:
                return self._read(ctx, self._plans[key], outcome)
            return as_json(outcome.values.get(name))

        return self._whole(value, ())

    def of_refusals(self, refusals: Sequence[Refused]) -> bytes:
        """The payload of what was refused."""
        return self._whole(lambda _key, _name: b"null", refusals)

    def _whole(self, value: Any, refusals: Sequence[Refused]) -> bytes:
        members = []
        for key, nodes in self._selected.items():
            match nodes[0].name.value:
                case "__typename":
                    said = orjson.dumps(self._type.name)
                case "userErrors":
                    said = self._document.refusals(refusals, nodes)
                case name:
                    said = value(key, name)
            members.append(b'"%b":%b' % (key.encode(), said))
        return b"{%b}" % b",".join(members)

    def _read(self, ctx: Context, plan: RecordPlan, outcome: Outcome) -> bytes:
        if outcome.record is None:
            return b"null"
        arguments = plan.arguments(self._document.given(ctx, outcome.record.id))
        found = ctx.session.connection().exec_driver_sql(plan.sql, arguments).scalar()
        text = b"null" if found is None else str(found).encode()
        return filled(text, plan.computed, Asking(ctx.now, ctx.principal.user_id))
