"""Valid documents that are beyond a limit, by far."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLSchema, get_named_type

from dougong.builtin.audit.history_types import HISTORY
from dougong.testing.oracle.dice import Dice

TOO_DEEP = 16
TOO_MANY = 1_000_000
UNKNOWN = 'node(id: "Nothing:1") { id }'


def beyond(schema: GraphQLSchema, dice: Dice) -> str:
    """A document that must be refused: too wide, too often the same, too deep, too many records."""
    query: Any = schema.query_type
    pages = [n for n, one in query.fields.items() if _is_connection(get_named_type(one.type))]
    name = dice.one(pages)
    connection = get_named_type(query.fields[name].type)
    match dice.number(0, 3):
        case 0:
            return "{ " + " ".join(f"a{i}: {UNKNOWN}" for i in range(51)) + " }"
        case 1:
            return "{ " + " ".join([UNKNOWN] * 21) + " }"
        case 2:
            return f"{{ {name} {_deep(connection, dice, TOO_DEEP)} }}"
        case _:
            text, records = _many(connection, dice, 5)
            wide = f"{{ {name}(first: 100) {text} }}"
            return wide if 100 * records >= TOO_MANY else beyond(schema, dice)


def _deep(kind: Any, dice: Dice, left: int) -> str:
    if not left:
        return "{ __typename }"
    name = dice.one(_below(kind))
    return f"{{ {name} {_deep(get_named_type(kind.fields[name].type), dice, left - 1)} }}"


def _many(kind: Any, dice: Dice, left: int) -> tuple[str, int]:
    """Lists within lists, through links where there is no list, and how many records they have."""
    if _is_connection(kind):
        text, records = _many(get_named_type(kind.fields["nodes"].type), dice, left)
        return f"{{ nodes {text} }}", records
    if not left:
        return "{ id }", 1
    names = _below(kind)
    lists = [name for name in names if "first" in kind.fields[name].args]
    name = dice.one(lists or names)
    text, records = _many(get_named_type(kind.fields[name].type), dice, left - 1)
    if not lists:
        return f"{{ {name} {text} }}", records
    return f"{{ {name}(first: 100) {text} }}", 100 * records


def _below(kind: Any) -> list[str]:
    """The fields from which one can go on without end: lists, their records, links."""
    return [
        name
        for name, one in kind.fields.items()
        if name != HISTORY
        and (name == "nodes" or "first" in one.args or "id" in _fields(get_named_type(one.type)))
    ]


def _is_connection(kind: Any) -> bool:
    """Not every type with `nodes` is one: an approval has its nodes."""
    return "pageInfo" in _fields(kind)


def _fields(kind: Any) -> Any:
    return getattr(kind, "fields", {})
