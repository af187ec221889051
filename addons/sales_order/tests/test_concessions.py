"""Who lets off more than they may asks first: the nearest who may, and again after every change."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from dougong import Refused
from dougong.testing.worlds import LiveWorld
from dougong_product import DiscountPolicy, ProductCategory
from dougong_sales_order import (
    Concession,
    ConcessionState,
    SalesOrderLine,
    confirm,
    deny,
    grant,
    reject,
    submit,
)

SINCE = date(2020, 1, 1)


@pytest.fixture
def policy(shop):
    def allow(most: str, order: str | None = None, **whose: Any) -> DiscountPolicy:
        limits = {"line_max": Decimal(most), "order_max": Decimal(order or most)}
        return shop.world.ctx().create(DiscountPolicy(since=SINCE, **limits, **whose))

    return allow


@pytest.fixture
def bands(policy):
    """A seller may let off ten per cent, a manager twenty."""
    policy("0.1", role="sales_order.seller")
    policy("0.2", role="sales_order.manager")


def submitted(shop, off, **said):
    order = shop.order(shop.line(shop.tea, "10", discount=Decimal(off)), **said)
    submit(order, shop.by_seller())
    shop.world.session.expire_all()
    return order


def asked(shop):
    return shop.by_manager().find(Concession)


def finish(shop, order):
    """What follows the concession."""
    return confirm(shop.reviewed(order), shop.by_seller())


def test_where_there_is_no_policy_nobody_is_asked(shop):
    order = submitted(shop, "0.9")

    assert (order.concession, asked(shop)) == (None, [])


def test_within_ones_own_limit_nobody_is_asked(shop, bands):
    order = submitted(shop, "0.1")

    assert (order.concession, asked(shop)) == (None, [])
    finish(shop, order)


def test_above_it_the_lowest_band_that_is_enough_is_asked_once(shop, bands, policy):
    policy("0.5", role="sales_order.shipper")
    order = submitted(shop, "0.15")

    (one,) = asked(shop)
    assert (one.role, one.state, one.line_off) == (
        "sales_order.manager", ConcessionState.ASKED, Decimal("0.15"),
    )  # fmt: skip
    with pytest.raises(Refused, match="concession_missing"):
        confirm(shop.reviewed(order), shop.by_seller())
    grant(one, shop.by_manager())
    confirm(order, shop.by_seller())


def test_what_nobody_may_let_off_is_refused_with_figures(shop, bands):
    order = shop.order(shop.line(shop.tea, "10", discount=Decimal("0.25")))

    with pytest.raises(Refused, match="beyond_every_band") as refused:
        submit(order, shop.by_seller())

    assert refused.value.params == {"line": Decimal("25.00"), "order": Decimal("25.00")}


def test_a_price_below_the_list_and_a_discount_on_the_order_count_too(shop, bands):
    under = shop.order(shop.line(shop.tea, "1", unit_price=Decimal("15.30")))
    whole = shop.order(shop.line(shop.tea, "1"), discount=Decimal("2.70"))

    submit(under, shop.by_seller())
    submit(whole, shop.by_seller())

    assert [(one.line_off, one.order_off) for one in asked(shop)] == [
        (Decimal("0.15"), Decimal("0.15")),
        (Decimal(0), Decimal("0.15")),
    ]


def test_what_is_said_of_a_person_or_a_shelf_comes_first(shop, bands, policy):
    ctx = shop.world.ctx()
    policy("0.5", "0.5", user=shop.by_seller().me)
    assert submitted(shop, "0.3").concession is None

    shelf = ctx.create(ProductCategory(code="T", name="Tea"))
    shop.tea.category = ctx.create(ProductCategory(code="G", name="Green", parent=shelf))
    policy("0", category=shelf, role="sales_order.seller")

    with pytest.raises(Refused, match="beyond_every_band"):
        submitted(shop, "0.3")


def test_another_discount_has_to_be_asked_for_anew(shop, bands):
    order = submitted(shop, "0.15")
    (first,) = asked(shop)
    grant(first, shop.by_manager())
    reject(order, shop.by_manager(), reason="Not yet")

    submit(order, shop.by_seller())
    assert (order.concession, len(asked(shop))) == (ConcessionState.GRANTED, 1)
    reject(order, shop.by_manager(), reason="Still not")
    SalesOrderLine.update(order.lines[0], shop.by_seller(), discount=Decimal("0.16"))
    submit(order, shop.by_seller())

    assert [one.state for one in asked(shop)] == [ConcessionState.WITHDRAWN, ConcessionState.ASKED]
    assert order.concession is ConcessionState.ASKED


def test_what_was_denied_is_not_confirmed(shop, bands):
    order = submitted(shop, "0.15")
    (one,) = asked(shop)

    deny(one, shop.by_manager(), reason="Too much")

    assert (order.concession, one.reason) == (ConcessionState.DENIED, "Too much")
    with pytest.raises(Refused, match="concession_missing"):
        confirm(shop.reviewed(order), shop.by_seller())


def test_nobody_grants_their_own(shop, bands, policy):
    policy("0.3", role="sales_order.shipper")
    order = shop.order(shop.line(shop.tea, "1", discount=Decimal("0.25")))
    shop.world.person("sales_order.shipper")
    submit(order, shop.by_manager())
    (one,) = asked(shop)

    with pytest.raises(Refused, match="somebody_else_is_asked"):
        grant(one, shop.by_manager())


class Office:
    """A company with units and a discount policy, over HTTP."""

    def __init__(self, live: LiveWorld) -> None:
        self.live, self.boss = live, live.person("dougong.administrator")
        self.tea = self.make("Product", name="Tea", price={"amount": "10", "currency": "EUR"})
        self.buyer = self.make("Party", kind="COMPANY", name="A", street="S 1", city="C")
        for role, most in (("seller", "0.1"), ("manager", "0.2")):
            limits = {"lineMax": most, "orderMax": most, "since": "2020-01-01"}
            self.make("DiscountPolicy", role=f"sales_order.{role}", **limits)

    def make(self, entity: str, **given: Any) -> str:
        name = entity[0].lower() + entity[1:]
        document = f"""mutation ($i: {entity}Create!) {{ create{entity}(input: $i) {{
            made: {name} {{ id }} userErrors {{ code path }} }} }}"""
        done = self.live.ask(document, self.boss, i=given)[f"create{entity}"]
        assert done["userErrors"] == []
        return str(done["made"]["id"])

    def draft(self, who: Any, off: str) -> str:
        document = """mutation ($i: SalesOrderCreate!) { createSalesOrder(input: $i) {
            salesOrder { id } userErrors { code } } }"""
        lines = [{"product": self.tea, "quantity": "10", "discount": off}]
        done = self.live.ask(
            document, who, i={"customer": self.buyer, "paymentMethod": "CARD", "lines": lines}
        )
        return str(done["createSalesOrder"]["salesOrder"]["id"])

    def step(self, name: str, record: str, who: Any, more: str = "") -> list[str]:
        """The codes of what is refused."""
        entity = record.split(":", maxsplit=1)[0]
        found = self.live.ask(
            f"query ($id: ID!) {{ node(id: $id) {{ ... on {entity} {{ version }} }} }}",
            self.boss,
            id=record,
        )
        document = f"""mutation ($id: ID!, $v: Int!) {{ {name}{entity}(id: $id, version: $v{more}) {{
            userErrors {{ code }} }} }}"""
        done = self.live.ask(document, who, id=record, v=found["node"]["version"])
        return [one["code"] for one in done[f"{name}{entity}"]["userErrors"]]

    def review(self, order: str) -> None:
        """Both reviews, by two people."""
        verifier, approver = (self.live.person("sales_order.manager") for _ in range(2))
        assert self.step("verify", order, verifier, ', evidence: "They rang back"') == []
        assert self.step("approve", order, approver) == []

    def switch_off(self, step: str) -> None:
        """Have a step done by nobody from now on: who decides is the band alone."""
        document = """mutation ($step: String!) { changeStep(
            step: $step, switchedOff: true, reason: "Bands decide") { userErrors { code } } }"""
        admin = self.live.person("dougong.administrator")
        assert self.live.ask(document, admin, step=step)["changeStep"]["userErrors"] == []

    def concessions(self, who: Any) -> list[Any]:
        document = "{ concessions { nodes { id state role user { id } } } }"
        return list(self.live.ask(document, who)["concessions"]["nodes"])


@pytest.fixture
def office(live_world) -> Office:
    return Office(live_world("sales_order"))


def test_S27_five_per_cent_is_confirmed_at_once_and_fifteen_needs_one_approver(office):
    live = office.live
    seller, manager = live.person("sales_order.seller"), live.person("sales_order.manager")
    for review in ("verify", "approve"):
        office.switch_off(f"sales_order.{review}")
    five, fifteen = office.draft(seller, "0.05"), office.draft(seller, "0.15")
    for order in (five, fifteen):
        assert office.step("submit", order, seller) == []

    assert office.step("confirm", five, seller) == []
    assert office.step("confirm", fifteen, seller) == ["concession_missing"]
    (one,) = office.concessions(seller)
    assert (one["state"], one["role"]) == ("ASKED", "sales_order.manager")
    assert office.step("grant", one["id"], manager) == []
    assert office.step("confirm", fifteen, seller) == []
    assert office.concessions(live.person("sales_order.seller")) == []


def test_S27_the_nearest_manager_is_asked_and_no_other(office):
    live = office.live
    seller = live.person("sales_order.seller")
    near, far = live.person("sales_order.manager"), live.person("sales_order.manager")
    company = office.make("Unit", code="C", name="C", kind="COMPANY")
    team = office.make("Unit", code="T", name="T", parent=company)
    people = {seller: team, near: team, far: company}
    for person, unit in people.items():
        office.make("Membership", user=f"User:{person.principal.user_id}", unit=unit)
    order = office.draft(seller, "0.15")
    assert office.step("submit", order, seller) == []

    (one,) = office.concessions(far)

    assert one["user"] == {"id": f"User:{near.principal.user_id}"}
    assert office.step("grant", one["id"], far) == ["somebody_else_is_asked"]
    assert office.step("grant", one["id"], near) == []


def test_S12_an_edited_discount_has_to_be_allowed_anew(office):
    live = office.live
    seller, manager = live.person("sales_order.seller"), live.person("sales_order.manager")
    order = office.draft(seller, "0.15")
    assert office.step("submit", order, seller) == []
    (first,) = office.concessions(manager)
    assert office.step("grant", first["id"], manager) == []
    assert office.step("reject", order, manager, ', reason: "Sixteen"') == []
    found = live.ask("{ salesOrderLines { nodes { id version } } }", seller)
    (line,) = found["salesOrderLines"]["nodes"]
    document = """mutation ($id: ID!, $version: Int!) { updateSalesOrderLine(
        id: $id, version: $version, patch: {discount: "0.16"}) { userErrors { code } } }"""
    assert live.ask(document, seller, **line)["updateSalesOrderLine"]["userErrors"] == []

    assert office.step("submit", order, seller) == []

    assert [one["state"] for one in office.concessions(manager)] == ["WITHDRAWN", "ASKED"]
    office.review(order)
    assert office.step("confirm", order, seller) == ["concession_missing"]
