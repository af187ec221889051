"""Variants of a family, shelves, floors and discount policies, over the API as their users ask."""

from typing import Any

import pytest

from dougong.testing.worlds import LiveWorld, Person

ATTRIBUTE = """mutation ($input: ProductAttributeCreate!) { createProductAttribute(input: $input) {
    productAttribute { values { nodes { id name } } } userErrors { code path } } }"""
FAMILY = """mutation ($input: ProductFamilyCreate!) { createProductFamily(input: $input) {
    productFamily { id } userErrors { code path } } }"""
VARIANT = """mutation ($id: ID!, $values: [ID!]!, $code: String) {
  addVariant(family: $id, values: $values, code: $code,
             price: {amount: "20", currency: "EUR"}) {
    product { id name kind category { name } family { name }
              variantValues { nodes { attribute { name } value { name } } } }
    userErrors { code path } } }"""


class Tailor:
    """A shop with a family of shirts, and who keeps it."""

    def __init__(self, live: LiveWorld, editor: Person) -> None:
        self.live, self.editor = live, editor
        self.shelf = self.create("ProductCategory", code="TOPS", name="Tops")
        given = {"name": "Shirt", "category": self.shelf}
        self.family = live.ask(FAMILY, editor, input=given)["createProductFamily"]["productFamily"][
            "id"
        ]
        self.values = {
            **self.attribute(self.family, "colour", "red", "blue"),
            **self.attribute(self.family, "size", "S", "L"),
        }

    def attribute(self, family: str, name: str, *values: str) -> dict[str, str]:
        """The ids of an attribute's values, by name."""
        given = {"family": family, "name": name, "values": [{"name": one} for one in values]}
        made = self.live.ask(ATTRIBUTE, self.editor, input=given)["createProductAttribute"]
        assert made["userErrors"] == []
        return {one["name"]: one["id"] for one in made["productAttribute"]["values"]["nodes"]}

    def create(self, entity: str, **given: Any) -> str:
        record = self.made(entity, **given)
        assert record["userErrors"] == []
        return str(record["made"]["id"])

    def made(self, entity: str, **given: Any) -> Any:
        name = entity[0].lower() + entity[1:]
        document = f"""mutation ($input: {entity}Create!) {{ create{entity}(input: $input) {{
            made: {name} {{ id }} userErrors {{ code path }} }} }}"""
        return self.live.ask(document, self.editor, input=given)[f"create{entity}"]

    def version(self, record: str) -> int:
        document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {record.split(':', maxsplit=1)[0]} {{ version }} }} }}"
        return int(self.live.ask(document, self.editor, id=record)["node"]["version"])

    def variant(self, *values: str, **given: Any) -> Any:
        asked = {"id": self.family, **given}
        asked["values"] = [self.values.get(one, one) for one in values]
        return self.live.ask(VARIANT, self.editor, **asked)["addVariant"]

    def update(self, entity: str, record: str, **patch: Any) -> Any:
        document = f"""mutation ($id: ID!, $v: Int!, $patch: {entity}Patch!) {{
            update{entity}(id: $id, version: $v, patch: $patch) {{ userErrors {{ code path }} }} }}"""
        asked = {"id": record, "v": self.version(record), "patch": patch}
        return self.live.ask(document, self.editor, **asked)[f"update{entity}"]["userErrors"]


@pytest.fixture
def tailor(live_world) -> Tailor:
    live = live_world("product")
    return Tailor(live, live.person("product.editor"))


def test_a_variant_is_a_product_that_shares_what_its_family_says(tailor):
    made = tailor.variant("L", "red", code="SH-RL")

    assert made["userErrors"] == []
    assert made["product"]["name"] == "Shirt (red, L)"
    assert made["product"]["category"] == {"name": "Tops"}
    assert made["product"]["family"] == {"name": "Shirt"}
    said = [
        (one["attribute"]["name"], one["value"]["name"])
        for one in made["product"]["variantValues"]["nodes"]
    ]
    assert said == [("colour", "red"), ("size", "L")]


def test_a_family_has_each_combination_once(tailor):
    assert tailor.variant("red", "L")["userErrors"] == []
    assert tailor.variant("red", "S")["userErrors"] == []

    (error,) = tailor.variant("L", "red")["userErrors"]

    assert error["code"] == "taken"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("red",), "one_value_each"),
        (("red", "blue", "L"), "one_value_each"),
        ((), "one_value_each"),
    ],
)
def test_a_variant_has_one_value_of_each_attribute(tailor, values, code):
    assert tailor.variant(*values)["userErrors"] == [{"code": code, "path": ["values"]}]


def test_a_variant_has_values_of_its_own_family_only(tailor):
    sock = tailor.create("ProductFamily", name="Sock")
    green = tailor.attribute(sock, "colour", "green")["green"]

    refused = tailor.variant("red", "L", green)["userErrors"]

    assert refused == [{"code": "value_of_another_family", "path": ["values"]}]


def test_what_is_said_of_the_family_holds_for_its_variants(tailor):
    red = tailor.variant("red", "L")["product"]["id"]
    other = tailor.create("ProductCategory", code="NEW", name="New")

    assert tailor.update("ProductFamily", tailor.family, name="Blouse", category=other) == []

    asked = "query ($id: ID!) { product(id: $id) { name category { code } } }"
    found = tailor.live.ask(asked, tailor.editor, id=red)["product"]
    assert found == {"name": "Blouse (red, L)", "category": {"code": "NEW"}}
    refused = tailor.update("Product", red, category=tailor.shelf)
    assert refused == [{"code": "said_of_the_family", "path": ["patch", "category"]}]


def test_a_family_that_is_sold_gets_no_new_attribute_and_stays(tailor):
    tailor.variant("red", "L")

    refused = tailor.made("ProductAttribute", family=tailor.family, name="fabric")

    assert [one["code"] for one in refused["userErrors"]] == ["family_has_variants"]
    document = """mutation ($id: ID!, $v: Int!) {
        deleteProductFamily(id: $id, version: $v) { userErrors { code } } }"""
    asked = {"id": tailor.family, "v": tailor.version(tailor.family)}
    gone = tailor.live.ask(document, tailor.editor, **asked)["deleteProductFamily"]
    assert gone["userErrors"] == [{"code": "family_is_sold"}]


def test_a_shelf_does_not_stand_in_itself(tailor):
    inner = tailor.create("ProductCategory", code="IN", name="Inner", parent=tailor.shelf)

    refused = tailor.update("ProductCategory", tailor.shelf, parent=inner)

    assert refused == [{"code": "shelf_in_itself", "path": ["patch", "parent"]}]


def test_a_product_has_a_floor_of_its_own(tailor):
    price = {"amount": "18", "currency": "USD"}
    tea = tailor.create("Product", name="Tea", price=price, floor="15")
    prices = [{"percentOff": "0.5", "since": "2026-01-01"}]
    given = {"code": "HALF", "name": "Half", "currency": "USD", "prices": prices}
    half = tailor.create("PriceList", **given)
    asked = (
        """query ($p: ID!, $l: ID) { productPrice(product: $p, priceList: $l) { amount floor } }"""
    )

    found = tailor.live.ask(asked, tailor.editor, p=tea, l=half)["productPrice"]

    assert found == {"amount": "15.0000", "floor": "15.0000"}


def policy(tailor: Tailor, **given: Any) -> list[str]:
    said = {"lineMax": "0.1", "orderMax": "0.1", "since": "2026-01-01", **given}
    return [one["code"] for one in tailor.made("DiscountPolicy", **said)["userErrors"]]


def test_policies_for_the_same_people_and_shelf_do_not_overlap(tailor):
    reader = "product.reader"

    assert policy(tailor, role=reader, until="2026-06-30") == []
    assert policy(tailor, role=reader, since="2026-06-30") == ["policies_overlap"]
    assert policy(tailor, role=reader, since="2026-07-01") == []
    assert policy(tailor, role=reader, category=tailor.shelf) == []
    assert policy(tailor, role="product.editor") == []


def test_a_policy_is_for_a_role_that_there_is_or_for_one_person(tailor):
    me = f"User:{tailor.editor.principal.user_id}"

    assert policy(tailor, role="nobody.at_all") == ["no_such_role"]
    assert policy(tailor, role="product.reader", user=me) == ["role_or_user"]
    assert policy(tailor) == ["role_or_user"]
    assert policy(tailor, role="product.reader", until="2025-01-01") == ["policy_ends_too_early"]
