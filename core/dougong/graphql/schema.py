"""The composed schema: what all installed add-ons offer, under Query, Mutation and Subscription."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    assert_valid_schema,
    specified_directives,
)

from dougong.db.naming import CORE, camel
from dougong.entity.base import Entity
from dougong.entity.model import model_of
from dougong.errors import SetupError
from dougong.graphql.changes import subscription_type
from dougong.graphql.described import all_of, arguments
from dougong.graphql.mutations.declared import ATOMIC, DRY_RUN
from dougong.graphql.mutations.fields import mutation_type
from dougong.graphql.report_rows import ANYBODY, ReportRows
from dougong.graphql.stats import StatsTypes
from dougong.graphql.types import Types
from dougong.verbs.query import Query
from dougong.verbs.report import Report

if TYPE_CHECKING:
    from dougong.generation import Generation

BY_ID = arguments({"id": (GraphQLNonNull(GraphQLID), "Its id.")})


class RootFields:
    """The fields of Query, each with the add-on that brings it and what it stands for."""

    def __init__(self, generation: Generation, types: Types) -> None:
        """Raises SetupError when two add-ons bring a field of the same name."""
        self.types = types
        self.entities = {entity.__name__: entity for entity in generation.models}
        self.reports: dict[str, ReportRows] = {}
        self.queries: dict[str, Query[Any, Any]] = {}
        self.records: dict[str, type[Entity]] = {}
        self.lists: dict[str, type[Entity]] = {}
        self.stats: dict[str, type[Entity]] = {}
        self._stats_types = StatsTypes(types)
        self._fields: dict[str, GraphQLField] = {}
        self._owners: dict[str, str] = {}
        self._add_node()
        for entity in generation.models:
            self._add_entity(entity)
        for report in generation.reports:
            self._add_report(report)
        for query in generation.queries:
            self._add(camel(query.name), query.addon, types.bridge.query(query))
            self.queries[camel(query.name)] = query

    @property
    def fields(self) -> dict[str, GraphQLField]:
        """The fields as graphql-core wants them."""
        return self._fields

    def _add(self, name: str, addon: str, field: GraphQLField) -> None:
        if name in self._owners:
            raise SetupError(
                f"The add-ons {self._owners[name]} and {addon} both bring a field “{name}” of "
                "Query.",
                fix="rename one of the two, or give the entity another __plural__.",
            )
        self._owners[name] = addon
        self._fields[name] = field

    def _add_node(self) -> None:
        says = "Any record by its id; null when there is none that you may see."
        self._add("node", CORE, GraphQLField(self.types.node, BY_ID, description=says))

    def _add_entity(self, entity: type[Entity]) -> None:
        model = model_of(entity)
        says = f"One {model.name} by its id; null when there is none that you may see."
        one = GraphQLField(self.types.object_of(entity), BY_ID, description=says)
        self._add(model.api_name, model.addon, one)
        self.records[model.api_name] = entity
        says = f"The {model.name} records that you may see."
        self._add(model.api_plural, model.addon, self.types.connection_field(entity, says))
        self.lists[model.api_plural] = entity
        name = f"{model.api_name}Stats"
        self._add(name, model.addon, self._stats_types.field_of(entity))
        self.stats[name] = entity

    def _add_report(self, report: Report) -> None:
        rows = ReportRows(report, self.types)
        field = GraphQLField(all_of(rows.row_type), description=report.description)
        self._add(rows.api_name, report.addon, field)
        self.reports[rows.api_name] = rows


def fingerprint(schema: GraphQLSchema) -> str:
    """A hash of all names and types of a schema; without what is said of them, so that it is quick."""
    said = "\n".join(line for kind in schema.type_map.values() for line in _members(kind))
    return hashlib.sha256(said.encode()).hexdigest()


def _members(kind: Any) -> Iterator[str]:
    yield f"{type(kind).__name__} {kind.name}"
    for name, one in getattr(kind, "fields", {}).items():
        yield f" {name}: {one.type}"
        for argument, value in getattr(one, "args", {}).items():
            yield f"  {argument}: {value.type}"
    yield from getattr(kind, "values", ())
    yield from map(str, getattr(kind, "types", ()))


def build_schema(generation: Generation) -> GraphQLSchema:
    """The schema of a generation; `schema.extensions["root"]` has its RootFields.

    Raises SetupError when what add-ons bring does not fit together.
    """
    types = Types(generation)
    root = RootFields(generation, types)
    query = GraphQLObjectType("Query", lambda: root.fields, description="What can be read.")
    try:
        return GraphQLSchema(
            query=query,
            mutation=mutation_type(generation, types),
            subscription=subscription_type(generation, types),
            types=[types.object_of(entity) for entity in generation.models],
            directives=[*specified_directives, DRY_RUN, ATOMIC],
            extensions={"root": root, "types": types, "entities": root.entities},
            description="Everything that the installed add-ons offer.",
        )
    except TypeError as problem:  # graphql-core's, about the fields of a type
        cause = problem.__cause__
        raise cause if isinstance(cause, SetupError) else problem from None


def check_schema(schema: GraphQLSchema) -> None:
    """Look at what is put off until somebody asks: whether reports read entities alone.

    Raises SetupError for one that does not, and TypeError for names that GraphQL does not have.
    """
    for rows in schema.extensions["root"].reports.values():
        rows.select(ANYBODY)
    assert_valid_schema(schema)
