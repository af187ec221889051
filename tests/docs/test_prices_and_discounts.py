"""The how-to about prices and discounts: its documents, in the order of the page, do what it says."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "prices-and-discounts.md"
DOCUMENTS = {
    re.split(r"[ ({]", text.split(None, 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
}


def test_the_documents_about_prices_do_what_the_page_says(live_world):
    live = live_world("sales_order")
    boss, seller = live.person("dougong.administrator"), live.person("sales_order.seller")
    manager = live.person("sales_order.manager")
    finance = live.person("sales_order.finance")

    def make(entity: str, **given: Any) -> Any:
        name = entity[0].lower() + entity[1:]
        document = f"""mutation ($i: {entity}Create!) {{ create{entity}(input: $i) {{
            made: {name} {{ id version }} userErrors {{ code path }} }} }}"""
        return live.ask(document, boss, i=given)[f"create{entity}"]["made"]

    def ask(name: str, who: Any, **variables: Any) -> Any:
        done = live.ask(DOCUMENTS[name], who, **variables)
        assert all(one.get("userErrors", []) == [] for one in done.values()), done
        return next(iter(done.values()))

    def step(name: str, who: Any, order: Any, more: str = "") -> Any:
        document = f"""mutation ($id: ID!, $v: Int!) {{ {name}SalesOrder(id: $id, version: $v{more}) {{
            salesOrder {{ id version }} userErrors {{ code }} }} }}"""
        done = live.ask(document, who, id=order["id"], v=order["version"])
        assert done[f"{name}SalesOrder"]["userErrors"] == []
        return done[f"{name}SalesOrder"]["salesOrder"]

    piece, box = (
        make("UnitOfMeasure", code=c, name=c, dimension="COUNT")["id"] for c in ("pc", "bx")
    )
    tax = make("Tax", code="V", name="V", rates=[{"since": "2020-01-01", "rate": "0.1"}])["id"]
    said = {"measuredIn": piece, "tax": tax, "units": [{"unit": box, "numerator": 12}]}
    tea = make("Product", name="Tea", price={"amount": "5", "currency": "USD"}, **said)["id"]
    prices = [{"product": tea, "amount": "4", "since": "2020-01-01", "minQuantity": "10"}]
    listed = make("PriceList", code="L", name="L", currency="USD", prices=prices)["id"]
    customer = make("Party", kind="COMPANY", name="A", street="S 1", city="C")
    ask("SetPrices", boss, customer=customer["id"], version=customer["version"], list=listed)
    ask("Allow", boss, since="2020-01-01")

    order = ask("Draft", seller, customer=customer["id"], tea=tea, box=box)["salesOrder"]

    assert [one["unitPrice"] for one in order["lines"]["nodes"]] == ["48.0000", "5.0000"]
    assert [one["orderDiscount"] for one in order["lines"]["nodes"]] == ["9.5000", "0.5000"]
    assert (order["untaxed"], order["tax"], order["total"]) == ("91.0000", "9.1000", "100.1000")
    submitted = step("submit", seller, order)
    assert ask("Asked", manager)["nodes"] == []  # 9.90 per cent
    verified = step("verify", manager, submitted, ', evidence: "They rang back"')
    confirmed = step("confirm", seller, step("approve", finance, verified))
    line = order["lines"]["nodes"][1]["id"]
    delivered = ask("Deliver", manager, order=confirmed["id"], line=line)["delivery"]["order"]
    assert delivered["deliveryState"] == "PARTIAL"
    assert [Decimal(one["quantityOpen"]) for one in delivered["lines"]["nodes"]] == [2, 0]

    second = ask("Draft", seller, customer=customer["id"], tea=tea, box=box)["salesOrder"]
    change = """mutation ($id: ID!) { updateSalesOrder(id: $id, version: 1, patch: {discount: "15"}) {
        salesOrder { id version } userErrors { code } } }"""
    changed = live.ask(change, seller, id=second["id"])["updateSalesOrder"]["salesOrder"]
    step("submit", seller, changed)
    (one,) = ask("Asked", manager)["nodes"]
    assert (one["orderOff"], one["actions"]) == ("0.1485", [{"enabled": True}])
    assert ask("Grant", manager, id=one["id"], version=one["version"])["concession"] == {
        "state": "GRANTED"
    }
