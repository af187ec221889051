"""The how-to about counting stock: its documents do what it says, one after the other."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/how-to/counting-stock.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"\W", text.split(" ", 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
}
STEP = """mutation Step($id: ID!, $version: Int!) {
  %s(id: $id, version: $version) { record: %s { id version state } userErrors { code message } } }"""


@pytest.fixture
def served(live_world):
    return live_world("inventory")


class Floor:
    """People of a warehouse who send the page's documents."""

    def __init__(self, served):
        self.served = served
        roles = ("counter", "keeper", "supervisor", "auditor", "finance")
        self.people = {role: served.person(f"inventory.{role}") for role in roles}
        self.boss = served.person("dougong.administrator")

    def read(self, name, who, **variables):
        return self.served.ask(DOCUMENTS[name], self.people[who], **variables)

    def do(self, name, who, **variables):
        """The record that a mutation answers with, without refusals."""
        return self._record(self.read(name, who, **variables))

    def step(self, name, who, record):
        entity = "stockCount" if name.endswith("StockCount") else "traceSession"
        entity = "stockPeriod" if name.endswith("StockPeriod") else entity
        return self._record(
            self.served.ask(STEP % (name, entity), self.people[who], **seen(record))
        )

    def _record(self, data):
        (answer,) = data.values()
        assert answer.pop("userErrors") == []
        (record,) = answer.values()
        return record

    def made(self, document, **variables):
        return self._record(self.served.ask(document, self.boss, **variables))


def seen(record):
    return {"id": record["id"], "version": record["version"]}


@pytest.fixture
def floor(served):
    return Floor(served)


@pytest.fixture
def goods(floor):
    """A hundred of the tea on a shelf."""
    floor.made(
        'mutation { createWarehouse(input: {name: "Main", code: "MAIN"}) '
        "{ warehouse { id } userErrors { code } } }"
    )
    tea = floor.made(
        'mutation { createProduct(input: {name: "Tea", standardCost: "2", price: '
        '{amount: "18", currency: "EUR"}}) { product { id } userErrors { code } } }'
    )["id"]
    found = floor.served.ask("{ locations { nodes { id code } } }", floor.boss)
    places = {one["code"]: one["id"] for one in found["locations"]["nodes"]}
    book = """mutation Book($tea: ID!, $shelf: ID!) {
      bookCount(product: $tea, location: $shelf, counted: "100") {
        stockMove { id accountingDate } userErrors { code } } }"""
    today = floor.made(book, tea=tea, shelf=places["MAIN"])["accountingDate"]
    return {"tea": tea, "shelf": places["MAIN"], "out": places["CUSTOMER"], "today": today}


SELL = """mutation Sell($tea: ID!, $shelf: ID!, $out: ID!) {
  createStockMove(input: {product: $tea, quantity: "2", source: $shelf, destination: $out}) {
    stockMove { id version } userErrors { code } } }"""


def test_a_count_is_planned_counted_traced_and_booked_as_the_page_says(floor, goods):
    tea, shelf, today = goods["tea"], goods["shelf"], goods["today"]
    move = floor.made(SELL, tea=tea, shelf=shelf, out=goods["out"])
    complete = STEP.replace("record: %s { id version state }", "stockMove { id }")
    floor.made(complete % "completeStockMove", **seen(move))
    count = floor.do("Plan", "keeper", shelf=shelf)
    count = floor.do("Begin", "counter", **seen(count))
    (line,) = count["lines"]["nodes"]
    assert (line["booked"], line["counted"]) == (None, None)
    floor.do("Enter", "counter", count=count["id"], tea=tea)
    count = floor.do("Finish", "counter", id=count["id"], version=count["version"] + 1)
    assert difference_of(floor, count)["difference"] == "-1.0000"

    count = floor.step("traceStockCount", "keeper", count)
    days = {"since": today, "until": today}
    session = floor.do("Trace", "auditor", shelf=shelf, count=count["id"], **days)
    session = floor.do("Verify", "auditor", **seen(session))
    vouchers = session["vouchers"]["nodes"]
    extra = [one["id"] for one in vouchers if one["suspected"] == "EXTRA"]
    right = [one["id"] for one in vouchers if one["suspected"] is None]
    session = floor.do("Tick", "auditor", session=session["id"], vouchers=right)
    assert floor.do("Report", "auditor", session=session["id"], voucher=extra[0])["kind"] == "EXTRA"
    match = floor.read("Daily", "auditor", shelf=shelf, on=today)["dailyMatch"]
    assert [one["finding"] for one in match] == ["EXTRA"]
    for step, who in (("propose", "auditor"), ("uphold", "supervisor"), ("correct", "auditor")):
        session = floor.step(f"{step}TraceSession", who, session)
    floor.step("sealTraceSession", "auditor", session)

    count = floor.do("Recompare", "keeper", **seen(count))
    one = difference_of(floor, count)
    assert (one["book"], one["traced"], one["difference"]) == ("98.0000", "100.0000", "-3.0000")
    floor.do("Explain", "keeper", difference=one["id"])
    count = floor.do("Present", "keeper", **seen(count))
    count = floor.step("allowStockCount", "supervisor", count)
    count = floor.do("Settle", "finance", **seen(count))
    assert floor.step("concludeStockCount", "finance", count)["state"] == "CLOSED"
    journal = floor.read("Journal", "auditor", tea=tea, shelf=shelf, **days)["stockJournal"]
    assert (journal["opening"], journal["closing"]) == ("0", "97.0000")


def difference_of(floor, count):
    found = floor.read("Differences", "keeper", id=count["id"])
    (one,) = found["stockCount"]["differences"]["nodes"]
    return one


def test_policies_and_periods_are_made_as_the_page_says(floor, goods):
    made = floor.do("Policy", "keeper", shelf=goods["shelf"], on=goods["today"])
    assert made["nextOn"] == goods["today"]

    period = floor.do("Period", "finance", on="2026-01-31")
    period = floor.step("stopStockPeriod", "finance", period)
    assert floor.step("shutStockPeriod", "finance", period)["state"] == "CLOSED"
