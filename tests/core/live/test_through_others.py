"""Records that come into sight, or leave it, because another record changed."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import LiteralString

import psycopg
import pytest
from watched import Watched, event

from dougong.graphql.plan import dependence
from dougong.live import subscription
from dougong.testing.databases import Databases

LINES = """subscription ($where: SalesOrderLineWhere, $shown: [ID!], $since: String) {
    salesOrderLineChanged(where: $where, shown: $shown, since: $since) {
        what id position salesOrderLine { note } } }"""
LEADS = "subscription ($where: LeadWhere) { leadChanged(where: $where) { what id position } }"


class Orders(Watched):
    """Orders that are written by hand."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.sql = psycopg.connect(url, autocommit=True)
        self.sql.execute("insert into party.party (name, kind) values ('Ann', 'PERSON')")
        self.sql.execute(
            "insert into product.product (name, kind, price_amount, price_currency)"
            " values ('Tea', 'GOODS', 1, 'EUR')"
        )

    def new(self, sql: LiteralString, *given: object) -> int:
        """The number of what a statement puts into a table."""
        row = self.sql.execute(f"insert into {sql} returning id", given).fetchone()
        assert row is not None
        return int(row[0])

    def order(self, owner: int | None, lines: int = 1) -> tuple[int, list[str]]:
        """A new order's number, and the ids of its lines."""
        order = self.new(
            "sales_order.sales_order (customer_id, owner_id, ordered_on, currency, state)"
            " values (1, %s, now(), 'EUR', 'DRAFT')",
            owner,
        )
        line = (
            "sales_order.sales_order_line (order_id, product_id, quantity, unit_price, note)"
            " values (%s, 1, 1, 1, 'x')"
        )
        return order, [f"SalesOrderLine:{self.new(line, order)}" for _ in range(lines)]

    def give(self, order: int, owner: int | None) -> None:
        """An order goes to another owner."""
        self.sql.execute(
            "update sales_order.sales_order set owner_id = %s, version = version + 1 where id = %s",
            [owner, order],
        )
        self.runtime.changes.wake()


@pytest.fixture
def orders(databases: Databases) -> Iterator[Orders]:
    watched = Orders(databases.clone("crm", "sales_order"))
    with watched.sql:
        yield watched


async def told(events: AsyncGenerator[bytes, None], count: int) -> list[tuple[str, str | None]]:
    some = [await event(events) for _ in range(count)]
    return [(one["what"], one["id"]) for one in some]


def test_lines_go_and_come_with_their_order(orders: Orders) -> None:
    mine, token = orders.person("sales_order.seller")
    theirs, other = orders.person("sales_order.seller")
    order, lines = orders.order(mine, 2)

    async def story() -> None:
        here = orders.subscribe(token, LINES, shown=lines)
        there = orders.subscribe(other, LINES)
        assert await told(here, 1) == await told(there, 1) == [("READY", None)]

        orders.give(order, theirs)

        assert await told(here, 2) == [("GONE", line) for line in lines]
        assert await told(there, 2) == [("UPDATED", line) for line in lines]
        orders.give(order, mine)
        assert await told(there, 2) == [("GONE", line) for line in lines]
        assert await told(here, 2) == [("UPDATED", line) for line in lines]
        await here.aclose()
        await there.aclose()

    orders.run(story())


def test_lines_that_were_never_shown_do_not_go_and_those_that_are_shown_are_not_told_again(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "IDLE_SECONDS", 1.0)
    mine, token = orders.person("sales_order.seller")
    order, _ = orders.order(mine)
    kept, lines = orders.order(mine)

    async def story() -> None:
        events = orders.subscribe(token, LINES, shown=lines)
        await event(events)
        orders.give(order, None)
        orders.give(kept, mine)
        orders.give(orders.order(None)[0], None)
        assert await told(events, 1) == [("IDLE", None)]
        await events.aclose()

    orders.run(story())


def test_who_comes_back_is_told_which_lines_came_and_went_with_their_orders(orders: Orders) -> None:
    mine, token = orders.person("sales_order.seller")
    left, gone = orders.order(mine)
    came, new = orders.order(None)

    async def story() -> None:
        events = orders.subscribe(token, LINES)
        position = (await event(events))["position"]
        await events.aclose()
        orders.give(left, None)
        orders.give(came, mine)

        events = orders.subscribe(token, LINES, shown=gone, since=position)

        assert await told(events, 3) == [("READY", None), ("GONE", gone[0]), ("UPDATED", new[0])]
        await events.aclose()

    orders.run(story())


def test_where_very_many_come_and_go_the_client_reads_anew(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dependence, "MOST_AFFECTED", 2)
    monkeypatch.setattr(subscription, "MOST_AFFECTED", 2)
    mine, token = orders.person("sales_order.seller")
    left, gone = orders.order(mine, 3)
    came, _ = orders.order(None, 3)

    async def story() -> None:
        events = orders.subscribe(token, LINES, shown=gone)
        await event(events)
        orders.give(left, None)
        assert await told(events, 3) == [("GONE", line) for line in gone]
        orders.give(came, mine)
        assert await told(events, 1) == [("READY", None)]
        await events.aclose()

    orders.run(story())


@pytest.mark.parametrize("unseen", [0, 120])
def test_lines_come_and_go_in_their_order_however_much_unseen_changes_with_them(
    orders: Orders, monkeypatch: pytest.MonkeyPatch, unseen: int
) -> None:
    monkeypatch.setattr(dependence, "MOST_AFFECTED", 20)
    monkeypatch.setattr(subscription, "MOST_AFFECTED", 20)
    mine, token = orders.person("sales_order.seller")
    theirs, _ = orders.person("sales_order.seller")
    (first, _), *_others, (last, [early]) = (
        orders.order(theirs, number) for number in (0, *[1] * unseen, 1)
    )
    late = orders.new(
        "sales_order.sales_order_line (order_id, product_id, quantity, unit_price, note)"
        " values (%s, 1, 1, 1, 'x')",
        first,
    )
    lines = [early, f"SalesOrderLine:{late}"]

    async def story() -> None:
        events = orders.subscribe(token, LINES)
        await event(events)
        for owner, what in ((mine, "UPDATED"), (theirs, "GONE")):
            orders.sql.execute(
                "update sales_order.sales_order set version = version + 1,"
                " owner_id = case when id in (%s, %s) then %s else owner_id end",
                [first, last, owner],
            )
            orders.runtime.changes.wake()
            assert await told(events, 2) == [(what, line) for line in lines]
        await events.aclose()

    orders.run(story())


def test_a_condition_on_what_a_record_links_to_is_asked_again_when_that_changes(
    orders: Orders,
) -> None:
    _, token = orders.person("crm.manager", "sales_order.manager")
    named = orders.new("crm.lead (name, stage, party_id) values ('a', 'NEW', 1)")
    orders.new("crm.lead (name, stage) values ('b', 'NEW')")

    async def story() -> None:
        events = orders.subscribe(token, LEADS, where={"party": {"is": {"name": {"eq": "Bea"}}}})
        await event(events)
        for name, what in (("Bea", "UPDATED"), ("Cleo", "GONE")):
            orders.sql.execute("update party.party set name = %s", [name])
            orders.runtime.changes.wake()
            assert await told(events, 1) == [(what, f"Lead:{named}")]
        await events.aclose()

    orders.run(story())


def test_who_sees_all_orders_follows_nothing_but_the_lines(orders: Orders) -> None:
    _, token = orders.person("sales_order.manager")

    async def story() -> None:
        events = orders.subscribe(token, LINES)
        await event(events)
        (follower,) = orders.runtime.changes._followers
        assert follower.entities == {"sales_order.sales_order_line"}
        await events.aclose()

    orders.run(story())
