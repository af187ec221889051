"""Documents of every shape: fragments, directives, aliases, variables, mistakes, limits."""

import gc
import json
import time
import weakref
from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query, print_schema
from sqlalchemy import text

from dougong.addons.discovery import core_part
from dougong.errors import GenerationChanged
from dougong.generation import Generation
from dougong.graphql.problems import EpochChanged
from dougong.graphql.reading import Remembered


def test_fragments_aliases_and_merged_selections_are_put_together(shop: Any) -> None:
    data = shop.ask(
        """query Q { first: customer(id: "Customer:3") { ...A ... on Customer { owner { id } }
            again: name } first: customer(id: "Customer:3") { owner { name __typename } }
          node(id: "Order:5") { __typename id ... on Order { state ...B } ... on Customer { name }
            ... on Node { same: id } } __typename }
        fragment A on Customer { id ...C orders(first: 1) { nodes { ...B } } }
        fragment B on Order { placedOn lines(first: 1) { nodes { article } } }
        fragment C on Customer { name ...D } fragment D on Customer { city }"""
    )
    assert list(data) == ["first", "node", "__typename"]
    assert list(data["first"]) == ["id", "name", "city", "orders", "owner", "again"]
    assert data["first"]["owner"] == {"id": "User:2", "name": "clerk", "__typename": "User"}
    assert list(data["node"]) == ["__typename", "id", "state", "placedOn", "lines", "same"]
    assert data["node"]["same"] == "Order:5"


@pytest.mark.parametrize("yes", [True, False])
def test_skip_and_include_follow_their_variables(shop: Any, yes: bool) -> None:
    data = shop.ask(
        """query ($yes: Boolean!) { customer(id: "Customer:1") { id @include(if: $yes)
          name @skip(if: $yes) ... on Customer @include(if: $yes) { city } ...F @skip(if: $yes) } }
        fragment F on Customer { rating }""",
        yes=yes,
    )
    assert set(data["customer"]) == ({"id", "city"} if yes else {"name", "rating"})


def test_an_object_without_fields_is_empty(shop: Any) -> None:
    data = shop.ask('{ customer(id: "Customer:1") { id @skip(if: true) } }')
    assert data == {"customer": {}}


def test_variables_have_defaults_and_may_be_missing_or_null(shop: Any) -> None:
    query = """query ($first: Int = 2, $where: CustomerWhere, $rating: Int, $order: [CustomerOrder!])
      { customers(first: $first, where: $where, orderBy: $order) { nodes { id } }
        rated: customers(where: {rating: {eq: $rating}}) { totalCount } }"""
    data = shop.ask(query)
    assert len(data["customers"]["nodes"]) == 2
    assert data["rated"]["totalCount"] == 120
    data = shop.ask(query, first=None, where=None, order=None, rating=3)
    assert len(data["customers"]["nodes"]) == 20
    assert data["rated"]["totalCount"] == 24


def test_one_document_serves_variables_of_many_shapes(shop: Any) -> None:
    query = "query ($w: CustomerWhere) { customers(where: $w) { totalCount } }"
    for size in (0, 1, 2, 3):
        names = [f"Customer {n:02}" for n in range(1, size + 1)]
        one = {"or": [{"name": {"eq": name}} for name in names]}
        other = {"name": {"in": names}}
        assert shop.ask(query, w=one) == shop.ask(query, w=other)


@pytest.mark.parametrize(
    "document",
    [
        "query ($n: Int) { customers(first: $n) { nodes { id } } }",
        "query ($n: Int) { ...F } fragment F on Query { customers(last: $n) { nodes { id } } }",
        "{ customers(first: 7) { nodes { id } } }",
    ],
)
def test_postgresql_is_told_how_long_a_page_is_before_it_plans(shop: Any, document: str) -> None:
    variables = {"n": 7} if "$n" in document else {}
    assert len(shop.ask(document, **variables)["customers"]["nodes"]) == 7
    assert "LIMIT 7" in shop.reads.statements[-1]


def test_a_variable_that_says_how_long_a_page_is_is_refused_as_a_number_is(shop: Any) -> None:
    query = "query ($n: Int) { customers(first: $n) { nodes { id } } }"
    for wrong in (-1, 101):
        error = shop.error(query, n=wrong)
        assert error["extensions"]["code"] == "BAD_PAGE_SIZE"
        assert error["path"] == ["customers"]


@pytest.mark.parametrize("variable", ["Customer:1", "Order:1", "User:1", "Nothing:1"])
def test_a_node_may_be_of_any_type(shop: Any, variable: str) -> None:
    query = "query ($id: ID!) { node(id: $id) { __typename id } }"
    name = variable.split(":", maxsplit=1)[0]
    found = None if name == "Nothing" else {"__typename": name, "id": variable}
    assert shop.ask(query, id=variable) == {"node": found}


# Mistakes ------------------------------------------------------------------------------------

MISTAKES = [
    ('{ customers(first: -1) { totalCount nodes { id } } }', "BAD_PAGE_SIZE", "cannot be negative"),
    ("{ customers(first: 101) { nodes { id } } }", "BAD_PAGE_SIZE", "at most 100"),
    ('{ customers(after: "x") { nodes { id } } }', "BAD_CURSOR", "is not a cursor"),
    ('{ customers(after: "WyJhIl0") { nodes { id } } }', "BAD_CURSOR", "another order"),
    ("{ customers(where: {name: {eq: null}}) { totalCount } }", "NULL_OPERAND", "cannot be null"),
    ("{ customers(where: {name: null}) { totalCount } }", "NULL_OPERAND", "cannot be null"),
    ("{ customers(where: {not: null}) { totalCount } }", "NULL_OPERAND", "cannot be null"),
    ("{ customers(where: {name: {isNull: null}}) { totalCount } }", "NULL_OPERAND", "null"),
    ('{ customer(id: "7") { id } }', "BAD_ID", "ids look like"),
    ('{ customer(id: "Order:7") { id } }', "BAD_ID", "not the id of a Customer"),
    ('{ customer(id: "Customer:99999999999999999999") { id } }', "BAD_ID", "too large"),
    ('{ customer(id: "Customer:-1") { id } }', "BAD_ID", "is not an id"),
    ('{ node(id: "x") { id } }', "BAD_ID", "is not an id"),
    ('{ customers(where: {id: {in: ["Customer:1", "x"]}}) { totalCount } }', "BAD_ID", "not an id"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "code", "says"), MISTAKES)
def test_a_mistake_gets_a_sentence_and_its_place(
    shop: Any, query: str, code: str, says: str
) -> None:
    answer = shop.answer(query)
    error = json.loads(answer.body)["errors"][0]
    assert answer.status == 400
    assert error["extensions"]["code"] == code
    assert says in error["message"]
    assert error["path"]
    assert error["locations"]


def test_a_mistake_in_a_variable_is_found_in_a_plan_that_is_known(shop: Any) -> None:
    query = "query ($n: Int, $a: String) { customers(first: $n, after: $a) { nodes { id } } }"
    shop.ask(query, n=1)
    assert shop.error(query, n=1000)["extensions"]["code"] == "BAD_PAGE_SIZE"
    assert shop.error(query, n=1, a="?")["extensions"]["code"] == "BAD_CURSOR"
    assert shop.error(query, n=2**40)["message"].startswith("Variable '$n' has invalid value")


def test_a_cursor_belongs_to_its_order(shop: Any) -> None:
    query = """query ($a: String, $o: [CustomerOrder!]) { customers(first: 1, after: $a, orderBy: $o)
      { pageInfo { endCursor } } }"""
    cursor = shop.ask(query, o=[{"name": "ASC"}])["customers"]["pageInfo"]["endCursor"]
    shop.ask(query, a=cursor, o=[{"name": "ASC"}])
    for other in ([{"name": "DESC"}], [{"city": "ASC"}], None, [{"name": "ASC"}, {"city": "ASC"}]):
        assert shop.error(query, a=cursor, o=other)["extensions"]["code"] == "BAD_CURSOR"


def test_suggestions_are_for_those_who_have_signed_in(shop: Any) -> None:
    assert "Did you mean" in shop.error("{ customer(id: 1) { nam } }")["message"]
    assert "Did you mean" not in shop.error("{ customer(id: 1) { nam } }", shop.nobody)["message"]


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{i}: __typename" for i in range(51)) + "}",
        "{ customers { nodes " + "{ parent " * 15 + "{ id }" + "}" * 15 + "} }",
        "{" + "a " * 2100 + "}",
        "{ a }" + " " * 100_001,
        "{ customers { nodes { " + "parent { id } " * 450 + "} } }",
        "{ customers { nodes { " + "...F " * 300 + "} } } fragment F on Customer { id name }",
        "query { ...F0 } "
        + " ".join(
            f"fragment F{i} on Query {{ a: customer(id: 1) {{ ...G{i} }} }} "
            f"fragment G{i} on Customer {{ a: parent {{ ...G{i + 1} }} b: parent {{ ...G{i + 1} }} }}"
            for i in range(12)
        ),
    ],
)
def test_a_document_that_is_too_large_is_refused_at_once(shop: Any, query: str) -> None:
    began = time.perf_counter()
    answer = shop.answer(query)
    assert answer.status == 400
    assert time.perf_counter() - began < 1


def test_circular_fragments_are_refused(shop: Any) -> None:
    query = "{ customers { nodes { ...A } } } fragment A on Customer { parent { ...A } }"
    assert "spread" in shop.error(query)["message"]


def test_what_cannot_be_parsed_or_chosen_is_refused(shop: Any) -> None:
    assert shop.answer("{").status == 400
    assert shop.answer("query A { __typename } query B { __typename }").status == 400
    assert shop.answer("fragment A on Customer { id }").status == 400
    assert shop.answer("subscription { a }").status == 400


# The schema ----------------------------------------------------------------------------------


def test_the_schema_can_be_looked_at_beside_other_fields(shop: Any) -> None:
    data = shop.ask(
        """query ($t: String!) { __type(name: $t) { name ...F } customers(first: 1) { nodes { id } }
          s: __schema { queryType { name } } }
        fragment F on __Type { kind }""",
        t="Customer",
    )
    assert data == {
        "__type": {"name": "Customer", "kind": "OBJECT"},
        "customers": {"nodes": [{"id": "Customer:1"}]},
        "s": {"queryType": {"name": "Query"}},
    }


def test_tools_can_read_the_whole_schema(shop: Any) -> None:
    data = shop.ask(get_introspection_query(input_value_deprecation=True, specified_by_url=True))
    assert "type Customer implements Node" in print_schema(build_client_schema(data))


def test_the_schema_is_not_shown_to_somebody_who_has_not_signed_in(shop: Any) -> None:
    answer = shop.answer("{ __schema { queryType { name } } }", shop.nobody)
    said = json.loads(answer.body)
    assert (answer.status, said["data"]) == (200, None)
    assert said["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert shop.ask("{ __typename }", shop.nobody) == {"__typename": "Query"}


def test_everything_in_the_schema_is_described(shop: Any) -> None:
    bare = []
    for name, kind in shop.generation.schema.type_map.items():
        if name.startswith("__") or name == "Mutation":
            continue
        if not kind.description and not name.endswith(("Payload", "Create", "Patch")):
            bare.append(name)
    assert bare == []


# Change --------------------------------------------------------------------------------------


def test_another_epoch_is_a_signal_and_not_an_answer(shop: Any) -> None:
    shop.epoch += 1
    try:
        with pytest.raises(EpochChanged):
            shop.answer("{ __typename }")
    finally:
        shop.epoch -= 1


def test_a_table_that_is_gone_is_a_signal_and_not_an_answer(shop: Any) -> None:
    with shop.engine.begin() as connection:
        connection.execute(text("alter table shop.line rename to gone"))
    try:
        with pytest.raises(GenerationChanged):
            shop.answer("{ lines(first: 3) { nodes { article } } }")
    finally:
        with shop.engine.begin() as connection:
            connection.execute(text("alter table shop.gone rename to line"))


def test_an_unreachable_database_is_said_and_a_bug_is_masked(shop: Any, caplog: Any) -> None:
    pool, problems = shop.reads, [ConnectionRefusedError("secret"), RuntimeError("secret")]

    class Broken:
        async def fetchrow(self, sql: str, *arguments: Any) -> Any:
            raise problems.pop(0)

    shop.reads = Broken()
    try:
        unreachable, bug = shop.answer("{ __typename }"), shop.answer("{ __typename }")
    finally:
        shop.reads = pool
    assert (unreachable.status, bug.status) == (503, 500)
    assert b"secret" not in unreachable.body + bug.body
    assert json.loads(bug.body)["errors"][0]["extensions"]["id"] in caplog.text


def test_an_old_generation_leaves_nothing_behind(shop: Any) -> None:
    old = Generation(7, [core_part()])
    Remembered.of(old)
    gone = weakref.ref(old), weakref.ref(old.schema)
    del old
    gc.collect()
    assert [ref() for ref in gone] == [None, None]


def test_a_field_of_an_absent_add_on_names_it(shop: Any) -> None:
    absent = {
        "Customer.stock": "inventory",
        "Query.stockMoves": "inventory",
        "StockMove": "inventory",
    }
    shop.generation.absent, before = absent, getattr(shop.generation, "absent", {})
    try:
        for query in (
            '{ customer(id: "Customer:1") { stock } }',
            "{ stockMoves { nodes { id } } }",
            '{ node(id: "a:1") { ... on StockMove { id } } }',
        ):
            message = shop.error(query)["message"]
            assert "belonged to the add-on inventory, which is not installed." in message
    finally:
        shop.generation.absent = before
