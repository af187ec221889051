"""What stock is worth, as a client of the API sees it: receipts with costs, returns, and who may look."""

from typing import Any

import pytest

from dougong.testing.worlds import LiveWorld, Person


class Books:
    """A warehouse whose keeper and whose accountant use the API."""

    def __init__(self, live: LiveWorld) -> None:
        self.live = live
        self.keeper = live.person("inventory.keeper", "inventory.adjuster", "sales_order.shipper")
        self.accountant = live.person("inventory.keeper", "inventory.adjuster", "inventory.finance")
        editor = live.person("product.editor")
        price = 'price: {amount: "18.00", currency: "USD"}'
        made = self.done(
            f'createProduct(input: {{name: "Tea", {price}}}) {{ product {{ id }}', editor
        )
        self.tea = made["product"]["id"]
        self.done(
            'createWarehouse(input: {name: "Main", code: "MAIN"}) { warehouse { id }', self.keeper
        )
        quarantine = '{name: "To look at", code: "LOOK", kind: QUARANTINE}'
        self.done(f"createLocation(input: {quarantine}) {{ location {{ id }}", self.keeper)
        places = live.ask("{ locations { nodes { id code } } }", self.keeper)["locations"]["nodes"]
        self.places = {one["code"]: one["id"] for one in places}

    def done(self, mutation: str, who: Person, **variables: Any) -> Any:
        """What a mutation answers that nobody refuses."""
        answer = self.live.ask(f"mutation {{ {mutation} userErrors {{ code message }} }} }}", who)
        (payload,) = answer.values()
        assert payload["userErrors"] == []
        return payload

    def transfer(self, kind: str, source: str, to: str, line: str, who: Person) -> Any:
        said = f'kind: {kind}, source: "{self.places[source]}", destination: "{self.places[to]}"'
        line = f'{{product: "{self.tea}", {line}}}'
        made = self.done(
            f"createTransfer(input: {{{said}, lines: [{line}]}}) "
            "{ transfer { id version lines { nodes { id } } }",
            who,
        )
        return made["transfer"]

    def step(self, name: str, transfer: Any, who: Person, said: str = "") -> None:
        given = f'id: "{transfer["id"]}", version: {transfer["version"]}{said}'
        done = self.done(f"{name}Transfer({given}) {{ transfer {{ version }}", who)
        transfer["version"] = done["transfer"]["version"]

    def receive(self, kind: str, source: str, line: str, who: Person, to: str = "MAIN") -> None:
        transfer = self.transfer(kind, source, to, line, who)
        for step in ("expect", "arrive", "inspect", "putAway"):
            self.step(step, transfer, who)

    def value(self, who: Person) -> Any:
        asked = f'{{ product(id: "{self.tea}") {{ valuations {{ nodes {{ quantity amount lastCost }} }} }} }}'
        (found,) = self.live.ask(asked, who)["product"]["valuations"]["nodes"]
        return tuple(found.values())


@pytest.fixture
def books(live_world: Any) -> Books:
    return Books(live_world("inventory"))


def test_a_receipt_says_what_its_goods_cost_and_what_comes_back_costs_the_same(books):
    books.receive("RECEIPT", "SUPPLIER", 'quantity: "8", unitCost: "10"', books.accountant)
    sold = books.transfer("DELIVERY", "MAIN", "CUSTOMER", 'quantity: "4"', books.keeper)
    for step in ("request", "pick", "pack", "ship"):
        books.step(step, sold, books.keeper)
    books.receive("RECEIPT", "SUPPLIER", 'quantity: "4", unitCost: "16"', books.accountant)
    assert books.value(books.accountant) == ("8.0000", "104.0000", "16.000000")

    came_from = sold["lines"]["nodes"][0]["id"]
    line = f'quantity: "1", returns: "{came_from}"'
    books.receive("RETURN_IN", "CUSTOMER", line, books.keeper, to="LOOK")

    assert books.value(books.accountant) == ("9.0000", "114.0000", "10.000000")
    report = "{ stockValue { product quantity value currency } }"
    assert books.live.ask(report, books.accountant)["stockValue"] == [
        {"product": "Tea", "quantity": "9.0000", "value": "114.0000", "currency": "USD"}
    ]


def test_who_may_not_see_costs_neither_reads_nor_says_them(books):
    books.receive("RECEIPT", "SUPPLIER", 'quantity: "8", unitCost: "10"', books.accountant)

    assert books.value(books.keeper) == ("8.0000", None, None)
    moves = books.live.ask("{ stockMoves { nodes { unitCost line { unitCost } } } }", books.keeper)
    assert moves["stockMoves"]["nodes"] == [{"unitCost": None, "line": {"unitCost": None}}]
    refused = books.live.errors("{ stockValue { value } }", books.keeper)
    assert [one["extensions"]["code"] for one in refused] == ["FORBIDDEN"]
    line = f'{{product: "{books.tea}", quantity: "1", unitCost: "1"}}'
    ends = f'source: "{books.places["SUPPLIER"]}", destination: "{books.places["MAIN"]}"'
    said = books.live.ask(
        f"mutation {{ createTransfer(input: {{kind: RECEIPT, {ends}, lines: [{line}]}}) "
        "{ userErrors { code } } }",
        books.keeper,
    )
    assert [one["code"] for one in said["createTransfer"]["userErrors"]] == ["guarded_field"]


def test_what_follows_later_costs_what_was_agreed(books):
    books.receive("RECEIPT", "SUPPLIER", 'quantity: "100", unitCost: "2"', books.accountant)
    line = 'quantity: "10", unitCost: "10"'
    half = books.transfer("RECEIPT", "SUPPLIER", "MAIN", line, books.accountant)
    books.step("expect", half, books.keeper)
    books.step("arrive", half, books.keeper)
    books.done(
        f'updateTransferLine(id: "{half["lines"]["nodes"][0]["id"]}", version: 1, '
        'patch: {accepted: "6"}) { transferLine { id }',
        books.keeper,
    )
    half["version"] += 1
    books.step("inspect", half, books.keeper)
    books.step("putAway", half, books.keeper, ", backorder: true")
    asked = "{ transfers(where: {state: {eq: EXPECTED}}) { nodes { id version } } }"
    (rest,) = books.live.ask(asked, books.keeper)["transfers"]["nodes"]

    for step in ("arrive", "inspect", "putAway"):
        books.step(step, rest, books.keeper)

    assert books.value(books.accountant)[:2] == ("110.0000", "300.0000")


@pytest.mark.parametrize(
    ("quantity", "lines", "of", "code"),
    [
        ("5", 1, "SOLD", "returns_more"),
        ("2", 3, "SOLD", "returns_more"),
        ("1", 1, "BOUGHT", "returns_another_way"),
    ],
)
def test_no_more_comes_back_than_went_that_way(books, quantity, lines, of, code):
    bought = books.transfer("RECEIPT", "SUPPLIER", "MAIN", 'quantity: "8"', books.keeper)
    for step in ("expect", "arrive", "inspect", "putAway"):
        books.step(step, bought, books.keeper)
    sold = books.transfer("DELIVERY", "MAIN", "CUSTOMER", 'quantity: "4"', books.keeper)
    for step in ("request", "pick", "pack", "ship"):
        books.step(step, sold, books.keeper)
    went = {"SOLD": sold, "BOUGHT": bought}[of]["lines"]["nodes"][0]["id"]
    ends = f'source: "{books.places["CUSTOMER"]}", destination: "{books.places["LOOK"]}"'
    line = f'{{product: "{books.tea}", quantity: "{quantity}", returns: "{went}"}}'

    said = books.live.ask(
        f"mutation {{ createTransfer(input: {{kind: RETURN_IN, {ends}, lines: [{line * lines}]}}) "
        "{ userErrors { code } } }",
        books.keeper,
    )

    assert [one["code"] for one in said["createTransfer"]["userErrors"]] == [code]


def test_what_is_valued_in_one_currency_is_not_priced_in_another(books):
    books.receive("RECEIPT", "SUPPLIER", 'quantity: "8", unitCost: "10"', books.accountant)
    version = books.live.ask(f'{{ product(id: "{books.tea}") {{ version }} }}', books.keeper)
    editor = books.live.person("product.editor")
    said = books.live.ask(
        f'mutation {{ updateProduct(id: "{books.tea}", version: {version["product"]["version"]}, '
        'patch: {price: {amount: "18", currency: "JPY"}}) { userErrors { code } } }',
        editor,
    )
    assert [one["code"] for one in said["updateProduct"]["userErrors"]] == ["immutable_after_use"]
