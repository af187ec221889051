"""Alerts about levels: one for each rule and fault, and what is ordered because of them."""

from decimal import Decimal
from typing import Any

import pytest
from chain import Chain, Name, furnish

from dougong import Money
from dougong_inventory import Warehouse
from dougong_inventory.entities.alerts import ReplenishmentRule, Rounding
from dougong_inventory.levels import refill
from dougong_product import Product

OPEN = "stockAlerts(where: {closedAt: {isNull: true}}) { nodes { id kind quantity } }"


@pytest.fixture
def chain(live_world):
    return furnish(live_world("inventory"))


def rule(chain: Chain, product: str = "Tea", code: str = "SHOP", **said: Any) -> str:
    said = {"minimum": "10", "target": "30", **said}
    whose = {"product": chain.ids[product], "warehouse": chain.ids[code]}
    return chain.make("ReplenishmentRule", "hq", **whose, **said)


def open_alerts(chain: Chain, who: str = "store") -> list[tuple[str, Decimal]]:
    chain.work()
    found = chain.ask(OPEN, who)["stockAlerts"]["nodes"]
    return [(one["kind"], Decimal(one["quantity"])) for one in found]


def test_I15_stock_below_the_minimum_gives_one_alert_that_closes_when_it_is_refilled(
    chain: Chain,
) -> None:
    rule(chain)
    assert open_alerts(chain) == [("OUT", 0)]
    chain.count("Tea", "SHOP", 9)
    assert open_alerts(chain) == [("LOW", 9)]
    chain.count("Tea", "SHOP", 8)
    assert open_alerts(chain) == [("LOW", 9)]

    chain.count("Tea", "SHOP", 10)

    assert open_alerts(chain) == []
    closed = chain.ask("stockAlerts { totalCount }", "store")
    assert closed["stockAlerts"]["totalCount"] == 2
    assert open_alerts(chain, "other") == []


def test_I15_too_much_and_negative_stock_are_told(chain: Chain) -> None:
    rule(chain, maximum="40")
    rule(chain, "Cups", minimum="0", target="0")
    shelf = chain.ids["shelf SHOP"]
    chain.done("updateLocation", "admin", id=shelf, version=1, patch={"negativeAllowed": True})
    chain.count("Tea", "SHOP", 41)
    (customer,) = chain.ask("locations(where: {kind: {eq: CUSTOMER}}) { nodes { id } }", "admin")[
        "locations"
    ]["nodes"]
    move = chain.make(
        "StockMove",
        product=chain.ids["Cups"],
        quantity="2",
        source=shelf,
        destination=customer["id"],
    )
    chain.done("completeStockMove", "admin", id=move, version=1)

    assert sorted(open_alerts(chain)) == [("LOW", -2), ("NEGATIVE", -2), ("OVER", 41)]


@pytest.mark.parametrize(
    ("expiring", "ageing", "told"),
    [
        (3650, 30, [("AGEING", 5), ("EXPIRING", 5)]),
        (2**31 - 1, 30, [("AGEING", 5), ("EXPIRING", 5)]),
        (3650, 2**31 - 1, [("EXPIRING", 5)]),
    ],
)
def test_I15_lots_that_expire_and_goods_that_grow_old_are_told_by_the_hourly_scan(
    chain: Chain, expiring: int, ageing: int, told: list[Any]
) -> None:
    chain.done("setStockPolicy", "admin", product=chain.ids["Tea"], tracking=Name("LOT"))
    rule(chain, minimum="0", target="0", expiringDays=expiring, ageingDays=ageing)
    lot = chain.make("Lot", product=chain.ids["Tea"], number="L1", expiresOn="2029-01-31")
    (supplier,) = chain.ask("locations(where: {kind: {eq: SUPPLIER}}) { nodes { id } }", "admin")[
        "locations"
    ]["nodes"]
    move = chain.make(
        "StockMove",
        product=chain.ids["Tea"],
        lot=lot,
        quantity="5",
        source=supplier["id"],
        destination=chain.ids["shelf SHOP"],
        effectiveAt="2026-01-02T00:00:00Z",
    )
    chain.done("completeStockMove", "admin", id=move, version=1)

    assert sorted(open_alerts(chain)) == told


def test_I16_the_order_from_alerts_is_rounded_to_the_multiple(chain: Chain) -> None:
    rule(chain, multiple="6")
    chain.count("Tea", "SHOP", 7)
    chain.work()
    (alert,) = chain.ask(OPEN, "store")["stockAlerts"]["nodes"]

    made = chain.done(
        *("orderFromAlerts", "store", "replenishmentOrder { id state }"), alerts=[alert["id"]]
    )["replenishmentOrder"]

    assert made["state"] == "DRAFT"
    assert chain.line(made, "Tea")["requested"] == 24
    again = chain.refused("orderFromAlerts", "store", alerts=[alert["id"]])
    assert again["code"] == "nothing_to_order"


def test_I16_alerts_of_two_stores_are_not_ordered_together(chain: Chain) -> None:
    rule(chain)
    rule(chain, code="KIOSK")
    chain.work()
    found = [one["id"] for one in chain.ask(OPEN, "hq")["stockAlerts"]["nodes"]]

    assert chain.refused("orderFromAlerts", "hq", alerts=found)["code"] == "alerts_apart"
    unseen = chain.refused("orderFromAlerts", "store", alerts=found)
    assert unseen["code"] == "not_found"


@pytest.mark.parametrize(
    ("forecast", "rounding", "ordered"),
    [
        (7, Rounding.UP, 24),
        (7, Rounding.DOWN, 18),
        (6, Rounding.UP, 24),
        (30, Rounding.UP, 0),
        (31, Rounding.UP, 0),
        (29, Rounding.DOWN, 0),
        (-5, Rounding.UP, 36),
    ],
)
def test_what_is_ordered_fills_up_to_the_target(
    forecast: int, rounding: Rounding, ordered: int
) -> None:
    rule = ReplenishmentRule(
        product=Product(name="Tea", price=Money(Decimal(1), "USD")),
        warehouse=Warehouse(name="Shop", code="SHOP"),
        minimum=Decimal(10),
        target=Decimal(30),
        multiple=Decimal(6),
        rounding=rounding,
    )

    assert refill(rule, Decimal(forecast)) == ordered


def test_a_rule_makes_sense(chain: Chain) -> None:
    whose = {"product": chain.ids["Tea"], "warehouse": chain.ids["SHOP"]}
    said = {**whose, "minimum": "10", "target": "9"}
    error = chain.refused("createReplenishmentRule", "hq", input=said)
    assert error["path"] == ["input", "target"]


def test_what_is_ordered_elsewhere_counts_as_coming(chain: Chain) -> None:
    rule(chain)
    chain.count("Tea", "SHOP", 7)
    chain.order(Tea=20)
    chain.work()
    (alert,) = chain.ask(OPEN, "store")["stockAlerts"]["nodes"]

    made = chain.done(
        *("orderFromAlerts", "store", "replenishmentOrder { id }"), alerts=[alert["id"]]
    )["replenishmentOrder"]

    assert chain.line(made, "Tea")["requested"] == 3


FORECASTS = (
    """supplyForecasts(warehouse: $w, after: $a) { rule { id } free forecast below toOrder }"""
)


def test_I16_who_buys_is_told_what_will_be_there_and_what_to_order(chain: Chain) -> None:
    tea, cups = rule(chain), rule(chain, "Cups", minimum="5", target="12", multiple="6")
    rule(chain, code="HQ")
    chain.count("Tea", "SHOP", 12)

    def told(who: str, **asked: Any) -> list[dict[str, Any]]:
        document = f"query ($w: ID, $a: ID) {{ {FORECASTS} }}"
        found: list[dict[str, Any]] = chain.served.ask(document, chain.people[who], **asked)[
            "supplyForecasts"
        ]
        return found

    assert told("store", w=chain.ids["SHOP"]) == [
        {"rule": {"id": tea}, "free": "12.0000", "forecast": "12.0000", "below": False}
        | {"toOrder": "18.0000"},
        {"rule": {"id": cups}, "free": "0", "forecast": "0", "below": True}
        | {"toOrder": "12.0000"},
    ]
    assert [one["rule"]["id"] for one in told("store", a=tea)] == [cups]
    assert len(told("hq")) == 3
    assert told("other") == []
