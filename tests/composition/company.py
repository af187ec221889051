"""A small company for tests: a warehouse, a product with 100 on hand, and its people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from dougong.testing import LiveWorld
from dougong.testing.worlds import Person

STEP = """mutation ($id: ID!, $version: Int!) {
  %s(id: $id, version: $version, %s) {
    salesOrder { id version state lines { nodes { reserved } } }
    userErrors { path code message params }
  }
}"""


class Company:
    """A company with a warehouse, a product with 100 on hand, and its people."""

    def __init__(self, world: LiveWorld) -> None:
        self.world = world
        self.seller = world.person("crm.seller", "sales_order.seller", name="Sam")
        self.other = world.person("crm.seller", "sales_order.seller", name="Olga")
        self.manager = world.person("crm.manager", "sales_order.manager", name="Mia")
        self.finance = world.person("sales_order.finance", name="Fay")
        self.keeper = world.person(
            *("inventory.keeper", "inventory.adjuster", "sales_order.shipper", "product.editor"),
            name="Kit",
        )
        self.product = self.make("Product", self.keeper, name="Tea", price=euros("4.50"))
        self.make("Warehouse", self.keeper, name="Main", code="MAIN")
        self.count("100")

    def make(self, entity: str, who: Person, **given: Any) -> str:
        field = entity[0].lower() + entity[1:]
        done = self.world.ask(
            f"""mutation ($input: {entity}Create!) {{ create{entity}(input: $input) {{
                {field} {{ id }} userErrors {{ path code message }} }} }}""",
            who,
            input=given,
        )[f"create{entity}"]
        assert done["userErrors"] == []
        return str(done[field]["id"])

    def count(self, counted: str, product: str | None = None) -> None:
        location = self.world.ask(
            '{ locations(where: {code: {eq: "MAIN"}}) { nodes { id } } }', self.keeper
        )["locations"]["nodes"][0]["id"]
        done = self.world.ask(
            """mutation ($product: ID!, $location: ID!, $counted: Decimal!) {
              bookCount(product: $product, location: $location, counted: $counted) {
                stockMove { state } userErrors { message } } }""",
            self.keeper,
            product=product or self.product,
            location=location,
            counted=counted,
        )["bookCount"]
        assert done == {"stockMove": {"state": "DONE"}, "userErrors": []}

    def customer(self) -> str:
        """A company that can be delivered to."""
        editor = self.world.person("party.editor")
        return self.make("Party", editor, name="ACME", street="Main St. 1", city="Ulm")

    def step(self, name: str, who: Person, order: dict[str, Any]) -> Any:
        said = 'evidence: "They rang back"' if name == "verifySalesOrder" else ""
        document = STEP % (name, said)
        return self.world.ask(document, who, id=order["id"], version=order["version"])[name]

    def reviewed(self, order: dict[str, Any]) -> dict[str, Any]:
        """A submitted order that both reviews have passed."""
        verified = self.step("verifySalesOrder", self.manager, order)["salesOrder"]
        approved: dict[str, Any] = self.step("approveSalesOrder", self.finance, verified)[
            "salesOrder"
        ]
        return approved

    def stock(self) -> tuple[Decimal, Decimal]:
        """On hand and reserved in the warehouse."""
        found = self.world.ask(
            """{ stockQuantities(where: {location: {is: {code: {eq: "MAIN"}}}}) {
                 nodes { onHand reserved } } }""",
            self.keeper,
        )["stockQuantities"]["nodes"][0]
        return Decimal(found["onHand"]), Decimal(found["reserved"])

    def approved_order(
        self, customer: str, quantity: str, seller: Person | None = None
    ) -> dict[str, Any]:
        """An order that the seller has submitted and that both reviews have passed."""
        order = self.world.ask(
            """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
                 salesOrder { id version state total lines { nodes { id } } }
                 userErrors { path message } } }""",
            seller or self.seller,
            input={
                "customer": customer,
                "currency": "EUR",
                "paymentMethod": "CARD",
                "lines": [{"product": self.product, "quantity": quantity}],
            },
        )["createSalesOrder"]["salesOrder"]
        return self.reviewed(
            self.step("submitSalesOrder", seller or self.seller, order)["salesOrder"]
        )


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}
