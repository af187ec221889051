"""Price lists, units of measure, taxes and currencies, over the API as their users ask."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dougong.testing.worlds import LiveWorld, Person

PRICE = """query ($p: ID!, $q: Decimal!, $l: ID, $on: Date) {
    productPrice(product: $p, quantity: $q, priceList: $l, on: $on) {
        amount currency listAmount floor fromList } }"""
CONVERTED = """query ($q: Decimal!, $s: ID!, $t: ID!, $p: ID) {
    convertedQuantity(quantity: $q, source: $s, target: $t, product: $p) }"""
TAXED = """query ($t: ID!, $a: Decimal!, $on: Date) {
    taxedAmount(tax: $t, amount: $a, on: $on) { net tax gross rate } }"""
EXCHANGED = """query ($a: Decimal!, $s: String!, $t: String!, $on: Date) {
    exchangedAmount(amount: $a, source: $s, target: $t, on: $on) {
        amount currency since through } }"""


@dataclass
class Shop:
    """A company that sells, served over HTTP, and who keeps its prices."""

    live: LiveWorld
    editor: Person

    def create(self, entity: str, **given: Any) -> str:
        """The id of a new record; fails where it is refused."""
        record = self.made(entity, given)
        assert record["userErrors"] == []
        return str(record["made"]["id"])

    def made(self, entity: str, given: dict[str, Any]) -> Any:
        """What the mutation answers."""
        document = f"""mutation ($input: {entity}Create!) {{ create{entity}(input: $input) {{
            made: {entity[0].lower()}{entity[1:]} {{ id }} userErrors {{ code path message }} }} }}"""
        return self.live.ask(document, self.editor, input=given)[f"create{entity}"]

    def refused(self, entity: str, **given: Any) -> list[tuple[str, list[str]]]:
        """The codes and places of what is refused."""
        return [(one["code"], one["path"]) for one in self.made(entity, given)["userErrors"]]

    def product(self, amount: str = "18.00", **given: Any) -> str:
        """A product's id."""
        price = {"amount": amount, "currency": "USD"}
        return self.create("Product", **{"name": "Tea", "price": price, **given})


@pytest.fixture(scope="module")
def shop(databases) -> Any:
    live = LiveWorld(databases.clone("product"))
    yield Shop(live, live.person("product.editor"))
    live.client.__exit__(None, None, None)
    live.engine.dispose()


def price(shop: Shop, product: str, quantity: str = "1", **more: Any) -> Any:
    asked = {"p": product, "q": quantity, **more}
    return plain(shop.live.ask(PRICE, shop.editor, **asked)["productPrice"])


def plain(said: dict[str, Any]) -> dict[str, Any]:
    """The answer with its numbers as people write them, without zeros at the end."""
    return {
        name: f"{Decimal(value).normalize():f}"
        if isinstance(value, str) and value[0].isdigit() and "-" not in value
        else value
        for name, value in said.items()
    }


def test_a_product_costs_what_it_says_unless_a_list_says_otherwise(shop):
    tea = shop.product()

    assert price(shop, tea) == {
        "amount": "18", "currency": "USD", "listAmount": "18", "floor": None, "fromList": False,
    }  # fmt: skip


def test_the_price_of_the_largest_quantity_that_is_reached_counts(shop):
    tea = shop.product()
    prices = [
        {"product": tea, "minQuantity": least, "amount": amount, "since": "2026-01-01"}
        for least, amount in (("0", "17.5"), ("10", "16"), ("100", "14.25"))
    ]
    list_ = shop.create("PriceList", code="TIERS", name="Tiers", currency="USD", prices=prices)

    found = [price(shop, tea, q, l=list_)["amount"] for q in ("1", "9.9999", "10", "250")]

    assert found == ["17.5", "17.5", "16", "14.25"]


def test_a_product_s_own_price_on_the_list_comes_before_what_is_let_off_everything(shop):
    tea, coffee = shop.product(), shop.product("20.00", name="Coffee")
    list_ = shop.create(
        "PriceList", code="ALL", name="All", currency="USD",
        prices=[
            {"percentOff": "0.1", "since": "2026-01-01"},
            {"product": tea, "amount": "17", "since": "2026-01-01"},
        ],
    )  # fmt: skip

    assert price(shop, tea, l=list_)["amount"] == "17"
    assert price(shop, coffee, l=list_)["amount"] == "18"


def test_nothing_goes_below_the_floor(shop):
    tea = shop.product()
    list_ = shop.create(
        "PriceList", code="FLOOR", name="Floor", currency="USD",
        prices=[{"percentOff": "0.5", "floor": "12.5", "since": "2026-01-01"}],
    )  # fmt: skip

    assert price(shop, tea, l=list_)["amount"] == "12.5"


def test_a_price_holds_from_its_first_day_to_its_last(shop):
    tea = shop.product()
    season = {"product": tea, "amount": "15", "since": "2026-06-01", "until": "2026-08-31"}
    list_ = shop.create("PriceList", code="S", name="S", currency="USD", prices=[season])

    days = ("2026-05-31", "2026-06-01", "2026-08-31", "2026-09-01")

    assert [price(shop, tea, l=list_, on=day)["amount"] for day in days] == ["18", "15", "15", "18"]


def test_two_prices_never_hold_for_the_same_thing_on_the_same_day(shop):
    tea = shop.product()
    list_ = shop.create("PriceList", code="O", name="O", currency="USD")
    first = {"priceList": list_, "product": tea, "amount": "15"}
    shop.create("Price", **first, since="2026-06-01", until="2026-08-31")

    assert shop.refused("Price", **first, since="2026-08-31") == [
        ("prices_overlap", ["input", "since"])
    ]
    assert shop.refused("Price", **first, since="2026-01-01") == [
        ("prices_overlap", ["input", "since"])
    ]
    shop.create("Price", **first, since="2026-09-01")
    shop.create("Price", **first, minQuantity="5", since="2026-06-01")


def test_of_two_who_write_overlapping_prices_at_once_one_is_refused(shop):
    tea = shop.product()
    list_ = shop.create("PriceList", code="RACE", name="Race", currency="USD")
    given = {"priceList": list_, "product": tea, "amount": "15", "since": "2026-06-01"}

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: shop.made("Price", given), range(4)))

    codes = sorted(one["code"] for answer in answers for one in answer["userErrors"])
    assert len(codes) == 3
    assert set(codes) <= {"prices_overlap", "overlaps"}


@pytest.mark.parametrize(
    ("given", "code", "at"),
    [
        ({"amount": "1", "percentOff": "0.1"}, "amount_or_percent", "amount"),
        ({}, "amount_or_percent", "amount"),
        ({"amount": "1"}, "amount_needs_product", "product"),
        ({"percentOff": "1.5"}, "bad_value", "percentOff"),
        ({"percentOff": "0.1", "until": "2025-01-01"}, "ends_too_early", "until"),
        ({"percentOff": "0.1", "floor": "-1"}, "bad_value", "floor"),
    ],
)
def test_a_price_that_means_nothing_is_refused(shop, given, code, at):
    list_ = shop.create("PriceList", code=f"X{code}{at}{given}", name="X", currency="USD")

    refused = shop.refused("Price", priceList=list_, since="2026-01-01", **given)

    assert refused == [(code, ["input", at])]


def test_a_list_in_another_currency_needs_a_price_for_the_product(shop):
    tea = shop.product()
    list_ = shop.create("PriceList", code="EUR", name="Euro", currency="EUR")

    (error,) = shop.live.errors(PRICE, shop.editor, p=tea, q="1", l=list_)

    assert "give it a price on the list" in error["message"]


# Units of measure -----------------------------------------------------------------------------


def unit(shop: Shop, code: str, dimension: str = "MASS", **given: Any) -> str:
    return shop.create("UnitOfMeasure", code=code, name=code, dimension=dimension, **given)


def converted(shop: Shop, quantity: str, source: str, target: str, **more: Any) -> str:
    asked = {"q": quantity, "s": source, "t": target, **more}
    return str(shop.live.ask(CONVERTED, shop.editor, **asked)["convertedQuantity"])


def test_quantities_are_converted_exactly_and_rounded_once(shop):
    gram = unit(shop, "g1")
    pound = unit(shop, "lb1", numerator=45359237, denominator=100000, digits=4)

    assert converted(shop, "1000", gram, pound) == "2.2046"
    assert converted(shop, "1", pound, gram) == "454"


def test_a_product_has_packings_of_its_own(shop):
    piece, box = unit(shop, "pc", "COUNT"), unit(shop, "box", "COUNT", numerator=10)
    tea = shop.product(measuredIn=piece, units=[{"unit": box, "numerator": 12}])

    assert converted(shop, "3", box, piece, p=tea) == "36"
    assert converted(shop, "3", box, piece) == "30"


def test_what_measures_different_things_is_not_converted(shop):
    metre, gram = unit(shop, "m2", "LENGTH"), unit(shop, "g2")

    (error,) = shop.live.errors(CONVERTED, shop.editor, q="1", s=metre, t=gram)

    assert error["extensions"]["code"] == "other_dimension"


def test_what_a_unit_measures_stays_as_it_is(shop):
    gram = unit(shop, "g3")
    document = """mutation ($id: ID!, $patch: UnitOfMeasurePatch!) {
        updateUnitOfMeasure(id: $id, version: 1, patch: $patch) { userErrors { code path } } }"""

    answer = shop.live.ask(document, shop.editor, id=gram, patch={"numerator": 1000})

    assert answer["updateUnitOfMeasure"]["userErrors"] == [
        {"code": "unit_is_fixed", "path": ["patch", "numerator"]}
    ]


# Taxes and currencies -------------------------------------------------------------------------


def test_the_rate_of_the_day_counts(shop):
    rates = [{"since": "2018-05-01", "rate": "0.16"}, {"since": "2019-04-01", "rate": "0.13"}]
    tax = shop.create("Tax", code="VAT", name="VAT", rates=rates)

    def taxed(on: str) -> Any:
        return plain(shop.live.ask(TAXED, shop.editor, t=tax, a="100", on=on)["taxedAmount"])

    assert taxed("2019-03-31") == {"net": "100", "tax": "16", "gross": "116", "rate": "0.16"}
    assert taxed("2019-04-01")["gross"] == "113"
    (error,) = shop.live.errors(TAXED, shop.editor, t=tax, a="100", on="2018-04-30")
    assert error["extensions"]["code"] == "no_tax_rate"


def test_tax_that_prices_contain_is_taken_out_of_them(shop):
    rates = [{"since": "2019-04-01", "rate": "0.13"}]
    tax = shop.create("Tax", code="VATI", name="VAT", included=True, rates=rates)

    found = plain(shop.live.ask(TAXED, shop.editor, t=tax, a="99.99")["taxedAmount"])

    assert (found["net"], found["tax"], found["gross"]) == ("88.49", "11.5", "99.99")


def test_an_amount_is_exchanged_at_the_rate_of_the_day_straight_turned_or_through_a_third(shop):
    shop.create("Currency", code="JPY", name="Yen", digits=0)
    for base, quote, since, rate in (
        ("EUR", "CNY", "2026-01-01", "8"), ("EUR", "CNY", "2026-06-01", "7.5"),
        ("JPY", "EUR", "2026-01-01", "0.00625"),
    ):  # fmt: skip
        shop.create("ExchangeRate", base=base, quote=quote, since=since, rate=rate)

    def exchanged(source: str, target: str, on: str) -> Any:
        asked = {"a": "100", "s": source, "t": target, "on": on}
        found = plain(shop.live.ask(EXCHANGED, shop.editor, **asked)["exchangedAmount"])
        return found["amount"], found["since"], found["through"]

    assert exchanged("EUR", "CNY", "2026-05-31") == ("800", "2026-01-01", None)
    assert exchanged("CNY", "EUR", "2026-06-01") == ("13.33", "2026-06-01", None)
    assert exchanged("CNY", "JPY", "2026-02-01") == ("2000", "2026-01-01", "EUR")
    asked = {"a": "1", "s": "EUR", "t": "GBP", "on": "2026-02-01"}
    (error,) = shop.live.errors(EXCHANGED, shop.editor, **asked)
    assert "There is no exchange rate from EUR to GBP" in error["message"]


def test_a_reader_asks_for_prices_and_changes_none(shop):
    reader = shop.live.person("product.reader")
    tea = shop.product()

    found = shop.live.ask(PRICE, reader, p=tea, q="1")["productPrice"]
    assert Decimal(found["amount"]) == 18
    document = 'mutation { createTax(input: {code: "T", name: "T"}) { userErrors { code } } }'
    assert shop.live.ask(document, reader)["createTax"]["userErrors"] == [{"code": "needs_grant"}]


@given(st.integers(0, 10**8), st.sampled_from([(1, 12), (7, 3), (1000, 1)]))
def test_a_conversion_there_and_back_is_off_by_its_rounding_alone(whole, fraction):
    from dougong_product.entities import Dimension, UnitOfMeasure
    from dougong_product.measuring import converted as convert

    def made(numerator: int, denominator: int) -> UnitOfMeasure:
        return UnitOfMeasure(
            code="u", name="u", dimension=Dimension.COUNT,
            numerator=numerator, denominator=denominator, digits=4,
        )  # fmt: skip

    one, other = made(1, 1), made(*fraction)
    quantity = Decimal(whole).scaleb(-4)
    there = convert(quantity, one, other)
    least = Decimal("0.0001") * max(1, Decimal(fraction[0]) / fraction[1])

    assert abs(convert(there, other, one) - quantity) <= least
    assert abs(convert(quantity, one, other, down=True)) <= abs(there)
