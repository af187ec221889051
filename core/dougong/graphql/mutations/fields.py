"""The fields of Mutation: create, update, delete, steps and actions, each with what it does."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLObjectType,
)

from dougong.access.context import Context
from dougong.builtin.workflows.at_once import steps_at_once, take_at_once
from dougong.db.naming import CORE, camel, lower_first, upper_first
from dougong.entity.base import Entity
from dougong.entity.docs import Words
from dougong.entity.model import EntityModel
from dougong.errors import SetupError
from dougong.graphql import described
from dougong.graphql.action_types import mutation_name
from dougong.graphql.mutations.bulk import BulkFields
from dougong.graphql.mutations.declared import MUTATION, SEEN, Mutation, Outcome
from dougong.graphql.mutations.idempotency import ARGUMENT, key_argument
from dougong.graphql.mutations.inputs import PLAIN_TYPES, Inputs, without_none
from dougong.graphql.mutations.records import locked
from dougong.graphql.mutations.upsert import UpsertFields
from dougong.graphql.mutations.values import Values
from dougong.graphql.mutations.writing import Writing
from dougong.verbs.crud import CreateVerb, UpdateVerb, crud_verb
from dougong.verbs.verb import Verb
from dougong.workflow.workflow import Step

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.graphql.types import Types


def mutation_type(generation: Generation, types: Types) -> GraphQLObjectType:
    """The Mutation type of a generation; raises SetupError when two verbs want one name."""
    made = Fields(generation, types)
    fields: dict[str, GraphQLField] = {}
    owners: dict[str, str] = {}
    for name, addon, field in made.everything():
        if name in fields:
            raise SetupError(
                f"The add-ons {owners[name]} and {addon} both bring the mutation “{name}”.",
                fix="rename one of the verbs; names in the API are shared by all add-ons.",
                where=[
                    verb
                    for verb in generation.verbs
                    if verb.addon in (owners[name], addon) and name.startswith(camel(verb.name))
                ],
            )
        fields[name], owners[name] = field, addon
    return GraphQLObjectType("Mutation", fields, description="Everything that can be done.")


class Fields:
    """The fields in the making, and the types that they share."""

    def __init__(self, generation: Generation, types: Types) -> None:
        self.generation = generation
        self.types = types
        self.inputs = Inputs(generation, types)
        self.values = Values(self.inputs)
        self.writing = Writing(self.inputs, self.values)
        self._payloads: dict[type[Entity], GraphQLObjectType] = {}
        self.deleted = self.payload(
            "DeletePayload", CORE, {"deletedId": (GraphQLID, "What is gone.")}
        )

    def everything(self) -> Iterator[tuple[str, str, GraphQLField]]:
        bulk, upsert = BulkFields(self), UpsertFields(self)
        for model in self.generation.models.values():
            if self.generation.by_hand(model.entity):
                yield from bulk.of(model)
                yield from upsert.of(model)
                for verb, field in (
                    (model.entity.create, self._create),
                    (model.entity.update, self._update),
                    (model.entity.delete, self._delete),
                ):
                    yield mutation_name(verb), model.addon, field(model)
        for one in self.generation.verbs:
            if not self.generation.offers(one.record_entity):
                continue
            made = self._step(one) if isinstance(one, Step) else self._action(one)
            yield mutation_name(one), one.addon, made
            if isinstance(one, Step) and one.many:
                yield bulk.of_step(one)

    # Payloads --------------------------------------------------------------------------------

    def payload(self, name: str, addon: str, fields: described.Said) -> GraphQLObjectType:
        """A type of payload: the fields, and the errors."""
        errors = "What was refused and why; empty when it was done."
        said = {**fields, "userErrors": (described.all_of(self.types.user_error), errors)}
        return GraphQLObjectType(self.types.claim(name, addon), described.fields(said))

    def record_payload(self, entity: type[Entity]) -> GraphQLObjectType:
        """`LeadPayload`: the record, and the errors."""
        if entity not in self._payloads:
            model = self.generation.models[entity]
            self._payloads[entity] = self.payload(
                f"{model.name}Payload", model.addon, {model.api_name: self.record_of(entity)}
            )
        return self._payloads[entity]

    def record_of(self, entity: type[Entity]) -> tuple[GraphQLObjectType, str]:
        """How a payload shows its record: type and description."""
        return self.types.object_of(entity), "The record as it is now."

    def field(
        self,
        payload: GraphQLObjectType,
        arguments: Mapping[str, GraphQLArgument],
        description: str | None,
        mutation: Mutation,
    ) -> GraphQLField:
        """A field of Mutation; it takes an idempotency key unless it takes a secret."""
        if not mutation.secret:
            arguments = {**arguments, ARGUMENT: key_argument()}
        return GraphQLField(
            payload,
            args=dict(arguments),
            description=description,
            extensions={MUTATION: mutation},
        )

    # Create, update, delete ------------------------------------------------------------------

    def _create(self, model: EntityModel) -> GraphQLField:
        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            record = self.writing.create(ctx, model.entity, given["input"], "input")
            take_at_once(record, given, ctx)
            return Outcome(record.id)

        argument = GraphQLArgument(GraphQLNonNull(self.inputs.create_input(model.entity)))
        return self.field(
            self.record_payload(model.entity),
            {"input": argument, **steps_at_once(self, model)},
            f"Add one: {lower_first(model.description or model.name)}",
            Mutation(model.addon, model.entity, act, crud_verb(CreateVerb, model.entity).key),
        )

    def _update(self, model: EntityModel) -> GraphQLField:
        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            record = locked(ctx, model.entity, given["id"], given["version"])
            return Outcome(self.writing.update(ctx, record, given["patch"], "patch").id)

        patch = GraphQLArgument(GraphQLNonNull(self.inputs.patch_input(model.entity)))
        return self.field(
            self.record_payload(model.entity),
            {**described.arguments(SEEN), "patch": patch},
            f"Change fields of one: {lower_first(model.description or model.name)}",
            Mutation(model.addon, model.entity, act, crud_verb(UpdateVerb, model.entity).key),
        )

    def _delete(self, model: EntityModel) -> GraphQLField:
        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            record = locked(ctx, model.entity, given["id"], given["version"])
            return Outcome(values={"deletedId": self.writing.delete(ctx, record)})

        return self.field(
            self.deleted,
            described.arguments(SEEN),
            f"Remove one: {lower_first(model.description or model.name)}",
            Mutation(model.addon, None, act),
        )

    # Steps and actions -----------------------------------------------------------------------

    def _step(self, step: Step[Any, Any]) -> GraphQLField:
        entity = step.workflow.entity

        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            record = locked(ctx, entity, given["id"], given["version"])
            form = self.values.read_form(step, given, ctx)
            return Outcome(step(record, ctx, **form).id)

        return self.field(
            self.record_payload(entity),
            {**described.arguments(SEEN), **self.inputs.form_arguments(step)},
            step.description,
            Mutation(step.addon, entity, act, step.key, secret=bool(step.secret)),
        )

    def _action(self, verb: Verb[Any, Any, Any]) -> GraphQLField:
        arguments = self.inputs.form_arguments(verb)
        about = verb.record_entity
        if about is not None:
            first = GraphQLArgument(GraphQLNonNull(GraphQLID))
            arguments = {camel(verb.record_name): first, **arguments}
        payload, shown = self._returned(verb)

        def act(ctx: Context, given: Mapping[str, Any]) -> Outcome:
            ctx.check_run(verb)
            record = about and locked(ctx, about, given[camel(verb.record_name)])
            form = self.values.read_form(verb, given, ctx)
            call: Any = verb
            result = call(ctx, **form) if record is None else call(record, ctx, **form)
            if shown is not None:
                return Outcome(result and result.id)
            if dataclasses.is_dataclass(result):
                names = [field.name for field in dataclasses.fields(result)]
                return Outcome(values={camel(name): getattr(result, name) for name in names})
            return Outcome(values={} if result is None else {"result": result})

        secret = bool(verb.secret) or verb.gives_secret
        return self.field(
            payload,
            arguments,
            verb.description,
            Mutation(
                verb.addon,
                shown,
                act,
                verb.key,
                first=verb.first,
                lasting=verb.needs if verb.lasting else None,
                secret=secret,
            ),
        )

    def _returned(self, verb: Verb[Any, Any, Any]) -> tuple[GraphQLObjectType, type[Entity] | None]:
        """The payload type of an action, and the entity of its record where it returns one."""
        returned, _ = without_none(verb.returns)
        if isinstance(returned, type) and issubclass(returned, Entity):
            return self.record_payload(returned), returned
        name = f"{upper_first(camel(verb.name))}Payload"
        fields: dict[str, tuple[Any, described.Says]] = {}
        if dataclasses.is_dataclass(returned) and isinstance(returned, type):
            for field, hint in get_type_hints(returned).items():
                fields[camel(field)] = (self._plain(verb, hint), Words(returned, field))
        elif returned not in (None, type(None)):
            fields["result"] = (self._plain(verb, returned), None)
        return self.payload(name, verb.addon, fields), None

    def _plain(self, verb: Verb[Any, Any, Any], python_type: Any) -> Any:
        python_type, _ = without_none(python_type)
        if python_type in PLAIN_TYPES:
            return PLAIN_TYPES[python_type]
        raise SetupError(
            f"{verb.key} returns {python_type}, which the API cannot show.",
            fix="return an entity, None, or a dataclass of str, int, bool, Decimal, dates.",
            where=(verb,),
        )
