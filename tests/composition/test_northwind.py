"""The golden numbers of a real business, through the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dougong.testing import LiveWorld
from dougong.testing.worlds import Person

pytestmark = pytest.mark.xdist_group("northwind")


def test_all_companies_orders_and_lines_are_there(northwind: LiveWorld, manager: Person) -> None:
    counted = northwind.ask(
        """{ parties(where: {kind: {eq: COMPANY}}) { totalCount }
             salesOrders { totalCount } salesOrderLines { totalCount } products { totalCount } }""",
        manager,
    )

    assert {name: found["totalCount"] for name, found in counted.items()} == {
        "parties": 91,
        "salesOrders": 830,
        "salesOrderLines": 2155,
        "products": 77,
    }


def test_sales_by_year_are_exact_to_the_last_decimal(northwind: LiveWorld, manager: Person) -> None:
    years = northwind.ask(
        "{ salesByYear { year orders quantity netUnrounded netRounded } }", manager
    )["salesByYear"]

    assert [tuple(year.values()) for year in years] == [
        (1996, 152, "9581", "208083.97", "208083.99"),
        (1997, 408, "25489", "617085.2035", "617085.35"),
        (1998, 270, "16247", "440623.866", "440623.95"),
    ]


def test_order_totals_are_the_sums_of_their_rounded_lines(
    northwind: LiveWorld, manager: Person
) -> None:
    orders = everything(
        northwind, manager, "salesOrders", "total lines(first: 100) { nodes { net } }"
    )

    assert sum(Decimal(order["total"]) for order in orders) == Decimal("1265793.29")
    for order in orders:
        lines = sum(Decimal(line["net"]) for line in order["lines"]["nodes"])
        assert Decimal(order["total"]) == lines


def test_quantities_freight_and_discounted_lines_are_those_of_the_books(
    northwind: LiveWorld, manager: Person
) -> None:
    found = northwind.ask(
        """{ lines: salesOrderLineStats(measures: [{as: "sum", sum: quantity}]) { values }
             orders: salesOrderStats(measures: [{as: "sum", sum: freight}]) { values }
             discounted: salesOrderLines(where: {discount: {gt: "0"}}) { totalCount } }""",
        manager,
    )

    sums = [Decimal(found[name][0]["values"]["sum"]) for name in ("lines", "orders")]
    assert sums == [51317, Decimal("64942.69")]
    assert found["discounted"]["totalCount"] == 838


def test_S26_late_orders_are_those_shipped_after_their_day_or_not_at_all(
    northwind: LiveWorld, manager: Person
) -> None:
    years = northwind.ask("{ onTimeDelivery { lines late ordersLate } }", manager)["onTimeDelivery"]

    assert sum(one["lines"] for one in years) == 2155
    assert sum(one["ordersLate"] for one in years) == 37 + 21


def test_shipped_orders_are_done_and_the_others_approved(
    northwind: LiveWorld, manager: Person
) -> None:
    states = northwind.ask(
        """{ done: salesOrders(where: {state: {eq: DONE}}) { totalCount }
             approved: salesOrders(where: {state: {eq: APPROVED}}) { totalCount }
             unshipped: salesOrders(where: {shippedOn: {isNull: true}}) { totalCount } }""",
        manager,
    )

    assert [one["totalCount"] for one in states.values()] == [809, 21, 21]


def test_I30_opening_stock_is_what_lay_in_the_warehouse(
    northwind: LiveWorld, manager: Person
) -> None:
    quantities = everything(
        northwind,
        manager,
        "stockQuantities",
        "onHand reserved available product { code }",
        where='{location: {is: {code: {eq: "MAIN"}}}}',
    )

    assert sum(Decimal(one["onHand"]) for one in quantities) == 3119
    assert all(one["onHand"] == one["available"] for one in quantities)


def test_customers_orders_lines_and_products_come_in_one_statement(
    northwind: LiveWorld, manager: Person
) -> None:
    statements: list[str] = []
    reads = northwind.runtime.reads
    original = reads.fetchrow

    async def counting(sql: str, *arguments: Any) -> Any:
        statements.append(sql)
        return await original(sql, *arguments)

    reads.fetchrow = counting  # type: ignore[method-assign]
    try:
        answer = northwind.ask(
            """query ($country: String!) {
              parties(first: 2, where: {country: {eq: $country}}, orderBy: [{name: DESC}]) {
                totalCount
                nodes {
                  name
                  salesOrders(first: 1, where: {total: {gt: "500"}}, orderBy: [{total: DESC}]) {
                    totalCount
                    nodes {
                      number total
                      lines(first: 2, where: {quantity: {gte: "10"}}, orderBy: [{net: DESC}]) {
                        nodes { quantity net product { name } }
                        pageInfo { hasNextPage }
                      }
                    }
                  }
                }
              }
            }""",
            manager,
            country="Germany",
        )
    finally:
        reads.fetchrow = original  # type: ignore[method-assign]

    assert len([sql for sql in statements if "sales_order" in sql]) == 1
    assert answer["parties"]["totalCount"] == 11
    wandering = answer["parties"]["nodes"][0]
    assert wandering["name"] == "Toms Spezialitäten"
    best = wandering["salesOrders"]["nodes"][0]
    assert (best["number"], best["total"]) == ("10249", "1863.40")


def everything(
    world: LiveWorld, who: Person, name: str, selection: str, where: str = "{}"
) -> list[Any]:
    """All records of a list, page by page."""
    found: list[Any] = []
    after = None
    while True:
        page = world.ask(
            f"""query ($after: String) {{ {name}(first: 100, after: $after, where: {where}) {{
                nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}""",
            who,
            after=after,
        )[name]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
