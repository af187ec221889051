"""Nobody sees a row that they may not: in lists, by id, in counts, through links and filters."""

from typing import Any

import pytest
from rows import customers, orders

from dougong.access.principal import Principal

CUSTOMERS = customers()
ORDERS = orders()[0][1]
LINES = orders()[1][1]
MINE = {row["id"] for row in CUSTOMERS if row["owner_id"] == 2}
OTHERS = {row["id"] for row in CUSTOMERS} - MINE
BY_ID = {row["id"]: row for row in CUSTOMERS}


def test_a_clerk_sees_own_customers_only(shop: Any) -> None:
    data = shop.ask("{ customers(first: 100) { totalCount nodes { id } } }", shop.clerk)
    assert data["customers"]["totalCount"] == len(MINE)
    assert {node["id"] for node in data["customers"]["nodes"]} == {f"Customer:{i}" for i in MINE}


def test_another_s_customer_cannot_be_had_by_id(shop: Any) -> None:
    other, mine = min(OTHERS), min(MINE)
    query = """query ($a: ID!, $b: ID!) { a: customer(id: $a) { id } b: customer(id: $b) { id }
      c: node(id: $a) { id } d: node(id: $b) { id ... on Customer { name } } }"""
    found = shop.ask(query, shop.clerk, a=f"Customer:{other}", b=f"Customer:{mine}")
    assert found["a"] is None
    assert found["c"] is None
    assert found["b"] == {"id": f"Customer:{mine}"}
    assert found["d"] == {"id": f"Customer:{mine}", "name": BY_ID[mine]["name"]}


def test_a_link_to_a_hidden_record_looks_empty_everywhere(shop: Any) -> None:
    shown = shop.ask(
        """{ all: customers(first: 100) { nodes { id parent { id name } } }
          empty: customers(first: 100, where: {parent: {isNull: true}}) { nodes { id } }
          full: customers(first: 100, where: {parent: {is: {}}}) { nodes { id } }
          named: customers(where: {parent: {is: {name: {contains: ""}}}}) { totalCount }
          ordered: customers(first: 100, orderBy: [{parent: {name: ASC}}]) { edges { cursor } } }""",
        shop.clerk,
    )
    with_parent = {i for i in MINE if BY_ID[i]["parent_id"] in MINE}
    hidden = {i for i in MINE if BY_ID[i]["parent_id"] in OTHERS}
    assert hidden
    for node in shown["all"]["nodes"]:
        number = int(node["id"].split(":")[1])
        assert (node["parent"] is not None) is (number in with_parent)
    assert len(shown["empty"]["nodes"]) == len(MINE - with_parent)
    assert len(shown["full"]["nodes"]) == len(with_parent)
    assert shown["named"]["totalCount"] == len(with_parent)


def test_children_and_their_counts_follow_the_rules_of_their_own_entity(shop: Any) -> None:
    shown = shop.ask(
        """{ orders(first: 100) { totalCount nodes { id state customer { id } } }
          lines(first: 100) { totalCount nodes { order { id } } } }""",
        shop.packer,
    )
    paid = {order["id"] for order in ORDERS if order["state"].name == "PAID"}
    assert shown["orders"]["totalCount"] == len(paid)
    assert {node["state"] for node in shown["orders"]["nodes"]} == {"PAID"}
    assert all(node["customer"] is None for node in shown["orders"]["nodes"])
    assert shown["lines"]["totalCount"] == sum(line["order_id"] in paid for line in LINES)
    assert all(node["order"] is not None for node in shown["lines"]["nodes"])


def test_filters_through_lists_see_readable_rows_only(shop: Any) -> None:
    query = "{ customers(where: {orders: {some: {}}}) { totalCount } }"
    assert shop.ask(query, shop.packer)["customers"]["totalCount"] == 0
    query = "{ orders(where: {customer: {is: {}}}) { totalCount } }"
    assert shop.ask(query, shop.packer)["orders"]["totalCount"] == 0
    expected = sum(order["customer_id"] in MINE for order in ORDERS)
    assert shop.ask(query, shop.clerk)["orders"]["totalCount"] == expected


@pytest.mark.parametrize("field", ["customers", "orders", "lines", "users"])
def test_somebody_who_has_not_signed_in_sees_nothing(shop: Any, field: str) -> None:
    data = shop.ask(f"{{ {field} {{ totalCount nodes {{ id }} }} }}", shop.nobody)
    assert data[field] == {"totalCount": 0, "nodes": []}


def test_people_in_the_same_role_share_a_plan_but_not_their_rows(shop: Any) -> None:
    query = "{ customers { totalCount } }"
    assert shop.ask(query, shop.clerk)["customers"]["totalCount"] == len(MINE)
    twin = Principal(1, "twin", shop.clerk.roles)
    expected = sum(row["owner_id"] == 1 for row in CUSTOMERS)
    assert shop.ask(query, twin)["customers"]["totalCount"] == expected


# Reports -------------------------------------------------------------------------------------


def test_a_report_counts_what_the_asker_may_read(shop: Any) -> None:
    query = "{ ordersByState { state orders amount __typename } }"
    everything = {row["state"]: row["orders"] for row in shop.ask(query)["ordersByState"]}
    assert sum(everything.values()) == len(ORDERS)
    own = {row["state"]: row["orders"] for row in shop.ask(query, shop.clerk)["ordersByState"]}
    mine = [order for order in ORDERS if order["customer_id"] in MINE]
    assert own == {
        state: sum(order["state"].name == state for order in mine)
        for state in ("NEW", "PAID", "SENT")
    }
    paid = shop.ask(query, shop.packer)["ordersByState"]
    assert [row["state"] for row in paid] == ["PAID"]
    assert (
        paid[0]["amount"]
        == {r["state"]: r["amount"] for r in shop.ask(query)["ordersByState"]}["PAID"]
    )
    assert paid[0]["__typename"] == "OrdersByStateRow"


def test_rules_hold_under_aliases_and_in_subqueries_of_reports(shop: Any) -> None:
    query = "{ bestCities { city customers } }"
    buyers = {order["customer_id"] for order in ORDERS}
    assert sum(r["customers"] for r in shop.ask(query)["bestCities"]) == len(buyers)
    mine = shop.ask(query, shop.clerk)["bestCities"]
    assert sum(row["customers"] for row in mine) == len(buyers & MINE)
    assert shop.ask(query, shop.packer)["bestCities"] == []


def test_rules_hold_for_tables_and_the_asker_is_a_parameter(shop: Any) -> None:
    query = "{ mineAndAll { all mine moment } }"
    (row,) = shop.ask(query)["mineAndAll"]
    assert row["all"] == len(CUSTOMERS)
    assert row["mine"] == sum(customer["owner_id"] == 1 for customer in CUSTOMERS)
    assert row["moment"].endswith("Z")
    (row,) = shop.ask(query, shop.clerk)["mineAndAll"]
    assert (row["all"], row["mine"]) == (len(MINE), len(MINE))


def test_a_report_needs_its_permission(shop: Any) -> None:
    error = shop.error("{ ordersByState { orders } }", shop.nobody)
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["path"] == ["ordersByState"]
