"""The payload of a mutation: what is selected of it, and its text once the mutation is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_argument_values, get_named_type

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.builtin.audit.acting import BY_CORE, Doing
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.errors import Forbidden, Refused
from dougong.graphql.document import Requested
from dougong.graphql.mutations import idempotency
from dougong.graphql.mutations.declared import MUTATION, Mutation, Outcome, RowsRefused
from dougong.graphql.mutations.run import as_json, user_error
from dougong.graphql.plan.arguments import records_in
from dougong.graphql.plan.build import Selected
from dougong.graphql.plan.plans import Plans, RecordsPlan
from dougong.graphql.plan.texts import selections
from dougong.graphql.resolving import Resolving
from dougong.verbs.verb import Outside

if TYPE_CHECKING:
    from dougong.generation import Generation


class Asked:
    """One request: who asks for what, of which generation."""

    def __init__(
        self, generation: Generation, plans: Plans, who: Principal, requested: Requested
    ) -> None:
        self.generation = generation
        self.who = who
        self.requested = requested
        self.variables: Mapping[str, Any] = requested.variables.coerced
        self._plans = plans
        self._build = plans.build(who, requested)

    def selected(self, nodes: Sequence[FieldNode], of: GraphQLObjectType) -> Selected:
        """What is asked of an object; no nodes: of the operation."""
        sets = selections(nodes) if nodes else [self.requested.operation.selection_set]
        return self._build.collect(sets, of)

    def plan(
        self, entity: type[Entity], nodes: Sequence[FieldNode], path: tuple[str, ...]
    ) -> RecordsPlan:
        """How the records at a place of a payload are read."""
        return self._plans.of_records(self.who, self.requested, entity, nodes, path)

    def has(self, directive: str) -> bool:
        """Whether the operation has a directive."""
        return any(one.name.value == directive for one in self.requested.operation.directives or ())


class Selection:
    """What is selected of a type of payload."""

    def __init__(
        self,
        asked: Asked,
        kind: GraphQLObjectType,
        nodes: Sequence[FieldNode],
        entity: type[Entity] | None,
        path: tuple[str, ...],
        *,
        many: bool = False,
    ) -> None:
        """`many`: the payload has results for many rows.

        Plans the reading, so that what cannot be answered is refused before it is done.
        """
        self._asked = asked
        self._type = kind
        self._selected = asked.selected(nodes, kind)
        self._plans: dict[str, RecordsPlan] = {}
        self._results: dict[str, Selection] = {}
        shown = entity and model_of(entity).api_name
        for key, some in self._selected.items():
            name, place = some[0].name.value, (*path, key)
            if many and name == "results":
                result = cast(GraphQLObjectType, get_named_type(kind.fields[name].type))
                self._results[key] = Selection(asked, result, some, entity, place)
            elif entity is not None and name == shown and not many:
                self._plans[key] = asked.plan(entity, some, place)

    def records(self, rows: int) -> int:
        """How many records one payload can show, or one with results for so many rows."""
        within = sum(records_in(plan.lists, self._asked.variables) for plan in self._plans.values())
        return within + sum(rows * (1 + one.records(0)) for one in self._results.values())

    def texts(self, ctx: Context | None, outcomes: Sequence[Outcome]) -> list[bytes]:
        """A payload for each outcome; the records are read on the transaction's own connection.

        Without `ctx` nothing was done, and no records are shown.
        """
        records = {key: self._read(ctx, plan, outcomes) for key, plan in self._plans.items()}
        return [
            self._text(
                {key: found[place] for key, found in records.items()}
                | {key: one.listed(ctx, outcome.rows) for key, one in self._results.items()},
                outcome,
            )
            for place, outcome in enumerate(outcomes)
        ]

    def listed(self, ctx: Context | None, outcomes: Sequence[Outcome]) -> bytes:
        """The same as a list."""
        return b"[%b]" % b",".join(self.texts(ctx, outcomes))

    def _text(self, shown: Mapping[str, bytes], outcome: Outcome) -> bytes:
        members = []
        for key, nodes in self._selected.items():
            match nodes[0].name.value:
                case "__typename":
                    said = orjson.dumps(self._type.name)
                case "userErrors":
                    said = self._refusals(outcome.refusals, nodes)
                case name:
                    said = shown.get(key) or as_json(outcome.values.get(name))
            members.append(b'"%b":%b' % (key.encode(), said))
        return b"{%b}" % b",".join(members)

    def _refusals(self, refusals: Sequence[Refused], nodes: list[FieldNode]) -> bytes:
        """The value of `userErrors`."""
        kind: Any = self._asked.generation.schema.type_map["UserError"]
        asked = {key: some[0].name.value for key, some in self._asked.selected(nodes, kind).items()}
        said = []
        for refusal in refusals:
            known = user_error(self._asked.generation, refusal, self._asked.who.language)
            error = {"__typename": "UserError", **known}
            said.append({key: error[name] for key, name in asked.items()})
        return orjson.dumps(said)

    def _read(
        self, ctx: Context | None, plan: RecordsPlan, outcomes: Sequence[Outcome]
    ) -> list[bytes]:
        """The text of each outcome's record, all read by one statement."""
        if ctx is None:
            return [b"null"] * len(outcomes)
        numbers = [outcome.record for outcome in outcomes if outcome.record is not None]
        reading = Resolving(ctx, self._asked.requested)
        texts = iter(reading.texts(numbers, plan, [plan.at] * len(numbers)))
        for error in reading.errors:
            raise error
        return [b"null" if one.record is None else next(texts) for one in outcomes]


class Payload:
    """One mutation of a document, and what is selected of its payload."""

    def __init__(self, asked: Asked, field: GraphQLField, key: str, nodes: list[FieldNode]) -> None:
        """Raises GraphQLError for arguments or a selection that are not acceptable."""
        self._asked = asked
        self._name = nodes[0].name.value
        self._nodes = nodes
        self._found: Any = None
        self._arguments = get_argument_values(field, nodes[0], asked.requested.variables)
        self._mutation = mutation = cast(Mutation, field.extensions[MUTATION])
        named: str | None = self._arguments.get(idempotency.ARGUMENT)
        self._key = None if named is None else idempotency.check_key(named, asked.who.user_id)
        kind = cast(GraphQLObjectType, get_named_type(field.type))
        many = mutation.rows is not None
        self._selection = Selection(asked, kind, nodes, mutation.entity, (key,), many=many)

    @property
    def records(self) -> int:
        """How many records it can show."""
        rows = self._mutation.rows
        return self._selection.records(len(self._arguments[rows]) if rows else 0)

    @property
    def doing(self) -> Doing:
        """Which add-on writes first in its transaction, and by which verb, as far as is known."""
        verb = self._mutation.verb
        return (self._mutation.addon, verb) if verb else BY_CORE

    @property
    def lasting(self) -> bool:
        """Whether what comes before the transaction stays."""
        return self._mutation.lasting is not None

    async def begin(self, outside: Outside) -> None:
        """Do what comes before the transaction; raises what that raises, and Forbidden."""
        if self._mutation.lasting is not None:
            who, needs = self._asked.who, self._mutation.lasting
            if who.read_only:
                raise Forbidden("read_only")
            if not self._asked.generation.access.has(who, needs):
                raise Forbidden("needs_permission", permission=needs.name)
        if self._mutation.first is not None:
            self._found = await self._mutation.first(outside, self._asked.who, self._arguments)

    def done(self, ctx: Context) -> bytes:
        """Do it, in the context's transaction; what it is answered with.

        Raises what the mutation raises, and GraphQLError for a key that was used otherwise.
        """
        ctx.found = self._found
        if self._key is None:
            return self._done(ctx)
        before = idempotency.claim(ctx, self._key, self._fingerprint())
        if before is not None:
            return before
        payload = self._done(ctx)
        idempotency.keep(ctx, self._key, payload)
        return payload

    def _done(self, ctx: Context) -> bytes:
        outcome = self._mutation.act(ctx, self._arguments)
        ctx.session.flush()
        return self._selection.texts(ctx, [outcome])[0]

    def refused(self, refusal: Refused) -> bytes:
        """What it is answered with when it was not done."""
        rows = refusal.rows if isinstance(refusal, RowsRefused) else ()
        return self._selection.texts(None, [Outcome(refusals=refusal.several, rows=rows)])[0]

    def _fingerprint(self) -> bytes:
        asked = self._asked
        return idempotency.fingerprint(
            self._name, self._arguments, self._nodes, asked.requested.fragments, asked.variables
        )
