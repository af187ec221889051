"""Plans: for an operation, or for the records of a mutation's payload, the SQL that answers it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLSchema
from sqlalchemy import BigInteger, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from dougong.access.rules import Principal
from dougong.entity.base import Entity
from dougong.graphql.document import Requested
from dougong.graphql.ids import number_of, split_id
from dougong.graphql.marks import Mark
from dougong.graphql.plan.arguments import FromVariable, Given, Sizes
from dougong.graphql.plan.build import Build, Selected
from dougong.graphql.plan.records import connection, one
from dougong.graphql.plan.reports import report
from dougong.graphql.plan.sql import Compiled, Statement, compile_piece, statement_of
from dougong.graphql.plan.stats import stats, too_many_groups
from dougong.graphql.plan.texts import assemble
from dougong.graphql.recent import Recent

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.graphql.schema import RootFields

MOST_PLANS = 1_000
EPOCH = Compiled("(SELECT number FROM dougong.epoch)", {})
INTROSPECTION = ("__schema", "__type")


Part = int | bytes | tuple[FieldNode, ...]
"""A root field's column, or its constant value, or the nodes of a field about the schema."""


@dataclass(frozen=True)
class Plan:
    """One statement, and where its columns stand in the answer.

    The first column is the epoch; `parts` are the answer's root fields in order.
    """

    statement: Statement
    parts: tuple[tuple[str, Part], ...]
    lists: tuple[Sizes, ...]
    stats: Mapping[str, Sequence[FieldNode]]
    """The root fields whose column is NULL where there are too many groups."""
    computed: tuple[Mark, ...] = ()
    """The fields that Python fills in."""

    @cached_property
    def introspects(self) -> list[str]:
        """The fields that ask about the schema."""
        return [part[0].name.value for _, part in self.parts if isinstance(part, tuple)]

    def answer(self, row: Sequence[Any], schema: Mapping[str, bytes]) -> bytes:
        """The value of `data`, from the statement's row and what is known of the schema.

        Raises GraphQLError (TOO_MANY_GROUPS).
        """
        members = []
        for key, part in self.parts:
            match part:
                case int():
                    text = row[part]
                    if text is None and key in self.stats:
                        raise too_many_groups(self.stats[key], key)
                    value = b"null" if text is None else text
                case bytes():
                    value = part
                case _:
                    value = schema[key]
            members.append(b'"%b":%b' % (key.encode(), value))
        return b"{%b}" % b",".join(members)


@dataclass(frozen=True)
class RecordsPlan:
    """The statement that reads what a mutation's payload shows of its records."""

    statement: Statement
    lists: tuple[Sizes, ...]
    computed: tuple[Mark, ...] = ()

    @property
    def sql(self) -> str:
        """For psycopg, with named parameters."""
        return self.statement.named

    def arguments(self, given: Given) -> dict[str, Any]:
        """The parameters; `given.records` are the records' numbers.

        Raises GraphQLError, located, for a variable's value that is not acceptable.
        """
        return self.statement.named_arguments(given)


class Plans:
    """The plans of one generation, those used last."""

    def __init__(self, generation: Generation, schema: GraphQLSchema) -> None:
        self._generation = generation
        self._schema = schema
        self._plans: Recent[Plan] = Recent(MOST_PLANS)
        self._records: Recent[RecordsPlan] = Recent(MOST_PLANS)

    def of_query(self, who: Principal, requested: Requested) -> Plan:
        """The plan of a query.

        Raises GraphQLError, located, for arguments that are not acceptable (their `code` says
        which), and FORBIDDEN for a report that the asker has no permission for.
        """
        return self._plans.get(self._key(who, requested), lambda: self._plan(who, requested))

    def of_records(
        self,
        who: Principal,
        requested: Requested,
        entity: type[Entity],
        nodes: Sequence[FieldNode],
        path: tuple[str, ...],
    ) -> RecordsPlan:
        """The plan of the selection of records in a payload.

        `nodes` are the merged fields that stand for a record at `path`, response keys from the
        root. Its statement has one row of one column: a list with a text for each record in the
        order in which they are given, null where the asker may not see it.
        Raises GraphQLError as `of_query` does.
        """
        key = (self._key(who, requested), path)
        return self._records.get(key, lambda: self._of_records(who, requested, entity, nodes, path))

    def _key(self, who: Principal, requested: Requested) -> Hashable:
        return (requested.key, self._generation.access.shape(who), who.user_id is None)

    def build(self, who: Principal, requested: Requested) -> Build:
        """A plan in the making, for what is asked of its selections."""
        types = self._schema.extensions["types"]
        return Build(self._generation, types, who, requested.fragments, requested.traced)

    def _of_records(
        self,
        who: Principal,
        requested: Requested,
        entity: type[Entity],
        nodes: Sequence[FieldNode],
        path: tuple[str, ...],
    ) -> RecordsPlan:
        build = self.build(who, requested)
        build.arguments.nodes, build.arguments.path = nodes, path
        numbers = func.unnest(build.arguments.run("records", ARRAY(BigInteger())))
        asked = numbers.table_valued("number", with_ordinality="place")
        number = literal_column("asked.number", BigInteger())
        found = one(build, entity, nodes, lambda source: [source.alias.id == number])
        texts = func.array_agg(aggregate_order_by(found, literal_column("asked.place")))
        piece = compile_piece(
            select(texts).select_from(asked.render_derived(name="asked")), build.arguments
        )
        statement = statement_of([Compiled(f"({piece.template})", piece.values)], build.arguments)
        return RecordsPlan(statement, tuple(build.arguments.lists), tuple(build.computed))

    def _plan(self, who: Principal, requested: Requested) -> Plan:
        build = self.build(who, requested)
        query: Any = self._schema.query_type
        selected: Selected = build.collect([requested.operation.selection_set], query)
        root = Root(build, self._schema.extensions["root"], query.fields)
        columns = [EPOCH]
        parts: list[tuple[str, Part]] = []
        for key, nodes in selected.items():
            with build.at(key, nodes):
                part = root.field(nodes)
            if isinstance(part, Compiled):
                parts.append((key, len(columns)))
                columns.append(part)
            else:
                parts.append((key, part))
        counted = {
            key: nodes for key, nodes in selected.items() if nodes[0].name.value in root.stats
        }
        statement = statement_of(columns, build.arguments)
        lists, computed = tuple(build.arguments.lists), tuple(build.computed)
        return Plan(statement, tuple(parts), lists, counted, computed)


class Root:
    """The fields of Query, planned."""

    def __init__(
        self, build: Build, root: RootFields, described: Mapping[str, GraphQLField]
    ) -> None:
        self._build = build
        self._root = root
        self.stats = root.stats
        self._described = described

    def field(self, nodes: list[FieldNode]) -> Compiled | bytes | tuple[FieldNode, ...]:
        """One root field: a column, a constant, or the nodes of a question about the schema."""
        name = nodes[0].name.value
        if name == "__typename":
            return b'"Query"'
        if name in INTROSPECTION:
            return tuple(nodes)
        if name in self._root.reports:
            return report(self._build, self._root.reports[name], nodes)
        if name in self._root.lists:
            of, described = self._root.lists[name], self._described[name]
            pieces = connection(self._build, f"Query.{name}", of, described, nodes, lambda _: [])
            return self._column(assemble(pieces))
        if name in self.stats:
            return self._column(stats(self._build, self.stats[name], self._described[name], nodes))
        asked = self._build.values(self._described[name], nodes[0])["id"]
        entity = self._root.records.get(name) or self._named(asked)
        if entity is None:
            return b"null"
        return self._column(self._one(entity, nodes, asked))

    def _one(self, entity: type[Entity], nodes: list[FieldNode], asked: Any) -> Any:
        number = self._build.arguments.bind(
            asked, BigInteger(), lambda text: number_of(text, entity)
        )
        return one(self._build, entity, nodes, lambda source: [source.alias.id == number])

    def _named(self, asked: Any) -> type[Entity] | None:
        """The entity that an id is of; None where nothing of that name is installed."""
        text = asked.value if isinstance(asked, FromVariable) else asked
        name, _ = split_id(text)
        found: type[Entity] | None = self._root.entities.get(name)
        return found

    def _column(self, expression: Any) -> Compiled:
        compiled = compile_piece(select(expression), self._build.arguments)
        return Compiled(f"({compiled.template})", compiled.values)
