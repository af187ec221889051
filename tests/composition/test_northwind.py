"""The golden numbers of a real business, through the API."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from dougong.testing import LiveWorld
from dougong.testing.worlds import Person
from dougong_product import rounded

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
        "{ salesByYear { year orders quantity netUnrounded netRounded netRoundedByOrder } }",
        manager,
    )["salesByYear"]

    assert [tuple(year.values())[:5] for year in years] == [
        (1996, 152, "9581", "208083.97", "208083.9900"),
        (1997, 408, "25489", "617085.2035", "617085.3500"),
        (1998, 270, "16247", "440623.866", "440623.9500"),
    ]
    revenue = [rounded(Decimal(year["netUnrounded"])) for year in years]
    assert revenue == [Decimal("208083.97"), Decimal("617085.20"), Decimal("440623.87")]
    sums = [
        sum(Decimal(year[name]) for year in years)
        for name in ("netUnrounded", "netRounded", "netRoundedByOrder")
    ]
    assert sums == [Decimal("1265793.0395"), Decimal("1265793.29"), Decimal("1265793.22")]


def test_S31_any_other_figure_is_asked_of_the_statistics(
    northwind: LiveWorld, manager: Person
) -> None:
    """The books' employee 4, their lines and states, as `…Stats` groups and sums them."""
    told = northwind.ask(
        """{ all: salesOrderStats(measures: [{as: "total", sum: total}, {as: "freight", sum: freight}]) {
               count values }
             margaret: salesOrderStats(where: {salesperson: {eq: "Margaret Peacock"}},
               measures: [{as: "total", sum: total}]) { count values }
             sellers: salesOrderStats(groupBy: [{key: salesperson}],
               measures: [{as: "total", sum: total}]) { salesperson values }
             years: salesOrderStats(groupBy: [{key: orderedOn, by: YEAR}],
               measures: [{as: "total", sum: total}]) { orderedOn count values }
             states: salesOrderStats(groupBy: [{key: state}]) { state count }
             lines: salesOrderLineStats(measures: [{as: "net", sum: net}, {as: "sold", sum: quantity},
               {as: "largest", max: net}, {as: "average", avg: net}]) { count values }
             discounted: salesOrderLineStats(where: {discount: {gt: "0"}}) { count }
             salesBySalesperson { salesperson net } }""",
        manager,
    )

    assert told["all"] == [
        {"count": 830, "values": {"total": "1265793.2900", "freight": "64942.6900"}}
    ]
    ((lines,), (discounted,)) = told["lines"], told["discounted"]
    assert (lines["count"], Decimal(lines["values"]["sold"])) == (2155, 51317)
    assert lines["values"]["net"] == "1265793.2900"
    assert rounded(Decimal(lines["values"]["average"]) * 2155) == Decimal("1265793.29")
    assert discounted["count"] == 838
    assert {one["state"]: one["count"] for one in told["states"]} == {"DONE": 809, "APPROVED": 21}
    assert [(one["orderedOn"], one["count"], one["values"]["total"]) for one in told["years"]] == [
        ("1996-01-01", 152, "208083.9900"),
        ("1997-01-01", 408, "617085.3500"),
        ("1998-01-01", 270, "440623.9500"),
    ]
    by_name = {one["salesperson"]: one["values"]["total"] for one in told["sellers"]}
    assert len(by_name) == 9
    assert told["margaret"][0]["values"]["total"] == by_name["Margaret Peacock"]
    reported = {one["salesperson"]: one["net"] for one in told["salesBySalesperson"]}
    assert reported == by_name


def test_employee_4_sold_what_the_books_say(northwind: LiveWorld, manager: Person) -> None:
    lines = everything(
        northwind,
        manager,
        "salesOrderLines",
        "quantity unitPrice discount net",
        where='{order: {is: {salesperson: {eq: "Margaret Peacock"}}}}',
    )

    exact = sum(
        Decimal(one["quantity"]) * Decimal(one["unitPrice"]) * (1 - Decimal(one["discount"]))
        for one in lines
    )
    assert rounded(Decimal(exact)) == Decimal("232890.85")


def test_each_line_keeps_the_price_that_it_was_sold_at(
    northwind: LiveWorld, manager: Person
) -> None:
    lines = everything(
        northwind, manager, "salesOrderLines", "unitPrice product { price { amount } }"
    )

    other = [
        one
        for one in lines
        if Decimal(one["unitPrice"]) != Decimal(one["product"]["price"]["amount"])
    ]
    assert (len(lines), len(other)) == (2155, 658)


def test_orders_were_shipped_late_or_not_at_all(northwind: LiveWorld, manager: Person) -> None:
    orders = everything(northwind, manager, "salesOrders", "promisedOn shippedOn")

    assert sum(one["shippedOn"] is None for one in orders) == 21
    assert sum((one["shippedOn"] or "") > one["promisedOn"] for one in orders) == 37


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


def test_I15_products_below_their_reorder_level_are_told(
    northwind: LiveWorld, buyer: Person
) -> None:
    """18 are below it, and those alone; of what is on order 780 pieces are to come."""
    found = northwind.ask(
        """{ stockAlerts(first: 100, where: {closedAt: {isNull: true}}) { nodes { kind
               rule { product { code } minimum } quantity } }
             transferLineStats(where: {transfer: {is: {state: {eq: EXPECTED}}}},
               measures: [{as: "coming", sum: quantity}]) { count values } }""",
        buyer,
    )

    alerts = found["stockAlerts"]["nodes"]
    assert len({one["rule"]["product"]["code"] for one in alerts}) == len(alerts) == 18
    assert {one["kind"] for one in alerts} == {"LOW", "OUT"}
    assert all(Decimal(one["quantity"]) < Decimal(one["rule"]["minimum"]) for one in alerts)
    (coming,) = found["transferLineStats"]
    assert (coming["count"], Decimal(coming["values"]["coming"])) == (17, 780)


def test_I16_of_what_is_low_two_products_stay_low_when_what_is_on_order_has_come(
    northwind: LiveWorld, buyer: Person
) -> None:
    (forecasts,) = northwind.ask(
        """{ supplyForecasts {
             rule { product { code } minimum } free forecast below toOrder } }""",
        buyer,
    ).values()

    low = [one for one in forecasts if Decimal(one["free"]) < Decimal(one["rule"]["minimum"])]
    assert (len(forecasts), len(low)) == (53, 18)
    still = {one["rule"]["product"]["code"]: one["toOrder"] for one in forecasts if one["below"]}
    assert {code: Decimal(many) for code, many in still.items()} == {"30": 5, "70": 5}
    assert all(Decimal(one["toOrder"]) == 0 for one in forecasts if not one["below"])


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
    assert (best["number"], best["total"]) == ("10249", "1863.4000")


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
