"""What somebody may not do by combining roles, stale versions and half-done removals."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from company import Company
from sqlalchemy import text

from dougong.access.principal import Principal
from dougong.addons.state import next_generation
from dougong.db.session import in_transaction
from dougong.testing import LiveWorld

ALL = ("crm", "sales_order", "inventory")
UPDATE = """mutation ($id: ID!, $version: Int!, $patch: SalesOrderPatch!) {
  updateSalesOrder(id: $id, version: $version, patch: $patch) {
    salesOrder { version } userErrors { path code } } }"""


def draft(company: Company) -> dict[str, Any]:
    customer = company.customer()
    order: dict[str, Any] = company.world.ask(
        """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
             salesOrder { id version lines { nodes { id version } } } } }""",
        company.seller,
        input={
            "customer": customer,
            "currency": "EUR",
            "paymentMethod": "CARD",
            "lines": [{"product": company.product, "quantity": "3"}],
        },
    )["createSalesOrder"]["salesOrder"]
    return order


def test_a_permission_reaches_only_the_rows_of_the_role_that_gives_it(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world(*ALL))
    order = draft(company)
    both = company.world.person("sales_order.seller", "sales_order.shipper")

    seen = company.world.ask(
        "query ($id: ID!) { salesOrder(id: $id) { id } }", both, id=order["id"]
    )
    refused = company.step("submitSalesOrder", both, order)

    assert seen["salesOrder"] == {"id": order["id"]}
    assert refused["salesOrder"] is None
    assert [error["code"] for error in refused["userErrors"]] == ["outside_rows"]


def test_a_patch_of_an_extension_alone_is_an_update_like_any_other(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world(*ALL))
    lead = company.make("Lead", company.seller, name="Ada", email="a@b.test")
    order = draft(company)
    admin = company.world.person("dougong.administrator")
    submitted = company.step("submitSalesOrder", company.seller, order)["salesOrder"]
    reviewed = company.reviewed(submitted)
    promised = company.step("confirmSalesOrder", company.seller, reviewed)["salesOrder"]

    refused = company.world.ask(
        UPDATE, admin, id=order["id"], version=promised["version"], patch={"lead": lead}
    )["updateSalesOrder"]

    assert refused["salesOrder"] is None
    assert [error["code"] for error in refused["userErrors"]] == ["not_open"]


def test_whoever_saw_other_lines_cannot_submit_the_order(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world(*ALL))
    seen = draft(company)
    line = seen["lines"]["nodes"][0]

    changed = company.world.ask(
        """mutation ($id: ID!, $version: Int!) {
             updateSalesOrderLine(id: $id, version: $version, patch: {quantity: "900"}) {
               salesOrderLine { order { version } } userErrors { message } } }""",
        company.seller,
        **line,
    )["updateSalesOrderLine"]
    refused = company.step("submitSalesOrder", company.seller, seen)

    assert changed["salesOrderLine"]["order"]["version"] == seen["version"] + 1
    assert [error["code"] for error in refused["userErrors"]] == ["stale_version"]


def test_while_an_add_on_is_being_removed_its_rows_still_hold_what_they_refer_to(
    live_world: Callable[..., LiveWorld],
) -> None:
    company = Company(live_world(*ALL))
    world = company.world
    with world.engine.begin() as connection:
        connection.execute(
            text("update dougong.addon set state = 'REMOVING' where name like 'inventory%'")
        )
        number = next_generation(connection)
    while world.runtime.generation.number != number:
        time.sleep(0.02)

    refused = world.ask(
        """mutation ($id: ID!) { deleteProduct(id: $id, version: 1) {
             deletedId userErrors { path code params } } }""",
        company.keeper,
        id=company.product,
    )["deleteProduct"]

    assert refused["deletedId"] is None
    assert refused["userErrors"] == [{"path": [], "code": "still_used", "params": {}}]


def test_a_mutation_waits_for_nobody_for_ever(live_world: Callable[..., LiveWorld]) -> None:
    world = live_world("party")
    nobody = Principal(None, "nobody", frozenset())

    def limits(ctx: Any) -> list[str]:
        names = ("lock_timeout", "statement_timeout")
        return [str(ctx.session.scalar(text(f"show {name}"))) for name in names]

    assert in_transaction(world.engine, world.runtime.generation, nobody, limits) == ["10s", "30s"]
