"""What is hand-written in an answer: completed by graphql-core, its records read by the planner."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import orjson
from graphql import (
    Executor,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    get_named_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from dougong.access.context import Context
from dougong.db.session import looking
from dougong.entity.base import Entity
from dougong.errors import Refused
from dougong.graphql.computed_values import Place, Use
from dougong.graphql.document import Requested, RequestErrors
from dougong.graphql.limits import check_records
from dougong.graphql.marks import filled
from dougong.graphql.plan.arguments import Given, records_in
from dougong.graphql.plan.plans import Plan, RecordsPlan
from dougong.graphql.problems import TOO_LONG, bad_input, located, masked, of_database
from dougong.verbs.computed import Asking

LONGEST_SECONDS = 10.0
"""How long hand-written code has for one answer; looked at between two fields."""
MOST_COMPLETED = 200_000
"""Fields that graphql-core completes for one answer, those about the schema too."""


@dataclass(eq=False)
class Shown:
    """A record in a value that Python made: its number, its place, its text once it is read."""

    number: int
    at: list[str | int]
    text: bytes = b"null"


class OnlySeen(tuple[Any, ...]):
    """A list of records of which those that the asker may not see are left out."""

    __slots__ = ()


class Completing(Executor[None]):
    """graphql-core's executor, stopping at records: these are read together, by one statement."""

    entities: Mapping[str, type[Entity]]
    shown: dict[Place, list[Shown]]

    def complete_object_value(self, return_type: Any, *rest: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - called by position
        """An object; of a record only its place is remembered."""
        entity = self.entities.get(return_type.name)
        if entity is None:
            return super().complete_object_value(return_type, *rest)
        _, info, path, result, _ = rest
        if not isinstance(result, entity) or result.id is None:
            raise RuntimeError(f"{info.field_name} gave {result!r}, which is no {entity.__name__}")
        found = Shown(result.id, path.as_list())
        self.shown[tuple(key for key in found.at if isinstance(key, str))].append(found)
        return found

    def complete_list_value(self, return_type: Any, *rest: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - called by position
        """A list."""
        made: Any = super().complete_list_value(return_type, *rest)
        left_out = is_non_null_type(return_type.of_type)
        records = get_named_type(return_type).name in self.entities
        return OnlySeen(made) if records and left_out else made


class Enough(BaseException):
    """More is asked than is sensible: code and message. graphql-core goes on after an Exception."""


def executor_of(requested: Requested, schema: GraphQLSchema, ctx: Context | None) -> Any:
    """What completes up to so many fields, for a while; raises Enough."""
    left, until = iter(range(MOST_COMPLETED)), time.monotonic() + LONGEST_SECONDS

    def bounded(resolve: Any, *source: Any, **given: Any) -> Any:
        if next(left, None) is None:
            raise Enough("TOO_COMPLEX", "The answer would be too long: ask for less.")
        if time.monotonic() > until:
            raise Enough("TIMEOUT", TOO_LONG)
        return resolve(*source, **given)

    name: Any = requested.operation.name
    made: Any = Completing.build(
        schema,
        requested.document,
        context_value=ctx,
        raw_variable_values=dict(requested.sent),
        operation_name=name and name.value,
        middleware=[bounded],
    )
    made.entities, made.shown = schema.extensions["entities"], defaultdict(list)
    return made


def completed(
    executor: Any, kind: Any, nodes: Sequence[FieldNode], sources: Sequence[Any], places: Any
) -> list[Any]:
    """A field of some objects, resolved and completed; None where it failed.

    Raises GraphQLError when it takes too much.
    """
    details, made = [FieldDetails(node, None) for node in nodes], []
    try:
        for source, place in zip(sources, places, strict=True):
            at: Any = reduce(lambda before, key: Path(before, key, None), place, None)
            try:
                made.append(executor.execute_field(kind, source, details, at, None))
            except GraphQLError as error:
                executor.collected_errors.add(error, None)
                made.append(None)
    except Enough as enough:
        raise bad_input(*enough.args) from None
    return made


def introspected(schema: GraphQLSchema, plan: Plan, requested: Requested) -> dict[str, bytes]:
    """The texts of the fields that ask about the schema; raises RequestErrors."""
    executor = executor_of(requested, schema, None)
    asked = {key: nodes for key, nodes in plan.parts if isinstance(nodes, tuple)}
    try:
        texts = {
            key: orjson.dumps(*completed(executor, schema.query_type, nodes, [None], [[key]]))
            for key, nodes in asked.items()
        }
    except GraphQLError as error:
        raise RequestErrors([error]) from None
    if executor.collected_errors.errors:
        raise RequestErrors(executor.collected_errors.errors)
    return texts


class Resolving:
    """The hand-written parts of one answer; `errors` are those of its fields."""

    def __init__(self, ctx: Context, requested: Requested) -> None:
        self._ctx = ctx
        self._requested = requested
        self.variables = requested.variables.coerced
        self.asking = Asking(ctx.now, ctx.principal.user_id, ctx.principal.token_id)
        self.records = 0
        """How many records its answer can have."""
        self.errors: list[GraphQLError] = []

    @cached_property
    def _executor(self) -> Any:
        return executor_of(self._requested, self._ctx.generation.schema, self._ctx)

    def looking(self) -> AbstractContextManager[Context]:
        """The transaction as it is now, for code that must not change anything in it."""
        return looking(self._ctx)

    def root(self, plan: Plan) -> dict[str, bytes] | None:
        """The texts of the root fields that Python answers; None where all of `data` is null."""
        texts: dict[str, bytes] = {}
        query = self._executor.schema.query_type
        for key, use in plan.by_hand.items():
            with self._ctx.asking(use.of.addon):
                [made] = self._completed(query, use, [None], [[key]])
            if made is None and is_non_null_type(query.fields[use.nodes[0].name.value].type):
                return None
            [texts[key]] = self._written([made], use.below)
        return texts

    def computed(
        self, use: Use, rows: Sequence[Any], places: Sequence[Sequence[Any]]
    ) -> list[bytes]:
        """The texts of a computed field's values, one for each row; `places` says where each is."""
        kind = self._ctx.generation.schema.type_map[use.of.entity.__name__]
        with self._ctx.asking(use.of.addon):
            try:
                values = use.of(rows, self._ctx if use.of.reads else self.asking)
            except Exception as problem:  # noqa: BLE001 - told as the error of the first field
                values = [problem, *[None] * (len(rows) - 1)]
            completed = self._completed(kind, use, values, places)
        return self._written(completed, use.below)

    def _completed(self, kind: Any, use: Use, sources: Sequence[Any], places: Any) -> list[Any]:
        made = completed(self._executor, kind, use.nodes, sources, places)
        found = self._executor.collected_errors.errors
        self._executor.collected_errors = CollectedErrors()
        self.errors += [self._told(error) for error in found]
        return made

    def _told(self, error: GraphQLError) -> GraphQLError:
        """What the asker is told of an error: what the code refused, an id for a bug."""
        cause: Any = error.original_error
        if isinstance(cause, Refused):
            said = bad_input(
                cause.code, self._ctx.generation.sentence(cause, self._ctx.principal.language)
            )
        elif "code" in (error.extensions or {}):
            return error
        else:
            said = of_database(cause) or masked(cause or error)
        nodes: Any = error.nodes
        return located(said, nodes or (), error.path or ())

    def _written(self, values: Sequence[Any], below: Mapping[Place, RecordsPlan]) -> list[bytes]:
        """Completed values as JSON, the records in them read: one statement for each place."""
        shown, self._executor.shown = self._executor.shown, defaultdict(list)
        for at, records in shown.items():
            places = {one.number: one.at for one in records}
            texts = self.texts(list(places), below[at], list(places.values()))
            known = dict(zip(places, texts, strict=True))
            for one in records:
                one.text = known[one.number]
        as_json, only = _as_json, orjson.OPT_PASSTHROUGH_DATACLASS
        return [orjson.dumps(value, default=as_json, option=only) for value in values]

    def texts(
        self, numbers: Sequence[int], plan: RecordsPlan, places: Sequence[Sequence[Any]]
    ) -> list[bytes]:
        """The texts of records, which stand at these places; `null` where the asker sees none."""
        if not numbers:
            return []
        ctx, variables = self._ctx, self.variables
        self.records += len(numbers) * (1 + records_in(plan.lists, variables))
        check_records(self.records)
        given = Given.by(ctx.principal, variables, ctx.now, records=numbers)
        found = ctx.session.connection().exec_driver_sql(plan.sql, plan.arguments(given)).scalar()
        text = b"\n".join(b"null" if one is None else one.encode() for one in found or ())
        return filled(text, plan.computed, self.asking, self, places).split(b"\n")


def _as_json(value: Any) -> Any:
    if isinstance(value, Shown):
        return orjson.Fragment(value.text)
    return [one for one in value if not isinstance(one, Shown) or one.text != b"null"]


def answered(
    ctx: Context, plan: Plan, requested: Requested, row: Sequence[Any], schema: Mapping[str, bytes]
) -> tuple[bytes, Resolving]:
    """The value of `data` of a query that has something by hand, and what came up meanwhile.

    `row` is what the plan's statement gave, `schema` the fields about the schema. Raises
    GraphQLError for what refuses the whole answer.
    """
    resolving = Resolving(ctx, requested)
    texts = resolving.root(plan)
    if texts is None:
        return b"null", resolving
    data = plan.answer(row, {**schema, **texts})
    return filled(data, plan.computed, resolving.asking, resolving), resolving
