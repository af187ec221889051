"""A report's question, and its answer for whoever asks: the same plan that the API's own fields have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLSchema, get_named_type, is_object_type

from dougong.access.context import Context
from dougong.builtin.saved_reports.entities import SavedReport
from dougong.entity.model import model_of
from dougong.errors import Invalid
from dougong.graphql.document import (
    GraphQLRequest,
    Requested,
    RequestErrors,
    explained,
    read_document,
)
from dougong.graphql.limits import check_records
from dougong.graphql.plan.arguments import Given
from dougong.graphql.plan.plans import Plan
from dougong.graphql.reading import Remembered

ARGUMENTS = {
    "where": "{}Where",
    "groupBy": "[{}StatsGroup!]",
    "measures": "[{}StatsMeasure!]",
    "orderBy": "[StatsOrder!]",
    "first": "Int",
}
"""What statistics are asked with, and the types of that, by the entity's name."""
CALLED = ("name", "number", "title", "code")
"""The fields by which people know a record that a group has in common, the best first."""
LONGEST = 80
ROWS = "rows"


@dataclass(frozen=True)
class Question:
    """What a report asks."""

    entity: str
    variables: dict[str, Any]

    @classmethod
    def of(cls, report: SavedReport, **changed: Any) -> Question:
        """What a report asks, or will with what is changed."""
        asked = {
            "where": "where",
            "groupBy": "group_by",
            "measures": "measures",
            "orderBy": "order_by",
            "first": "first",
        }
        given = {api: changed.get(name, getattr(report, name)) for api, name in asked.items()}
        variables = {name: value for name, value in given.items() if value is not None}
        return cls(changed.get("entity", report.entity), variables)

    def checked(self, ctx: Context) -> tuple[Plan, Requested]:
        """How it is answered for the asker.

        Raises Invalid (`no_such_entity`, `entity_is_away`, `report_does_not_fit`) where that is no
        question about what is installed now, or not one for the asker.
        """
        field, generation = self._field(ctx), ctx.generation
        known, text = Remembered.of(generation), self._document(field, generation.schema)
        try:
            document = known.documents.get(
                (text, False),
                lambda: read_document(text, generation.schema, generation.absent, anonymous=False),
            )
            requested = document.request(GraphQLRequest(text, None, self.variables))
            plan = known.plans.of_query(ctx.principal, requested, reaches=False)
            check_records(plan.records(requested.variables.coerced))
            plan.statement.named_arguments(_given(ctx, requested))
        except RequestErrors as wrong:
            raise _misfit(wrong.errors[0], ctx) from None
        except GraphQLError as wrong:
            raise _misfit(wrong, ctx) from None
        return plan, requested

    def answered(self, ctx: Context) -> list[dict[str, Any]]:
        """The groups, as the API shows them to the asker; raises Invalid as `checked` does."""
        plan, requested = self.checked(ctx)
        with ctx.as_core():
            row = (
                ctx.session.connection()
                .exec_driver_sql(
                    plan.statement.named, plan.statement.named_arguments(_given(ctx, requested))
                )
                .one()
            )
        try:
            said = plan.answer([one if one is None else str(one).encode() for one in row], {})
        except GraphQLError as wrong:
            raise _misfit(wrong, ctx) from None
        rows: list[dict[str, Any]] = orjson.loads(said)[ROWS]
        return rows

    @property
    def keys(self) -> list[str]:
        """The fields that are grouped by, in order."""
        return self._each("groupBy", "key")

    @property
    def measures(self) -> list[str]:
        """What the measures are called, in order."""
        return self._each("measures", "as")

    def _each(self, argument: str, name: str) -> list[str]:
        asked = self.variables.get(argument)
        some = asked if isinstance(asked, list) else [asked]  # as GraphQL reads a list of one
        names = [one.get(name) for one in some if isinstance(one, dict)]
        return [one for one in names if isinstance(one, str)]

    def _field(self, ctx: Context) -> str:
        """The field of Query that answers about the entity."""
        for entity in ctx.generation.models:
            if entity.__name__ == self.entity:
                return f"{model_of(entity).api_name}Stats"
        name = self.entity[:LONGEST]
        if name in ctx.generation.absent:
            raise Invalid(
                "entity_is_away", at="entity", entity=name, addon=ctx.generation.absent[name]
            )
        raise Invalid("no_such_entity", at="entity", entity=name)

    def _document(self, field: str, schema: GraphQLSchema) -> str:
        asked = {name: kind.format(self.entity) for name, kind in ARGUMENTS.items()}
        asked = {name: kind for name, kind in asked.items() if name in self.variables}
        taken = ", ".join(f"${name}: {kind}" for name, kind in asked.items())
        given = ", ".join(f"{name}: ${name}" for name in asked)
        shown = " ".join(["count", "values", *self._keys(schema)])
        return (
            f"query {f'({taken})' if taken else ''} "
            f"{{ {ROWS}: {field}{f'({given})' if given else ''} {{ {shown} }} }}"
        )

    def _keys(self, schema: GraphQLSchema) -> Iterator[str]:
        """How what is grouped by is shown; what is no field is left to whoever reads `groupBy`."""
        row: Any = schema.type_map[f"{self.entity}Stats"]
        for name in self.keys:
            if name not in row.fields:
                continue
            kind: Any = get_named_type(row.fields[name].type)
            if not is_object_type(kind):
                yield name
            elif kind.name == "Money":
                yield f"{name} {{ amount currency }}"
            else:
                called = next((f" {one}" for one in CALLED if one in kind.fields), "")
                yield f"{name} {{ id{called} }}"


def _given(ctx: Context, requested: Requested) -> Given:
    return Given.by(ctx.principal, requested.variables.coerced, ctx.now)


def _misfit(wrong: GraphQLError, ctx: Context) -> Invalid:
    """What of a question does not fit, in the API's own words."""
    said = explained(wrong, ctx.generation.absent)
    about = next((name for name in ARGUMENTS if f"${name}'" in said.message), None)
    return Invalid("report_does_not_fit", at=about or (), why=said.message)
