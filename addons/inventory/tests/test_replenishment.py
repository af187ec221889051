"""Stores order from headquarters: reviewed, sent, received, disputed, resolved and closed."""

from decimal import Decimal

import pytest
from chain import Chain, furnish


@pytest.fixture
def chain(live_world):
    chain = furnish(live_world("inventory"))
    chain.count("Tea", "HQ", 100)
    chain.count("Cups", "HQ", 50)
    yield chain
    assert chain.ask("stockDifferences { product }", "admin") == {"stockDifferences": []}


def test_I17_headquarters_decide_line_by_line_and_the_store_sees_why(chain: Chain) -> None:
    order = chain.step("submit", chain.order(Tea=10, Cups=5), "store")
    line = chain.line(order, "Tea")["id"]
    bare = chain.refused("decideLine", "hq", line=line, approved="6")
    assert bare["code"] == "decision_without_reason"

    chain.done("decideLine", "hq", line=line, approved="6", reason="Others want some too")
    chain.step("endorse", order, "hq")

    seen = chain.seen(order["id"], "store")
    assert (seen["state"], seen["inPart"]) == ("HEADQUARTERS_APPROVED", True)
    tea = chain.line(order, "Tea")
    assert (tea["approved"], tea["decision"]) == (6, "Others want some too")
    assert chain.line(order, "Cups")["approved"] == 5
    fixed = chain.refused(
        *("updateReplenishmentOrder", "store"),
        id=order["id"],
        version=seen["version"],
        patch={"note": "More!"},
    )
    assert fixed["code"] == "supplies_elsewhere"


def test_I17_nobody_reviews_what_they_ordered(chain: Chain) -> None:
    chain.people["both"] = chain.served.person("inventory.headquarters", "dougong.administrator")
    order = chain.step("submit", chain.order("both", Tea=1), "both")

    seen = {"id": order["id"], "version": order["version"]}
    errors = chain.do("endorseReplenishmentOrder", "both", **seen)["userErrors"]
    assert {one["code"] for one in errors} == {"same_person"}


def test_I17_what_is_turned_down_says_why(chain: Chain) -> None:
    order = chain.step("submit", chain.order(Tea=10), "store")

    chain.step("turnDown", order, "hq", reason="Out of season")

    seen = chain.seen(order["id"], "store")
    assert (seen["state"], seen["reason"]) == ("HEADQUARTERS_REJECTED", "Out of season")


def limited(chain: Chain, amount: str) -> None:
    account = chain.ids["account SHOP"]
    chain.done(
        *("updateStoreAccount", "finance"),
        id=account,
        version=1,
        patch={"creditLimit": {"amount": amount, "currency": "USD"}},
    )


def test_I18_a_store_over_its_balance_is_refused_with_what_is_short(chain: Chain) -> None:
    limited(chain, "150")
    chain.funded(chain.order(Tea=10))
    order = chain.step("submit", chain.order(Cups=8), "store")
    chain.step("endorse", order, "hq")

    error = chain.not_done("fund", order, "finance")

    assert error["code"] == "store_credit_exceeded"
    assert error["params"]["short"] == "30.0000 USD"
    chain.make(
        *("StorePayment", "finance"),
        account=chain.ids["account SHOP"],
        amount={"amount": "30", "currency": "USD"},
        paidOn="2026-01-05",
    )
    assert chain.step("fund", order, "finance")["state"] == "FINANCE_APPROVED"
    (row,) = chain.ask("storeBalances { warehouse ordered paid left }", "finance")["storeBalances"]
    assert {key: Decimal(row[key]) for key in ("ordered", "paid", "left")} == {
        "ordered": 180,
        "paid": 30,
        "left": 0,
    }


def test_I18_what_is_withheld_says_why(chain: Chain) -> None:
    order = chain.step("submit", chain.order(Tea=10), "store")
    chain.step("endorse", order, "hq")

    order = chain.step("withhold", order, "finance", reason="30 USD are missing")

    assert (order["state"], order["reason"]) == ("FINANCE_REJECTED", "30 USD are missing")


def test_I19_what_is_there_is_sent_and_the_rest_follows(chain: Chain) -> None:
    order = chain.sent(chain.order(Tea=120, Cups=5))

    tea = chain.line(order, "Tea")
    assert (tea["shipped"], tea["toShip"]) == (100, 20)
    sent, rest = order["shipments"]["nodes"]
    assert sent == {"carrier": "Van", "tracking": "V-1"}
    assert rest == {"carrier": None, "tracking": None}
    assert chain.not_done("sendOut", order, "sender")["code"] == "nothing_to_send"

    chain.count("Tea", "HQ", 30)
    chain.step("sendOut", order, "sender")
    assert (chain.line(order, "Tea")["shipped"], chain.on_hand("Tea", "HQ")) == (120, 10)


def test_I19_what_is_approved_is_kept_for_the_store(chain: Chain) -> None:
    chain.step("prepare", chain.funded(chain.order(Tea=80)), "sender")
    other = chain.step("prepare", chain.funded(chain.order(Tea=40)), "sender")

    chain.step("sendOut", other, "sender")

    assert chain.line(other, "Tea")["shipped"] == 20


def test_I19_what_is_withdrawn_is_free_again(chain: Chain) -> None:
    order = chain.step("prepare", chain.funded(chain.order(Tea=80)), "sender")

    chain.step("withdraw", order, "hq", reason="The store closes")

    reserved = "stockQuantities(where: {reserved: {gt: 0}}) { totalCount }"
    assert chain.ask(reserved, "admin")["stockQuantities"]["totalCount"] == 0


def test_I19_the_rest_can_be_dropped(chain: Chain) -> None:
    order = chain.sent(chain.order(Tea=120))
    chain.step("takeIn", order, "store", restIsWell=True)
    assert chain.not_done("confirmReceipt", order, "store")["code"] == "still_to_send"

    chain.done("dropRest", "hq", order=order["id"], reason="Discontinued")

    assert chain.step("confirmReceipt", order, "store")["state"] == "CONFIRMED"
    assert Decimal(chain.seen(order["id"])["total"]) == 1000


def test_I20_goods_in_transit_are_seen_from_both_sides_and_counted_once(chain: Chain) -> None:
    order = chain.sent(chain.order(Tea=10))

    asked = "suppliesInTransit { number warehouse product inTransit }"
    row = {
        "number": order["number"],
        "warehouse": "SHOP",
        "product": "Tea",
        "inTransit": "10.0000",
    }
    assert chain.ask(asked, "store") == chain.ask(asked, "hq") == {"suppliesInTransit": [row]}
    assert chain.ask(asked, "other") == {"suppliesInTransit": []}
    places = [chain.on_hand("Tea", code) for code in ("HQ", "HQ-TRANSIT", "SHOP")]
    assert places == [90, 10, 0]


def test_I21_what_is_short_becomes_a_discrepancy_and_stays_in_transit(chain: Chain) -> None:
    order = chain.sent(chain.order(Tea=10, Cups=5))
    seen = {"id": order["id"], "version": order["version"]}
    unseen = chain.do("takeInReplenishmentOrder", "store", **seen)["userErrors"]
    assert [one["code"] for one in unseen] == ["not_looked_at"] * 2
    chain.done("noteArrival", "store", line=chain.line(order, "Tea")["id"], well="8")

    chain.step("takeIn", order, "store", restIsWell=True)

    tea = chain.line(order, "Tea")
    assert (tea["accepted"], tea["disputed"], tea["inTransit"]) == (8, 2, 2)
    assert chain.on_hand("Tea", "SHOP") == 8
    assert chain.on_hand("Tea", "HQ-TRANSIT") == 2
    (found,) = chain.seen(order["id"])["discrepancies"]["nodes"]
    assert (found["kind"], Decimal(found["quantity"]), found["state"]) == ("SHORT", 2, "OPEN")


def test_I21_more_than_was_sent_does_not_arrive(chain: Chain) -> None:
    order = chain.sent(chain.order(Tea=10))
    line = chain.line(order, "Tea")["id"]

    assert chain.refused("noteArrival", "store", line=line, well="9", damaged="2")["code"] == (
        "more_than_sent"
    )
    assert chain.refused("noteArrival", "store", line=line, well="-1")["code"] == "below_zero"


def test_I21_nobody_receives_what_they_sent(chain: Chain) -> None:
    chain.people["both"] = chain.served.person("dougong.administrator")
    order = chain.step("prepare", chain.funded(chain.order(Tea=1)), "both")
    order = chain.step("sendOut", order, "both")

    assert chain.not_done("takeIn", order, "both", restIsWell=True)["code"] == "same_person"


def test_I22_an_order_closes_only_when_every_line_is_resolved(chain: Chain) -> None:
    order = chain.sent(chain.order(Tea=10))
    chain.done("noteArrival", "store", line=chain.line(order, "Tea")["id"], well="8")
    chain.step("takeIn", order, "store")
    chain.step("confirmReceipt", order, "store")
    assert chain.not_done("close", order, "hq")["code"] == "not_explained"

    (found,) = chain.seen(order["id"])["discrepancies"]["nodes"]
    chain.resolve(found, "CARRIER_CLAIM")
    order = chain.step("close", order, "hq")

    seen = chain.seen(order["id"], "hq")
    assert (seen["state"], Decimal(seen["total"])) == ("CLOSED", 80)
    assert seen["confirmedBy"]["name"] == chain.people["store"].principal.label
    assert seen["confirmedAt"] is not None
    assert chain.on_hand("Tea", "HQ-TRANSIT") == 0


@pytest.mark.parametrize(
    ("resolution", "places", "total"),
    [
        ("SENDER_LOSS", {"HQ": 90, "SHOP": 7, "SCRAP": 1, "ADJUSTMENT": -98}, 70),
        ("RECEIVER_LOSS", {"HQ": 90, "SHOP": 7, "SCRAP": 1, "ADJUSTMENT": -98}, 100),
        ("RESEND", {"HQ": 92, "SHOP": 7, "SCRAP": 1, "ADJUSTMENT": -100}, 100),
    ],
)
def test_I22_each_resolution_says_where_the_units_are_and_who_pays(
    chain: Chain, resolution: str, places: dict[str, int], total: int
) -> None:
    order = chain.sent(chain.order(Tea=10))
    line = chain.line(order, "Tea")["id"]
    chain.done("noteArrival", "store", line=line, well="7", damaged="1")
    chain.step("takeIn", order, "store")

    for found in chain.seen(order["id"])["discrepancies"]["nodes"]:
        chain.resolve(found, resolution)

    assert {code: chain.on_hand("Tea", code) for code in places} == places
    assert chain.on_hand("Tea", "HQ-TRANSIT") == 0
    assert Decimal(chain.seen(order["id"])["total"]) == total
    assert chain.line(order, "Tea")["toShip"] == (3 if resolution == "RESEND" else 0)


def test_T10_every_unit_of_a_replenishment_is_explained(chain: Chain) -> None:
    """Partly approved, short, damaged, wrong, sent again: in the end nothing is in transit."""
    order = chain.step("submit", chain.order(Tea=40, Cups=60), "store")
    chain.done(
        "decideLine", "hq", line=chain.line(order, "Tea")["id"], approved="30", reason="Scarce"
    )
    chain.step("endorse", order, "hq")
    chain.step("fund", order, "finance")
    chain.step("prepare", order, "sender")
    order = chain.step("sendOut", order, "sender")
    assert chain.line(order, "Cups")["toShip"] == 10

    tea, cups = (chain.line(order, name)["id"] for name in ("Tea", "Cups"))
    chain.done("noteArrival", "store", line=tea, well="25", damaged="3")
    chain.done("noteArrival", "store", line=cups, well="49", wrong="1")
    chain.step("takeIn", order, "store")
    chain.count("Cups", "HQ", 20)
    said = {"SHORT": "RESEND", "DAMAGED": "CARRIER_CLAIM", "WRONG": "RESEND"}
    for found in chain.seen(order["id"])["discrepancies"]["nodes"]:
        chain.resolve(found, said[found["kind"]])

    chain.step("sendOut", order, "sender")
    assert chain.line(order, "Tea")["arriving"] == 2
    assert chain.line(order, "Cups")["arriving"] == 11
    chain.step("takeIn", order, "store", restIsWell=True)
    chain.step("confirmReceipt", order, "store")
    order = chain.step("close", order, "hq")

    assert [chain.on_hand(name, "HQ-TRANSIT") for name in ("Tea", "Cups")] == [0, 0]
    assert [chain.on_hand(name, "SHOP") for name in ("Tea", "Cups")] == [27, 60]
    assert chain.on_hand("Tea", "SCRAP") == 3
    for name in ("Tea", "Cups"):
        line = chain.line(order, name)
        assert line["shipped"] == line["accepted"] + line["settled"]
        assert line["approved"] == line["accepted"] + line["relieved"] + line["dropped"]
    ours, theirs = (chain.seen(order["id"], who) for who in ("hq", "store"))
    assert ours == theirs
    assert ours["state"] == "CLOSED"


def test_a_store_sees_its_own_orders_and_of_headquarters_a_flag_only(chain: Chain) -> None:
    order = chain.step("submit", chain.order(Tea=10_000), "store")

    assert chain.seen(order["id"], "other") is None
    line = chain.seen(order["id"], "store")["lines"]["nodes"][0]
    assert line["atSource"] is True
    asked = (
        "stockQuantities { totalCount } locations { nodes { code } } warehouses { nodes { code } }"
    )
    assert chain.ask(asked, "store") == {
        "stockQuantities": {"totalCount": 0},
        "locations": {"nodes": [{"code": "SHOP"}]},
        "warehouses": {"nodes": [{"code": "SHOP"}]},
    }


def test_a_store_orders_for_itself_alone(chain: Chain) -> None:
    said = {"warehouse": chain.ids["SHOP"], "lines": []}
    error = chain.refused("createReplenishmentOrder", "other", input=said)
    assert error["code"] == "not_found"


def test_what_is_kept_for_a_store_moves_by_its_order_alone(chain: Chain) -> None:
    order = chain.step("prepare", chain.funded(chain.order(Tea=10)), "sender")
    found = chain.ask("transfers { nodes { id version reference } }", "admin")
    (transfer,) = found["transfers"]["nodes"]
    assert transfer["reference"] == order["number"]

    seen = {"id": transfer["id"], "version": transfer["version"]}
    error = chain.refused("callOffTransfer", "admin", reason="Not ours", **seen)

    assert error["code"] == "moved_by_its_order"


def test_I20_a_supplier_that_lets_goods_go_in_one_step_sends_to_stores_all_the_same(
    chain: Chain,
) -> None:
    chain.count("Tea", "HQ", 30)
    house = chain.ask(f'warehouse(id: "{chain.ids["HQ"]}") {{ version }}', "admin")["warehouse"]
    chain.done(
        "updateWarehouse",
        "admin",
        id=chain.ids["HQ"],
        version=house["version"],
        patch={"oneStepTransfers": True},
    )
    order = chain.sent(chain.order(Tea=10))
    assert (chain.on_hand("Tea", "HQ"), chain.on_hand("Tea", "HQ-TRANSIT")) == (20, 10)

    chain.step("takeIn", order, "store", restIsWell=True)

    assert (chain.on_hand("Tea", "HQ-TRANSIT"), chain.on_hand("Tea", "SHOP")) == (0, 10)


def test_I20_what_is_picked_for_a_store_is_not_shipped_past_its_order(chain: Chain) -> None:
    chain.count("Tea", "HQ", 30)
    house = chain.ask(f'warehouse(id: "{chain.ids["HQ"]}") {{ version }}', "admin")["warehouse"]
    chain.done(
        "updateWarehouse",
        "admin",
        id=chain.ids["HQ"],
        version=house["version"],
        patch={"oneStepTransfers": True},
    )
    chain.step("prepare", chain.funded(chain.order(Tea=10)), "sender")
    (transfer,) = chain.ask("transfers { nodes { id version } }", "admin")["transfers"]["nodes"]
    for step in ("pickTransfer", "packTransfer"):
        transfer = chain.done(step, "admin", "transfer { id version }", **transfer)["transfer"]

    assert chain.refused("shipTransfer", "admin", **transfer)["code"] == "moved_by_its_order"
