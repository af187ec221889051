"""Nobody who has not signed in gets anything but what says that everyone may have it."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_argument,
)
from sqlalchemy import text

from dougong.access.permissions import EVERYONE
from dougong.db.naming import camel
from dougong.graphql.mutations.declared import MUTATION
from dougong.testing import LiveWorld

OPEN_TO_ALL = {"signIn", "choosePassword"}
"""The core's; what an add-on opens to everyone is read off its verbs."""
VALUES = {
    "Int": "1", "Float": "1", "Boolean": "true", "Decimal": '"1"', "Date": '"2026-01-02"',
    "DateTime": '"2026-01-02T03:04:05Z"', "BigInteger": '"1"', "JSON": "{}",
}  # fmt: skip


def argument(kind: GraphQLInputType, depth: int = 0) -> str:
    """Some value of a type, with what must be given."""
    if is_non_null_type(kind):
        return argument(kind.of_type, depth)
    if is_list_type(kind):
        return f"[{argument(kind.of_type, depth)}]"
    if is_enum_type(kind):
        return next(iter(kind.values))
    if is_input_object_type(kind):
        needed = [
            f"{name}: {argument(field.type, depth + 1)}"
            for name, field in kind.fields.items()
            if is_non_null_type(field.type) and field.default_value is not None
        ]
        return "{" + ", ".join(needed) + "}"
    assert is_leaf_type(kind)
    return VALUES.get(kind.name, '"User:1"')


def selection(kind: Any, depth: int = 0) -> str:
    """All that can be selected of a type: leaves, and two levels of what lies below."""
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if not is_object_type(named) or depth > 1:
        return "{ __typename }"
    inner = []
    for name, field in named.fields.items():
        if any(is_required_argument(one) for one in field.args.values()):
            continue
        inner.append(f"{name} {selection(field.type, depth + 1)}")
    return "{ " + " ".join(inner[:15]) + " }"


def call(name: str, field: GraphQLField) -> str:
    """A field of Query with the id that it must have."""
    of = "User" if name == "node" else get_named_type(field.type).name
    needed = {key: one.type for key, one in field.args.items() if is_required_argument(one)}
    values = [f'{k}: "{of}:1"' if k == "id" else f"{k}: {argument(t)}" for k, t in needed.items()]
    given = f"({', '.join(values)})" if values else ""
    return f"{name}{given} {selection(field.type)}"


def told(value: Any) -> list[Any]:
    """The leaves of an answer that say anything."""
    if isinstance(value, dict):
        return [one for key, inner in value.items() if key != "__typename" for one in told(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in told(inner)]
    return [] if value in (None, 0, "0", False, "") else [value]


def test_no_field_of_query_tells_anything(northwind: LiveWorld) -> None:
    schema = northwind.runtime.generation.schema
    assert schema.query_type is not None
    said = {}
    for name, field in schema.query_type.fields.items():
        answer = northwind.post(f"{{ {call(name, field)} }}").json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        said[name] = (codes - {"FORBIDDEN"}, told(answer.get("data")))

    assert len(said) > 40
    assert {name: one for name, one in said.items() if any(one)} == {}


def test_what_is_there_is_told_to_an_administrator(northwind: LiveWorld) -> None:
    """So that the test above does not pass because it asks for nothing."""
    schema = northwind.runtime.generation.schema
    admin = northwind.person("dougong.administrator")
    assert schema.query_type is not None
    told_of = [
        name
        for name, field in schema.query_type.fields.items()
        if told(northwind.post(f"{{ {call(name, field)} }}", admin).json().get("data"))
    ]

    assert len(told_of) > 20


def test_no_mutation_does_anything(northwind: LiveWorld) -> None:
    generation = northwind.runtime.generation
    open_verbs = {camel(verb.name) for verb in generation.verbs if verb.needs == EVERYONE}
    assert open_verbs == OPEN_TO_ALL
    done = "select count(*) from dougong.event"
    with northwind.engine.connect() as connection:
        before = connection.execute(text(done)).scalar_one()
    schema = generation.schema
    assert schema.mutation_type is not None
    refused = {}
    for name, field in schema.mutation_type.fields.items():
        if name in open_verbs:
            continue
        assert field.extensions[MUTATION]
        answer = northwind.post(f"mutation @dryRun {{ {call_mutation(name, field)} }}").json()
        payload = (answer.get("data") or {}).get(name) or {}
        refused[name] = bool(answer.get("errors") or payload.get("userErrors"))
        del payload["userErrors"], payload["__typename"]
        assert told({one: value for one, value in payload.items() if one != "results"}) == []

    assert len(refused) > 80
    assert [name for name, was in refused.items() if not was] == []
    with northwind.engine.connect() as connection:
        assert connection.execute(text(done)).scalar_one() == before


def call_mutation(name: str, field: GraphQLField) -> str:
    """The same for a mutation, whose errors are asked for by name."""
    needed = [
        f"{one}: {argument(arg.type)}"
        for one, arg in field.args.items()
        if is_required_argument(arg)
    ]
    given = f"({', '.join(needed)})" if needed else ""
    return f"{name}{given} {{ __typename userErrors {{ code message }} }}"


def test_no_subscription_tells_anything(northwind: LiveWorld) -> None:
    schema = northwind.runtime.generation.schema
    assert schema.subscription_type is not None
    for name in schema.subscription_type.fields:
        answer = northwind.client.post(
            "/graphql",
            json={"query": f"subscription {{ {name} {{ what }} }}"},
            headers={"accept": "text/event-stream"},
        )
        assert "NOT_SIGNED_IN" in answer.text
        assert "READY" not in answer.text
