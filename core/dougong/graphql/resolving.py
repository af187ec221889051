"""What is hand-written in an answer: completed by graphql-core, its records read by the planner."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from graphql import (
    Executor,
    GraphQLError,
    GraphQLList,
    get_named_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetails
from graphql.execution.executor import CollectedErrors
from graphql.pyutils import Path

from dougong.access.context import Context
from dougong.entity.base import Entity
from dougong.errors import Refused
from dougong.graphql.computed_values import Place, Use, filled
from dougong.graphql.document import Requested
from dougong.graphql.limits import check_records
from dougong.graphql.plan.arguments import Given, records_in
from dougong.graphql.plan.plans import Plan, RecordsPlan
from dougong.graphql.problems import bad_input, located, masked, of_database
from dougong.verbs.computed import Asking

if TYPE_CHECKING:
    from graphql import FieldNode

LONGEST_SECONDS = 10.0
"""How long hand-written code has for one answer; looked at between two fields."""
MOST_RESOLVED = 100_000
"""Fields that graphql-core completes for one answer."""


class Shown:
    """A record in a value that Python made: its number, and its text once it is read."""

    __slots__ = ("number", "text")

    def __init__(self, number: int) -> None:
        self.number = number
        self.text: bytes | None = None


class OnlySeen:
    """A list of records; those that the asker may not see are left out."""

    __slots__ = ("records",)

    def __init__(self, records: list[Shown]) -> None:
        self.records = records


class Completing(Executor[None]):
    """graphql-core's executor, stopping at records: these are read together, by one statement."""

    entities: Mapping[str, type[Entity]]
    shown: dict[Place, list[Shown]]

    def complete_object_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any,
        position_context: None,
    ) -> Any:  # fmt: skip
        """An object; of a record only its place is remembered."""
        entity = self.entities.get(return_type.name)
        if entity is None:
            return super().complete_object_value(
                return_type, field_details_list, info, path, result, position_context
            )
        if not isinstance(result, entity) or result.id is None:
            raise RuntimeError(f"{info.field_name} gave {result!r}, which is no {entity.__name__}")
        found = Shown(result.id)
        self.shown[tuple(key for key in path.as_list() if isinstance(key, str))].append(found)
        return found

    def complete_list_value(
        self, return_type: GraphQLList[Any], field_details_list: Any, info: Any, path: Path,
        result: Any, position_context: None,
    ) -> Any:  # fmt: skip
        """A list."""
        made = super().complete_list_value(
            return_type, field_details_list, info, path, result, position_context
        )
        if get_named_type(return_type).name in self.entities:
            return OnlySeen(made) if is_non_null_type(return_type.of_type) else made
        return made


class Resolving:
    """The hand-written parts of one answer; `errors` are those of its fields."""

    def __init__(self, ctx: Context, requested: Requested) -> None:
        self._ctx = ctx
        self._requested = requested
        self._left = iter(range(MOST_RESOLVED))
        self._until = time.monotonic() + LONGEST_SECONDS
        self.records = 0
        """How many records its answer can have."""
        self.errors: list[GraphQLError] = []
        schema, name = ctx.generation.schema, requested.operation.name
        self._executor: Any = Completing.build(
            schema,
            requested.document,
            context_value=ctx,
            raw_variable_values=dict(requested.sent),
            operation_name=name and name.value,
            middleware=[self._bounded],
            is_awaitable=_never,
            is_async_iterable=_never,
        )
        self._executor.entities = schema.extensions["entities"]
        self._executor.shown = defaultdict(list)

    def _bounded(self, resolve: Any, source: Any, info: Any, **given: Any) -> Any:
        if next(self._left, None) is None:
            raise bad_input("TOO_COMPLEX", "The answer has too many fields: ask for less.")
        if time.monotonic() > self._until:
            raise _too_long()
        return resolve(source, info, **given)

    # Values ------------------------------------------------------------------------------------

    def root(self, plan: Plan) -> dict[str, bytes] | None:
        """The texts of the root fields that Python answers; None where all of `data` is null."""
        texts: dict[str, bytes] = {}
        query = self._executor.schema.query_type
        for key, part in plan.by_hand.items():
            with self._ctx.asking(part.query.addon):
                [made] = self._completed(query, part.nodes, Path(None, key, "Query"), [None])
            if made is None and is_non_null_type(query.fields[part.nodes[0].name.value].type):
                return None
            [texts[key]] = self._written([made], part.below)
        return texts

    def computed(self, use: Use, rows: Sequence[Any], asking: Asking) -> list[bytes]:
        """The texts of a computed field's values, one for each row."""
        field, at = use.field, None
        for key in use.at:
            at = Path(at, key, None)
        kind = self._ctx.generation.schema.type_map[field.entity.__name__]
        with self._ctx.asking(field.addon):
            try:
                values = field(rows, self._ctx if field.reads else asking)
            except Exception as problem:  # noqa: BLE001 - told as the error of the first field
                values = [problem, *[None] * (len(rows) - 1)]
            completed = self._completed(kind, use.nodes, at, values)
        return self._written(completed, use.below)

    def _completed(
        self, kind: Any, nodes: Sequence[FieldNode], at: Path | None, sources: Sequence[Any]
    ) -> list[Any]:
        """A field of some objects, resolved and completed; None for one that failed."""
        executor, made = self._executor, []
        details = [FieldDetails(node, None) for node in nodes]
        for source in sources:
            try:
                made.append(executor.execute_field(kind, source, details, at, None))
            except GraphQLError as error:
                executor.collected_errors.add(error, None)
                made.append(None)
        found, executor.collected_errors = executor.collected_errors.errors, CollectedErrors()
        self.errors += [self._told(error) for error in found]
        return made

    def _told(self, error: GraphQLError) -> GraphQLError:
        """What the asker is told of an error: what the code refused, an id for a bug."""
        cause: Any = error.original_error
        if isinstance(cause, Refused):
            said = bad_input(cause.code, self._ctx.generation.sentence(cause))
        elif "code" in (error.extensions or {}):
            return error
        else:
            said = of_database(cause) or masked(cause or error)
            if (said.extensions or {})["code"] == "TIMEOUT":
                said = _too_long()
        return located(said, error.nodes or (), error.path or ())

    # Records -----------------------------------------------------------------------------------

    def _written(self, values: Sequence[Any], below: Mapping[Place, RecordsPlan]) -> list[bytes]:
        """Completed values as JSON, the records in them read: one statement for each place."""
        shown, self._executor.shown = self._executor.shown, defaultdict(list)
        for at, records in shown.items():
            self._read(records, below[at])
        return [orjson.dumps(value, default=_as_json) for value in values]

    def _read(self, shown: Sequence[Shown], plan: RecordsPlan) -> None:
        ctx, variables = self._ctx, self._requested.variables.coerced
        numbers = list(dict.fromkeys(one.number for one in shown))
        self.records += len(numbers) * (1 + records_in(plan.lists, variables))
        check_records(self.records)
        given = Given(ctx.principal.user_id, variables, ctx.now, numbers)
        found = ctx.session.connection().exec_driver_sql(plan.sql, plan.arguments(given)).scalar()
        texts = b"\n".join(b"" if one is None else one.encode() for one in found or ())
        asking = Asking(ctx.now, ctx.principal.user_id)
        said = dict(
            zip(numbers, filled(texts, plan.computed, asking, self).split(b"\n"), strict=True)
        )
        for one in shown:
            one.text = said[one.number] or None


def _as_json(value: Any) -> Any:
    match value:
        case Shown():
            return orjson.Fragment(value.text or b"null")
        case OnlySeen():
            return [one for one in value.records if not isinstance(one, Shown) or one.text]
        case _:
            raise TypeError(f"{value!r} has no JSON")


def _never(_value: Any) -> bool:
    return False


def _too_long() -> GraphQLError:
    return bad_input("TIMEOUT", "The query took too long: ask for less, or page by page.")


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
    asking = Asking(ctx.now, ctx.principal.user_id)
    return filled(data, plan.computed, asking, resolving), resolving
