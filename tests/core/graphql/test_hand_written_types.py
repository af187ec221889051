"""Fields that add-ons write by hand: one answer with what is planned, under the asker's rules."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text

from dougong.access.principal import ANONYMOUS, Principal
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.generation import Generation
from dougong.graphql import resolving
from dougong.graphql.execution import Answer, answer
from dougong.graphql.mutations.run import MutationRunner
from dougong.graphql.problems import EpochChanged
from dougong_care import READS

PARTS = (
    Part("shop", "dougong_shop", "1", "Shop", ()),
    Part("stars", "dougong_stars", "1", "Stars", ("shop",)),
    Part("care", "dougong_care", "1", "Care", ("shop", "stars")),
)


class Care:
    """The shop with the add-on that looks after customers."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop
        with shop.engine.connect() as connection:
            number = connection.scalar(text("select number from dougong.generation"))
        self.generation = Generation(number, (core_part(), *PARTS))
        self.runner = MutationRunner(shop.engine, shop.reads)
        self.boss = Principal(1, "boss", frozenset({"shop.boss", "care.carer"}))
        self.clerk = Principal(2, "clerk", frozenset({"shop.clerk", "care.carer"}))
        self.packer = Principal(3, "packer", frozenset({"shop.packer", "care.carer"}))

    def answer(
        self, query: str, who: Principal | None = None, *, development: bool = False,
        epoch: int | None = None, **variables: Any,
    ) -> Answer:  # fmt: skip
        return self.shop.run(
            answer(
                self.generation, who or self.boss, epoch or self.shop.epoch, query=query,
                variables=variables, reads=self.shop.reads, mutations=self.runner,
                development=development,
            )
        )  # fmt: skip

    def whole(self, query: str, who: Principal | None = None, **variables: Any) -> Any:
        """Data, errors and extensions."""
        return json.loads(self.answer(query, who, **variables).body)

    def ask(self, query: str, who: Principal | None = None, **variables: Any) -> Any:
        found = self.whole(query, who, **variables)
        assert "errors" not in found, found["errors"]
        return found["data"]

    def error(self, query: str, who: Principal | None = None, **variables: Any) -> Any:
        found = self.whole(query, who, **variables)
        assert "errors" in found, found
        return found["errors"][0]

    def ids(self, entity: str, who: Principal, where: str = "") -> list[str]:
        """The ids of all records that somebody sees."""
        page, after, found = True, "null", []
        while page:
            of = f"{entity}(first: 100, after: {after}{where}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }}"
            some = self.ask(f"{{ {of} }}", who)[entity]
            found += [one["id"] for one in some["nodes"]]
            page, after = some["pageInfo"]["hasNextPage"], json.dumps(some["pageInfo"]["endCursor"])
        return found


@pytest.fixture(scope="module")
def care(shop: Any) -> Iterator[Care]:
    opened = Care(shop)
    yield opened
    opened.runner.close()


@pytest.fixture(autouse=True)
def no_reads() -> None:
    READS.clear()


VISITS = """query ($trip: Trip!, $lines: Int = 2, $without: Boolean = false) {
  before: customers(first: 2) { nodes { name } }
  tour: visits(trip: $trip, days: 2) {
    on: day budget { amount currency } mood __typename
    customers { ...Card }
    first { id owner { name } }
    orders { id lines(first: $lines) { nodes { article } } customer @skip(if: $without) { name } }
  }
  ... on Query { slogan }
  after: ordersByState { state orders }
}
fragment Card on Customer { name stars label parent { name } }"""
GRAZ = {"cities": ["Graz", "graz"], "most": 5, "moods": ["BAD"]}


def test_who_sees_records_by_team_names_them_and_learns_what_they_may_do(care: Care) -> None:
    neighbour = Principal(2, "neighbour", frozenset({"care.neighbour"}))
    mine = care.ids("customers", neighbour)
    others = set(care.ids("customers", care.boss)) - set(mine)
    known = "query ($of: ID!) { known(of: $of) }"

    assert care.ask(known, neighbour, of=mine[0]) == {"known": True}
    assert care.error(known, neighbour, of=min(others))["extensions"]["code"] == "not_found"


# One answer --------------------------------------------------------------------------------------


def test_a_mixed_document_answers_what_its_parts_answer_alone(care: Care) -> None:
    for who in (care.boss, care.clerk, care.packer):
        found = care.ask(VISITS, who, trip=GRAZ)

        assert list(found) == ["before", "tour", "slogan", "after"]
        planned = care.ask(
            "{ before: customers(first: 2) { nodes { name } } after: ordersByState { state orders } }",
            who,
        )
        assert {key: found[key] for key in planned} == planned
        assert found["slogan"] == care.ask("{ slogan }", who)["slogan"]
        for visit in found["tour"]:
            for order in visit["orders"]:
                alone = care.ask(
                    "query ($id: ID!) { order(id: $id) { id lines(first: 2) { nodes { article } } customer { name } } }",
                    who,
                    id=order["id"],
                )
                assert alone["order"] == order


def test_the_records_of_a_document_are_read_by_one_statement_for_each_place(care: Care) -> None:
    statements: list[str] = []

    def note(*given: Any) -> None:
        statements.append(given[2])

    event.listen(care.shop.engine, "before_cursor_execute", note)
    counts = []
    for trip in ({**GRAZ, "most": 1}, {**GRAZ, "most": 30}):
        statements.clear()
        asked = len(care.shop.reads.statements)
        care.ask(VISITS, trip=trip)
        assert len(care.shop.reads.statements) == asked + 1
        counts.append(len([one for one in statements if "array_agg" in one]))
    event.remove(care.shop.engine, "before_cursor_execute", note)
    assert counts == [3, 3]


def test_values_are_those_of_the_api(care: Care) -> None:
    visit = care.ask(VISITS, trip=GRAZ)["tour"][0]

    assert (visit["on"], visit["mood"], visit["__typename"]) == ("2026-01-01", "BAD", "Visit")
    assert (
        visit["budget"] == {"amount": "12.5000", "currency": "EUR"}
        or visit["budget"]["amount"] == "12.5"
    )


def test_variables_and_directives_work_within(care: Care) -> None:
    found = care.ask(VISITS, trip=GRAZ, lines=1, without=True)["tour"][0]["orders"]

    assert found
    assert all(list(one) == ["id", "lines"] for one in found)
    assert {len(one["lines"]["nodes"]) for one in found} == {0, 1}


# Who sees what -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["boss", "clerk", "packer"])
def test_code_finds_what_the_asker_may_see_in_every_way_of_asking(care: Care, name: str) -> None:
    who = getattr(care, name)
    customers, orders = care.ids("customers", who), care.ids("orders", who)
    lines = care.ids("lines", who)

    counted = care.ask("{ counted }", who)["counted"]

    known = care.ask("{ orders(first: 100) { nodes { customer { id } } } }", who)["orders"]["nodes"]
    with_customer = len(orders) if all(one["customer"] for one in known) else 0
    assert counted == [
        len(customers), len(orders), len(customers), with_customer, with_customer,
        len(customers), len(lines), len(orders), with_customer, with_customer,
    ]  # fmt: skip


def test_what_the_asker_may_not_see_is_left_out_even_where_code_found_it(care: Care) -> None:
    everything = care.ask("{ smuggled { id } }")["smuggled"]

    seen = care.ask("{ smuggled { id } places { id } }", care.clerk)

    assert len(everything) == 120
    assert [one["id"] for one in seen["smuggled"]] == care.ids("customers", care.clerk)
    assert [one and one["id"] for one in seen["places"]] == [
        None,
        None,
        "Customer:3",
        None,
        None,
        "Customer:6",
    ]
    assert care.ask("{ smuggled { id } places { id } }", care.packer) == {
        "smuggled": [],
        "places": [None] * 6,
    }


def test_a_record_that_the_asker_may_not_see_is_no_argument(care: Care) -> None:
    asked = "query ($id: ID!) { twin(of: $id) { id } }"

    hidden, absent = (care.error(asked, care.clerk, id=f"Customer:{n}") for n in (1, 99_999))

    assert hidden["extensions"] == absent["extensions"] == {"code": "not_found"}
    assert hidden["path"] == ["twin"]
    assert care.error(asked, id="Order:1")["extensions"]["code"] == "bad_id"
    assert care.ask(asked, id="Customer:1")["twin"]["id"] == "Customer:41"


def test_a_query_needs_its_permission(care: Care) -> None:
    refused = care.whole("{ slogan counted }", Principal(1, "b", frozenset({"shop.boss"})))

    assert refused["data"] is None
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert refused["errors"][0]["path"] == ["counted"]
    assert care.ask("{ slogan }", ANONYMOUS) == {"slogan": "Come in"}


def test_nothing_can_be_written(care: Care, caplog: pytest.LogCaptureFixture) -> None:
    assert care.error("{ written }")["extensions"]["code"] == "INTERNAL"
    assert "runs SQL that no access rule can be applied to" in caplog.text


def test_rights_that_changed_meanwhile_are_noticed(care: Care) -> None:
    with pytest.raises(EpochChanged):
        care.shop.run(care.runner.read(care.generation, care.boss, care.shop.epoch + 1, repr))


def test_what_was_true_of_an_asker_yesterday_is_not_used_today(care: Care) -> None:
    """A membership, a role or a loan may have ended at midnight."""
    known = replace(care.boss, structure=f"1 {date.min}")
    deleting = 'mutation @dryRun { deleteOrder(id: "Order:1", version: 1) { deletedId } }'

    with pytest.raises(EpochChanged):
        care.shop.run(care.runner.read(care.generation, known, care.shop.epoch, repr))
    with pytest.raises(EpochChanged):
        care.answer(deleting, known)
    assert "deleteOrder" in care.ask(deleting)


# Errors ------------------------------------------------------------------------------------------


def test_a_bug_is_masked_and_null_goes_up_as_far_as_it_must(
    care: Care, caplog: pytest.LogCaptureFixture
) -> None:
    asked = "query ($trip: Trip!) { slogan visits(trip: $trip) { day broken } }"

    found = care.whole(asked, trip=GRAZ)

    assert found["data"] is None
    assert found["errors"][0]["path"] == ["visits", 0, "broken"]
    assert "secret" not in json.dumps(found)
    assert "secret of the house" in caplog.text


def test_a_refusal_is_said_and_only_its_field_is_null(care: Care) -> None:
    found = care.whole("query ($trip: Trip!) { visits(trip: $trip) { day refused } }", trip=GRAZ)

    assert found["data"]["visits"] == [{"day": "2026-01-01", "refused": None}]
    assert found["errors"][0]["path"] == ["visits", 0, "refused"]
    assert found["errors"][0]["extensions"]["code"] == "no_visit"


def test_arguments_within_are_checked_before_anything_is_called(care: Care) -> None:
    asked = "query ($trip: Trip!) { visits(trip: $trip) { customers { orders(first: 1000) { totalCount } } } }"

    refused = care.answer(asked, trip=GRAZ)

    assert refused.status == 400
    assert json.loads(refused.body)["errors"][0]["path"] == ["visits", "customers", "orders"]
    assert READS == []


def test_an_answer_cannot_have_more_records_than_allowed(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dougong.graphql.limits.MOST_RECORDS", 500)

    assert "errors" not in care.whole("{ smuggled { id } }")
    refused = care.error("{ smuggled { orders(first: 5) { nodes { id } } } }")

    assert refused["extensions"]["code"] == "TOO_COMPLEX"
    assert care.whole("{ smuggled { id } }")["extensions"]["cost"]["records"] == 120


def test_code_that_takes_too_long_is_stopped_between_two_fields(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "LONGEST_SECONDS", -1.0)
    assert care.error("{ slogan }")["extensions"]["code"] == "TIMEOUT"


def test_an_answer_cannot_have_more_fields_than_allowed(
    care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "MOST_COMPLETED", 20)
    asked = "query ($trip: Trip!) { visits(trip: $trip, days: 30) { day } }"
    assert care.error(asked, trip=GRAZ)["extensions"]["code"] == "TOO_COMPLEX"


# Fields of records -------------------------------------------------------------------------------


def test_a_page_is_made_in_one_call_and_its_records_read_by_one_statement(care: Care) -> None:
    asked = """{ customers(first: 20) { nodes { id name health { good orders newest { id state } } }
                 totalCount } }"""

    found = care.ask(asked)["customers"]["nodes"]

    assert READS == ["health 20"]
    for one in found:
        alone = care.ask(
            "query ($id: ID!) { customer(id: $id) { orders(first: 100) { nodes { id state } } } }",
            id=one["id"],
        )
        orders = alone["customer"]["orders"]["nodes"]
        assert one["health"]["orders"] == len(orders)
        assert one["health"]["newest"] == (orders[-1] if orders else None)


def test_a_record_that_a_field_gives_has_such_fields_too(care: Care) -> None:
    asked = "{ orders(first: 3) { nodes { customer { id } payer { id health { newest { payer { name } } } } } } }"

    found = care.ask(asked)["orders"]["nodes"]

    assert [one["payer"]["id"] for one in found] == [one["customer"]["id"] for one in found]
    assert all(one["payer"]["health"]["newest"]["payer"] for one in found)
    hidden = care.ask(asked, care.packer)["orders"]["nodes"]
    assert [one["payer"] for one in hidden] == [None] * 3


def test_a_field_that_fails_is_null_and_nothing_else(care: Care) -> None:
    asked = "query ($n: String!) { customers(where: {name: {eq: $n}}, first: 1) { nodes { name health { good } } } }"

    found = care.whole(asked, n="Ärger & Söhne")

    assert found["data"]["customers"]["nodes"][0]["health"] is None
    assert found["errors"][0]["extensions"]["code"] == "no_health"
    assert found["errors"][0]["path"] == ["customers", "nodes", 0, "health"]


def test_an_error_below_a_record_that_code_gave_has_its_whole_path(care: Care) -> None:
    found = care.whole("{ places { name unwell { fine } } }")

    assert [one["path"] for one in found["errors"]] == [
        ["places", n, "unwell", "fine"] for n in range(6)
    ]
    assert found["data"]["places"][0]["unwell"] == {"fine": None}


# How it is said ----------------------------------------------------------------------------------


def test_in_development_the_answer_says_how_each_field_was_read(care: Care) -> None:
    asked = '{ a: orders { totalCount } customers { nodes { label } } slogan s: customer(id: "Customer:1") { health { good newest { id } } } }'

    plan = care.whole(asked, development=True)["extensions"]["plan"]

    assert plan["fields"] == {
        "a": {"by": "sql"},
        "customers": {"by": "computed", "because": "dougong_shop"},
        "slogan": {"by": "resolvers", "because": "dougong_care"},
        "s": {"by": "resolvers", "because": "dougong_care"},
    }
    assert plan["computed"] == ["shop.label", "care.health"]
    assert len(plan["sql"]) == 2
    assert "plan" not in care.whole(asked)["extensions"]
