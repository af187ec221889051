"""The documents of the README do what it says, in the order in which it says it."""

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
DOCUMENTS = {
    re.split(r"[ ({]", text.split(None, 1)[1])[0]: text
    for text in re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
}


class Shelf:
    """An editor, and a reader who asks for prices."""

    def __init__(self, world):
        self.world = world
        self.editor, self.reader = world.person("product.editor"), world.person("product.reader")

    def send(self, name, **variables):
        """What was made, by the names in the document; nothing was refused."""
        answer = self.world.ask(DOCUMENTS[name], self.editor, **variables)
        assert [one for payload in answer.values() for one in payload["userErrors"]] == []
        return {
            name: next(one["id"] for key, one in payload.items() if key != "userErrors")
            for name, payload in answer.items()
        }


@pytest.fixture
def shelf(live_world):
    return Shelf(live_world("product"))


@pytest.fixture
def known(shelf):
    known = shelf.send("Basics")
    known["tea"] = shelf.send("Tea", **{name: known[name] for name in ("piece", "box", "vat")})[
        "createProduct"
    ]
    known["friends"] = shelf.send("Friends", tea=known["tea"])["createPriceList"]
    return known


def test_what_is_entered_as_the_page_says_answers_as_it_says(shelf, known):
    names = ("tea", "friends", "box", "piece", "vat")

    told = shelf.world.ask(DOCUMENTS["Ask"], shelf.reader, **{name: known[name] for name in names})

    assert [told[name]["amount"] for name in ("few", "many")] == ["16.2000", "16.0000"]
    assert told["many"]["floor"] == "15.0000"
    assert told["convertedQuantity"] == "36"
    taxed = told["taxedAmount"]
    assert [taxed[name] for name in ("net", "tax", "gross")] == ["88.49", "11.50", "99.99"]
    assert told["exchangedAmount"]["amount"] == "16048"


def test_a_second_price_for_the_same_product_quantity_and_day_is_refused(shelf, known):
    add = "mutation ($i: PriceCreate!) { createPrice(input: $i) { userErrors { code } } }"
    price = {"since": "2021-01-01", "minQuantity": "100", "amount": "17"}
    given = {"priceList": known["friends"], "product": known["tea"], **price}

    (refused,) = shelf.world.ask(add, shelf.editor, i=given)["createPrice"]["userErrors"]

    assert refused["code"] == "prices_overlap"
