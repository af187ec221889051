"""Plans: for an operation, or for the records of a mutation's payload, the SQL that answers it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import FieldNode, GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type
from sqlalchemy import BigInteger, Text, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from dougong.access.principal import Principal
from dougong.access.reach import Reach
from dougong.entity.base import Entity
from dougong.graphql.computed_values import Place, Use
from dougong.graphql.document import Requested
from dougong.graphql.ids import number_of, split_id
from dougong.graphql.plan.arguments import FromVariable, Given, Sizes, is_fixed, records_in
from dougong.graphql.plan.build import Build, Selected
from dougong.graphql.plan.records import connection, one
from dougong.graphql.plan.reports import report
from dougong.graphql.plan.sql import Compiled, Statement, compile_piece, statement_of
from dougong.graphql.plan.stats import stats, too_many_groups
from dougong.graphql.plan.texts import assemble, selections
from dougong.graphql.recent import Recent
from dougong.verbs.query import Query

if TYPE_CHECKING:
    from dougong.generation import Generation
    from dougong.graphql.schema import RootFields

MOST_PLANS = 1_000
EPOCH = Compiled("(SELECT number FROM dougong.epoch)", {})
TODAY = "(SELECT number FROM dougong.epoch WHERE current_date::text = %(day)s::text)"
"""The epoch; null after the day on which what is known of the asker is true."""
INTROSPECTION = ("__schema", "__type")


Part = int | bytes | tuple[FieldNode, ...] | Use
"""A root field's column, its constant value, the nodes of a field about the schema, or Python."""


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
    computed: tuple[Use, ...] = ()
    """The fields that Python fills in."""
    because: Mapping[str, Use] = field(default_factory=dict)
    """The root fields that hold such fields, and one of them."""
    reaches: tuple[Reach, ...] = ()
    """The units and colleagues that a run brings (`Given.reached`)."""

    @cached_property
    def by_hand(self) -> dict[str, Use]:
        """The root fields that Python answers."""
        return {key: part for key, part in self.parts if isinstance(part, Use)}

    @cached_property
    def resolves(self) -> bool:
        """Whether something is by hand, so that it takes a transaction of its own."""
        return bool(self.by_hand) or any(use.at for use in self.computed)

    @cached_property
    def explained(self) -> dict[str, Any]:
        """How it is read: the statements, and for each root field whose Python took part."""
        made = [*self.by_hand.values(), *self.computed]
        fields: dict[str, Any] = {key: {"by": "sql"} for key, _ in self.parts}
        for key, use in {**self.because, **self.by_hand}.items():
            by = "resolvers" if use.at else "computed"
            fields[key] = {"by": by, "because": use.of.__module__}
        below = [plan.statement.numbered for use in made for plan in use.below.values()]
        return {
            "sql": [self.statement.numbered, *below],
            "computed": list(dict.fromkeys(use.of.key for use in self.computed)),
            "fields": fields,
        }

    def records(self, variables: Mapping[str, Any]) -> int:
        """How many records its lists, and those in them, can have at most."""
        fixed = self._records
        return records_in(self.lists, variables) if fixed is None else fixed

    @cached_property
    def _records(self) -> int | None:
        """The same where the document itself says how long every list is."""
        fixed = all(is_fixed(list(sizes)) for sizes in self.lists)
        return records_in(self.lists, {}) if fixed else None

    @cached_property
    def introspects(self) -> list[str]:
        """The fields that ask about the schema."""
        return [part[0].name.value for _, part in self.parts if isinstance(part, tuple)]

    def answer(self, row: Sequence[Any], others: Mapping[str, bytes]) -> bytes:
        """The value of `data`, from the statement's row and the fields that are not in it.

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
                    value = others[key]
            members.append(b'"%b":%b' % (key.encode(), value))
        return b"{%b}" % b",".join(members)


@dataclass(frozen=True)
class RecordsPlan:
    """The statement that reads what a mutation's payload shows of its records."""

    at: Place
    statement: Statement
    lists: tuple[Sizes, ...]
    computed: tuple[Use, ...] = ()

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

    def __len__(self) -> int:
        """How many are there."""
        return len(self._plans) + len(self._records)

    def of_query(self, who: Principal, requested: Requested, *, reaches: bool = True) -> Plan:
        """The plan of a query; without `reaches` it reads itself what the asker reaches.

        Raises GraphQLError, located, for arguments that are not acceptable (their `code` says
        which), and FORBIDDEN for a report that the asker has no permission for.
        """
        reaches = reaches and bool(who.structure)
        key = (self._key(who, requested), bool(who.structure), reaches)
        return self._plans.get(key, lambda: self._plan(who, requested, reaches))

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
        shape = self._generation.access.shape(who)
        return (requested.key, shape, who.user_id is None, who.language)

    def build(self, who: Principal, requested: Requested, *, reaches: bool = False) -> Build:
        """A plan in the making, for what is asked of its selections."""
        types, traced = self._schema.extensions["types"], requested.traced
        fragments = requested.fragments
        return Build(self._generation, types, who, fragments, traced, reaches=reaches)

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
        computed = self._uses(build, who, requested)
        return RecordsPlan(path, statement, tuple(build.arguments.lists), computed)

    def _uses(self, build: Build, who: Principal, requested: Requested) -> tuple[Use, ...]:
        """The computed fields of a plan, with the plans of the records in their values."""
        uses = [(use, build.types.object_of(use.of.entity)) for use in build.computed]
        return tuple(self._with_below(build, who, requested, *use) for use in uses)

    def _with_below(
        self, build: Build, who: Principal, requested: Requested, use: Use, owner: Any
    ) -> Use:
        """The same, with the plans of the records in its values by their place."""
        below: dict[Place, RecordsPlan] = {}
        left: list[tuple[Any, Sequence[FieldNode], Place]] = [(owner, use.nodes, use.at)]
        while left and use.at:
            parent, nodes, at = left.pop()
            described = parent.fields.get(nodes[0].name.value)
            if described is None:
                continue  # __typename
            before, build.arguments.path = build.arguments.path, at[:-1]
            with build.at(at[-1], nodes):
                build.values(described, nodes[0])
            build.arguments.path = before
            kind = get_named_type(described.type)
            entity = self._schema.extensions["entities"].get(kind.name)
            if entity is not None:
                below[at] = self.of_records(who, requested, entity, nodes, at)
            elif isinstance(kind, GraphQLObjectType):
                found = build.collect(selections(nodes), kind).items()
                left += [(kind, some, (*at, key)) for key, some in found]
        return replace(use, below=below)

    def _plan(self, who: Principal, requested: Requested, reaches: bool) -> Plan:
        build = self.build(who, requested, reaches=reaches)
        query: Any = self._schema.query_type
        selected: Selected = build.collect([requested.operation.selection_set], query)
        root = Root(build, self._schema.extensions["root"], query.fields)
        columns = [EPOCH]
        if who.structure:
            day = build.arguments.run("day", Text()).key
            columns = [Compiled(TODAY % {"day": f"%({day})s"}, {day: build.arguments.slots[day]})]
        parts: list[tuple[str, Part]] = []
        for key, nodes in selected.items():
            with build.at(key, nodes):
                part = root.field(nodes)
            if isinstance(part, Query):
                use = Use(part, (key,), tuple(nodes))
                parts.append((key, self._with_below(build, who, requested, use, query)))
            elif isinstance(part, Compiled):
                parts.append((key, len(columns)))
                columns.append(part)
            else:
                parts.append((key, part))
        counted = {
            key: nodes for key, nodes in selected.items() if nodes[0].name.value in root.stats
        }
        statement = statement_of(columns, build.arguments)
        lists, computed = tuple(build.arguments.lists), self._uses(build, who, requested)
        reached = build.arguments.reaches
        return Plan(statement, tuple(parts), lists, counted, computed, build.because, reached)


class Root:
    """The fields of Query, planned."""

    def __init__(
        self, build: Build, root: RootFields, described: Mapping[str, GraphQLField]
    ) -> None:
        self._build = build
        self._root = root
        self.stats = root.stats
        self._described = described

    def field(
        self, nodes: list[FieldNode]
    ) -> Compiled | bytes | tuple[FieldNode, ...] | Query[Any, Any]:
        """One root field: a column, a constant, a question about the schema, or what answers it."""
        name = nodes[0].name.value
        if name == "__typename":
            return b'"Query"'
        if name in INTROSPECTION:
            return tuple(nodes)
        if name in self._root.queries:
            query = self._root.queries[name]
            self._build.require(query.needs, name)
            return query
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
