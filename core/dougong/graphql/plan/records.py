"""Records and lists of records as JSON text, with everything that is selected below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from graphql import FieldNode, GraphQLField, GraphQLObjectType, SelectionSetNode
from sqlalchemy import ColumnElement, Text, case
from sqlalchemy import cast as sql_cast

from dougong.builtin.attached import ends
from dougong.builtin.audit.asked import history
from dougong.builtin.audit.history_types import HISTORY
from dougong.builtin.translations.planned import translations
from dougong.builtin.translations.types import TRANSLATIONS
from dougong.entity.base import Entity
from dougong.entity.model import Field, Kind, ToMany, ToOne
from dougong.graphql.action_types import ACTIONS
from dougong.graphql.marks import BEGIN, END
from dougong.graphql.plan.actions import actions
from dougong.graphql.plan.build import Build
from dougong.graphql.plan.pages import Conditions, Connection
from dougong.graphql.plan.source import Level, OneRow, Source
from dougong.graphql.plan.texts import Long, Pieces, assemble, members, or_null, scalar, selections
from dougong.verbs.computed import Computed


def record(level: Level, entity: type[Entity], sets: Sequence[SelectionSetNode]) -> Pieces:
    """What is selected of a record."""
    kind = level.build.types.object_of(entity)
    pairs = []
    for key, nodes in level.build.collect(sets, kind).items():
        with level.build.at(key, nodes):
            pairs.append((key, member_text(level, entity, nodes)))
    return members(pairs)


def member_text(level: Level, entity: type[Entity], nodes: list[FieldNode]) -> Pieces:
    """The value of one field of a record."""
    name = nodes[0].name.value
    if name == "__typename":
        return [f'"{entity.__name__}"']
    if name == "id":
        return [f'"{entity.__name__}:', sql_cast(level.value(entity, "id"), Text), '"']
    if name == ACTIONS:
        return actions(level, entity, nodes)
    if name == HISTORY:
        return history(level, entity, nodes)
    known = level.build.types.members_of(entity)
    if name == TRANSLATIONS and name not in known:
        return translations(level, entity, nodes)
    match known[name]:
        case Field(kind=Kind.MONEY) as field:
            return _money(level, field, _selected(level, field, nodes))
        case Field() as field:
            column = level.value(field.owner, field.name)
            return scalar(field.kind, column, nullable=field.may_be_null)
        case ToOne() as link:
            return [_linked(level, link, nodes)]
        case Computed() as computed:
            return _marked(level, computed)
        case ToMany() as many:
            mine = level.value(entity, "id")
            described = level.build.types.object_of(entity).fields[name]
            return connection(
                level.build,
                f"{entity.__name__}.{name}",
                many.target,
                described,
                nodes,
                lambda source: [ends(many, source.column, mine)],
                # Who may see a record may see its own children: that needs no second look.
                readable=bool(many.of) or level.build.generation.owned.get(many.target) is many,
            )


def _marked(level: Level, computed: Computed) -> Pieces:
    """The columns that a field is computed from, between marks that the answer's text never has."""
    pieces: Pieces = []
    for field in computed.takes:
        if field.kind is Kind.MONEY:
            value = _money(level, field, {"amount": "amount", "currency": "currency"})
        else:
            column = level.value(field.owner, field.name)
            value = scalar(field.kind, column, nullable=field.nullable)
        pieces += ["," if pieces else f"{BEGIN}{level.build.number_of(computed)}[", *value]
    marked: Pieces = [*pieces, f"]{END}"]
    guards = [field.guard for field in computed.takes if field.guard is not None]
    rule = level.allowed(*guards) if guards else None
    if rule is None:
        return marked
    # What follows from a field that is hidden is hidden too.
    return [or_null(case((rule, assemble(marked))))]


def _selected(level: Level, field: Field, nodes: list[FieldNode]) -> Mapping[str, str]:
    """The response keys that are asked of an amount of money, and the part that each stands for."""
    money = cast(GraphQLObjectType, level.build.types.output_scalar(field))
    selected = level.build.collect(selections(nodes), money)
    return {key: some[0].name.value for key, some in selected.items()}


def _money(level: Level, field: Field, selected: Mapping[str, str]) -> Pieces:
    amount = level.value(field.owner, f"{field.name}_amount")
    parts = {
        "amount": scalar(Kind.DECIMAL, amount, nullable=False),
        "currency": scalar(
            Kind.TEXT, level.value(field.owner, f"{field.name}_currency"), nullable=False
        ),
        "__typename": cast(Pieces, ['"Money"']),
    }
    whole = assemble(members((key, parts[name]) for key, name in selected.items()))
    if not field.may_be_null:
        return [whole]
    return [or_null(case((amount.is_not(None), whole)))]


def _linked(level: Level, link: ToOne, nodes: list[FieldNode]) -> Long:
    """The record that a link points to; null where the asker may not see it."""
    key = level.value(link.owner, link.key)
    with level.build.arguments.page(1, 1):
        found = one(level.build, link.target, nodes, lambda source: [source.alias.id == key])
    return Long(or_null(found))


def one(
    build: Build, entity: type[Entity], nodes: Sequence[FieldNode], which: Conditions
) -> ColumnElement[Any]:
    """A subselect with the text of the one record for which the conditions hold."""
    source = Source(build, entity)
    text = assemble(record(OneRow(source), entity, selections(nodes)))
    found = source.select(text).where(*which(source), *source.readable())
    return found.scalar_subquery()


def connection(
    build: Build,
    of: str,
    entity: type[Entity],
    described: GraphQLField,
    nodes: Sequence[FieldNode],
    which: Conditions,
    *,
    readable: bool = False,
) -> Pieces:
    """A page of records, in one subselect; `of` names the list, as in `Query.leads`.

    `readable` says that the asker may see all for which the conditions hold.
    """
    page = Connection(build, of, entity, described, nodes, which, record, readable=readable)
    return page.pieces()
