"""What an add-on adds to the API, and what goes with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    is_introspection_type,
    is_specified_scalar_type,
    lexicographic_sort_schema,
    print_type,
)
from graphql.utilities import BreakingChangeType, DangerousChangeType, find_schema_changes


def added_sdl(before: GraphQLSchema, after: GraphQLSchema) -> str:
    """What `after` has and `before` has not, in order of names: types, and `extend type …`."""
    before, after = lexicographic_sort_schema(before), lexicographic_sort_schema(after)
    blocks = []
    for name, kind in _own_types(after):
        old = before.type_map.get(name)
        block = print_type(kind) if old is None else _extension(old, kind)
        if block:
            blocks.append(block)
    return "\n\n".join(blocks) + "\n" if blocks else ""


def changes(before: GraphQLSchema, after: GraphQLSchema) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What clients that use `before` may miss in `after`; then what they may meet and not expect.

    Sentences, in order.
    """
    found = find_schema_changes(before, after)
    breaking = (one.description for one in found if isinstance(one.type, BreakingChangeType))
    dangerous = (one.description for one in found if isinstance(one.type, DangerousChangeType))
    return tuple(sorted(breaking)), tuple(sorted(dangerous))


def vanishing_names(before: GraphQLSchema, after: GraphQLSchema) -> tuple[str, ...]:
    """The types and fields that `before` has and `after` has not: `StockMove`, `Lead.score`."""
    gone = []
    for name, kind in _own_types(before):
        new = after.type_map.get(name)
        if new is None:
            gone.append(name)
        members = _members(new) if new is not None else {}
        gone += [f"{name}.{member}" for member in _members(kind) if member not in members]
    return tuple(sorted(gone))


def _own_types(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLNamedType]]:
    for name, kind in schema.type_map.items():
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind):
            yield name, kind


def _members(kind: GraphQLNamedType) -> dict[str, Any]:
    match kind:
        case GraphQLObjectType() | GraphQLInterfaceType() | GraphQLInputObjectType():
            return dict(kind.fields)
        case GraphQLEnumType():
            return dict(kind.values)
        case GraphQLUnionType():
            return {member.name: member for member in kind.types}
        case _:
            return {}


def _extension(old: GraphQLNamedType, new: GraphQLNamedType) -> str | None:
    """What a type has that it had not, as SDL; None when it is the same."""
    had = _members(old)
    fresh = {name: member for name, member in _members(new).items() if name not in had}
    part: GraphQLNamedType
    match new, old:
        case GraphQLObjectType(), GraphQLObjectType():
            faces = [
                one for one in new.interfaces if one.name not in {i.name for i in old.interfaces}
            ]
            if not fresh and not faces:
                return None
            part = GraphQLObjectType(new.name, fresh, faces)
        case (GraphQLInterfaceType(), _) if fresh:
            part = GraphQLInterfaceType(new.name, fresh)
        case (GraphQLInputObjectType(), _) if fresh:
            part = GraphQLInputObjectType(new.name, fresh)
        case (GraphQLEnumType(), _) if fresh:
            part = GraphQLEnumType(new.name, fresh)
        case (GraphQLUnionType(), _) if fresh:
            part = GraphQLUnionType(new.name, list(fresh.values()))
        case _:
            return None
    return "extend " + print_type(part)
