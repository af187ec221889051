"""Fields computed in Python: a page at a time, exact, under the asker's rules."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from dougong import Asking, SetupError, computed
from dougong.addons.discovery import core_part
from dougong.generation import Generation
from dougong.graphql import execution
from dougong.graphql.computed_values import field_of
from dougong.graphql.types import Types
from dougong_shop import CALLS, Customer, Line, Order
from dougong_stars import Rated

NOBODY: Any = None  # no mutation is sent


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


def test_a_page_is_computed_in_one_call(shop: Any) -> None:
    asked = len(shop.reads.statements)
    data = shop.ask("{ customers(first: 30) { nodes { name points label } } }")["customers"]

    assert [len(data["nodes"])] == CALLS
    assert len(data["nodes"]) > 5
    assert len(shop.reads.statements) == asked + 1
    for one in data["nodes"]:
        assert one["label"].startswith(f"{one['name']} (")
        assert one["label"].endswith(f") {int(one['points']) + 1}")


def test_all_pages_of_a_document_are_computed_in_one_call(shop: Any) -> None:
    query = """{ a: customers(first: 3) { nodes { label parent { label } } edges { node { x: label } } }
                 b: customers(first: 2, where: {name: {contains: "a"}}) { nodes { label } } }"""
    data = shop.ask(query)

    assert len(CALLS) == 1
    assert [one["label"] for one in data["a"]["nodes"]] == [
        one["node"]["x"] for one in data["a"]["edges"]
    ]


def test_values_come_in_python_types_and_go_as_the_api_writes_them(shop: Any) -> None:
    query = """{ orders(first: 20) { nodes { state placedOn waitingSince
                   lines { nodes { amount double } } } }
                 customers(first: 50) { nodes { since yearsWithUs } } }"""
    data = shop.ask(query)

    for order in data["orders"]["nodes"]:
        assert order["waitingSince"] == (order["placedOn"] if order["state"] == "NEW" else None)
        for line in order["lines"]["nodes"]:
            assert float(line["double"]) == 2 * float(line["amount"])
    this_year = datetime.now(UTC).year
    years = {
        one["since"] and this_year - int(one["since"][:4]) for one in data["customers"]["nodes"]
    }
    assert {one["yearsWithUs"] for one in data["customers"]["nodes"]} == years
    assert None in years


def test_nothing_is_computed_for_an_empty_page(shop: Any) -> None:
    query = '{ customers(where: {name: {eq: "nobody of this name"}}) { nodes { label } } }'

    assert shop.ask(query) == {"customers": {"nodes": []}}
    assert CALLS == []


def test_text_with_every_character_passes_the_marks_unharmed(shop: Any) -> None:
    query = "{ customers(first: 100) { nodes { name label } } }"

    names = [one["name"] for one in shop.ask(query)["customers"]["nodes"]]

    assert any("\\" in name or '"' in name or "\n" in name for name in names)
    assert all(
        one["label"].startswith(one["name"]) for one in shop.ask(query)["customers"]["nodes"]
    )


def test_it_cannot_be_filtered_or_ordered_by(shop: Any) -> None:
    assert (
        "label" in shop.error('{ customers(where: {label: {eq: "x"}}) { totalCount } }')["message"]
    )
    assert "label" in shop.error("{ customers(orderBy: [{label: ASC}]) { totalCount } }")["message"]


def test_in_development_the_answer_says_how_it_was_read(shop: Any) -> None:
    async def ask(development: bool) -> Any:
        found = await execution.answer(
            shop.generation, shop.boss, shop.epoch, query="{ customers { nodes { label } } }",
            reads=shop.reads, mutations=NOBODY, development=development,
        )  # fmt: skip
        return json.loads(found.body)["extensions"]

    plan = shop.run(ask(True))["plan"]
    assert plan["computed"] == ["shop.label"]
    assert plan["sql"][0].startswith("SELECT")
    assert "plan" not in shop.run(ask(False))


def test_a_function_that_forgets_a_row_is_a_bug_and_told_as_one(
    shop: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (label,) = [one for one in shop.generation.computed if one.name == "label"]
    monkeypatch.setattr(label, "compute", lambda rows, asking: [])

    error = shop.error("{ customers { nodes { label } } }")

    assert error["extensions"]["code"] == "INTERNAL"
    assert "shop.label gave 0 values" in caplog.text


# What can be declared ------------------------------------------------------------------------


def shout(rows: Sequence[Any], asking: Asking) -> Sequence[str]:
    return [row[0].upper() for row in rows]


def test_columns_of_an_extension_belong_to_what_it_extends() -> None:
    assert computed(Rated.stars, Customer.name)(shout).entity is Customer


async def later(rows: Sequence[Any], asking: Asking) -> Any:
    return []


def silent(rows: Sequence[Any], asking: Asking):  # type: ignore[no-untyped-def]
    return []


def objects(rows: Sequence[Any], asking: Asking) -> Sequence[object]:
    """Anything."""
    return []


def types() -> Types:
    return Types(Generation(1, (core_part(),)))


LATER: Any = later
for one in (shout, later, silent, objects):
    one.__module__ = "dougong_shop"  # as if the shop had them


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: computed(Customer.name)(LATER), "not async"),
        (lambda: computed(Customer.name, Line.article)(shout).entity, "columns of 2 entities"),
        (lambda: computed(Order.customer)(shout).takes, "Order.customer, which is not a value"),
        (
            lambda: field_of(computed(Customer.name)(silent), types()),
            "does not say what it returns",
        ),
        (lambda: field_of(computed(Customer.name)(objects), types()), "which the API cannot show"),
    ],
)
def test_what_cannot_be_computed_is_refused_with_the_way_out(
    make: Callable[[], Any], says: str
) -> None:
    with pytest.raises(SetupError) as refused:
        make()
    assert says in str(refused.value)
    assert "Fix: " in str(refused.value)
