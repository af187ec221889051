"""What costs more than it is good for: too much, too old, moved for nothing, waiting."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from chain import Chain, Name, furnish

from dougong.testing.worlds import utc_now


@pytest.fixture
def chain(live_world):
    return furnish(live_world("inventory"))


def place(chain: Chain, code: str) -> str:
    if f"shelf {code}" in chain.ids:
        return chain.ids[f"shelf {code}"]
    found = chain.ask(f'locations(where: {{code: {{eq: "{code}"}}}}) {{ nodes {{ id }} }}', "admin")
    result: str = found["locations"]["nodes"][0]["id"]
    return result


def move(
    chain: Chain, many: int, source: str, to: str, days_ago: int, product: str = "Tea"
) -> None:
    made = chain.make(
        "StockMove",
        product=chain.ids[product],
        quantity=str(many),
        source=place(chain, source),
        destination=place(chain, to),
        effectiveAt=(utc_now() - timedelta(days_ago)).isoformat(),
    )
    chain.done("completeStockMove", "admin", id=made, version=1)


def rows(chain: Chain, asked: str, who: str = "hq") -> list[dict[str, Any]]:
    (found,) = chain.ask(asked, who).values()
    return [
        {key: float(value) if key not in WORDS and value else value for key, value in one.items()}
        for one in found
    ]


WORDS = ("product", "warehouse", "other", "number", "reference")


def test_I27_ageing_adds_up_to_what_is_on_hand(chain: Chain) -> None:
    for many, days in ((5, 400), (7, 120), (11, 75), (13, 45), (17, 3)):
        move(chain, many, "SUPPLIER", "HQ", days)
    move(chain, 9, "HQ", "CUSTOMER", 1)

    ages = "to30 to60 to90 to180 older onHand"
    (row,) = rows(chain, f"stockAgeing {{ product warehouse {ages} }}")

    assert row == {
        "product": "Tea",
        "warehouse": "HQ",
        "onHand": 44.0,
        "to30": 17.0,
        "to60": 13.0,
        "to90": 11.0,
        "to180": 3.0,
        "older": 0.0,
    }
    assert chain.on_hand("Tea", "HQ") == 44


def test_I27_overstock_says_for_how_many_days_it_lasts(chain: Chain) -> None:
    move(chain, 100, "SUPPLIER", "HQ", 80)
    move(chain, 10, "HQ", "CUSTOMER", 40)
    move(chain, 4, "SUPPLIER", "HQ", 10, "Cups")

    found = rows(chain, "overstock { product warehouse onHand used daysOfCover }")

    assert found == [
        {"product": "Cups", "warehouse": "HQ", "onHand": 4, "used": 0, "daysOfCover": None},
        {"product": "Tea", "warehouse": "HQ", "onHand": 90, "used": 10, "daysOfCover": 810},
    ]


def test_I28_turnover_and_days_of_inventory_by_quantity(chain: Chain) -> None:
    move(chain, 50, "SUPPLIER", "HQ", 400)
    move(chain, 100, "SUPPLIER", "HQ", 200)
    move(chain, 120, "HQ", "CUSTOMER", 100)

    (row,) = rows(chain, "stockTurnover { product used average turnover daysOfInventory }")

    assert row == {
        "product": "Tea",
        "used": 120,
        "average": 40,
        "turnover": 3,
        "daysOfInventory": pytest.approx(365 / 3, abs=0.01),
    }


def test_I27_what_goes_there_and_back_is_told(chain: Chain) -> None:
    chain.count("Tea", "HQ", 10)
    for source, to in (("HQ", "SHOP"), ("SHOP", "HQ")):
        lines = [{"product": chain.ids["Tea"], "quantity": "4"}]
        said = {"source": place(chain, source), "destination": place(chain, to)}
        chain.done(
            *("updateWarehouse", "admin"),
            id=chain.ids[source],
            version=1,
            patch={"oneStepTransfers": True},
        )
        made = chain.done(
            *("createTransfer", "admin", "transfer { id version }"),
            input={**said, "kind": Name("INTERNAL"), "lines": lines},
        )["transfer"]
        chain.done("carryOutTransfer", "admin", **made)

    found = rows(chain, "movedBack { product warehouse other times quantity }")

    assert found == [
        {"product": "Tea", "warehouse": "HQ", "other": "SHOP", "times": 1, "quantity": 4}
    ]


def test_I27_what_waits_to_be_picked_is_told(chain: Chain) -> None:
    chain.count("Tea", "HQ", 10)
    lines = [{"product": chain.ids["Tea"], "quantity": "4"}]
    said = {"source": place(chain, "HQ"), "destination": place(chain, "CUSTOMER")}
    made = chain.done(
        *("createTransfer", "admin", "transfer { id version number }"),
        input={**said, "kind": Name("DELIVERY"), "reference": "SO-1", "lines": lines},
    )["transfer"]
    seen = {key: made[key] for key in ("id", "version")}
    assert rows(chain, "waitingForPicking { number }") == []

    chain.done("requestTransfer", "admin", **seen)

    (row,) = rows(chain, "waitingForPicking { number reference hours }")
    assert row["number"], row["reference"] == (made["number"], "SO-1")
    assert 0 <= float(row["hours"] or 0) < 1


def test_I27_how_long_stores_wait_for_what_they_order(chain: Chain) -> None:
    chain.count("Tea", "HQ", 10)
    order = chain.sent(chain.order(Tea=4))
    chain.step("takeIn", order, "store", restIsWell=True)

    asked = "replenishmentTimes { warehouse orders toShipment toReceipt together }"
    (row,) = chain.ask(asked, "store")["replenishmentTimes"]

    assert (row["warehouse"], row["orders"]) == ("SHOP", 1)
    parts = Decimal(row["toShipment"]) + Decimal(row["toReceipt"])
    assert 0 <= parts - Decimal(row["together"]) + Decimal("0.02") < Decimal("0.05")
    assert chain.ask(asked, "other") == {"replenishmentTimes": []}


def test_figures_of_waste_are_for_headquarters(chain: Chain) -> None:
    error = chain.served.errors("{ overstock { product } }", chain.people["store"])
    assert error[0]["extensions"]["code"] == "FORBIDDEN"
