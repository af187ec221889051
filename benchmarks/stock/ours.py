"""A shop that keeps stock: orders of five products that are reserved when they are confirmed."""

from __future__ import annotations

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Engine, text

from orders.load import Posting
from orders.ours import CREATE, STEP, Shop

PLENTY = 10**9
FURNISH = (
    "insert into inventory.warehouse (name, code) values ('Main', 'MAIN')",
    """insert into inventory.location (name, code, kind, warehouse_id) values
        ('Main', 'MAIN', 'STOCK', 1), ('Supplier', 'SUPPLIER', 'SUPPLIER', null),
        ('Customer', 'CUSTOMER', 'CUSTOMER', null)""",
    """insert into product.product (name, kind, price_amount, price_currency, active)
        select 'Good ' || i, 'GOODS', 10, 'USD', true from generate_series(2, :products) i""",
    """insert into inventory.stock_policy (id) select id from product.product
        on conflict do nothing""",
    """insert into inventory.stock_quantity (product_id, location_id, on_hand)
        select id, 1, :plenty from product.product""",
)
MILLIONS = """
insert into inventory.stock_move (product_id, quantity, source_id, destination_id, effective_at,
                                  accounting_date, state, done_at, entry_number)
select 1 + i % :products, 1 + i % 7, case when i % 3 = 0 then 1 else 2 end,
       case when i % 3 = 0 then 3 else 1 end, moment, moment::date, 'DONE', moment, i
  from (select i, timestamptz '2020-01-01Z' + i * interval '1 minute' / 2 moment
          from generate_series(cast(:first as bigint), cast(:last as bigint)) i) numbered
"""
MONTHS = (
    """insert into inventory.stock_period (ends_on, state, closed_at)
        select (month + interval '1 month - 1 day')::date, 'CLOSED', now()
          from generate_series(timestamp '2020-01-01', :last, interval '1 month') month""",
    """insert into inventory.period_balance (period_id, product_id, location_id, quantity)
        select period.id, product_id, location_id,
               sum(moved) over (partition by product_id, location_id order by ends_on)
          from (select product_id, location_id, month, sum(quantity) moved from (
                  select product_id, destination_id location_id, quantity,
                         date_trunc('month', effective_at at time zone 'UTC') as month
                    from inventory.stock_move
                  union all
                  select product_id, source_id, -quantity,
                         date_trunc('month', effective_at at time zone 'UTC')
                    from inventory.stock_move) sides
                 group by product_id, location_id, month) monthly
          join inventory.stock_period period
            on period.ends_on = (month + interval '1 month - 1 day')::date""",
)
AVAILABILITY = """query ($products: [ID!]!) { productAvailability(products: $products) {
  product { name } onHand reserved available } }"""
THEN = """query ($at: DateTime!, $product: ID!) { stockAt(at: $at, product: $product) {
  location { code } quantity } }"""
THERE = """query ($at: DateTime!, $location: ID!) { stockAt(at: $at, location: $location) {
  product { id } quantity } }"""


def bought(products: list[int], quantity: str) -> dict[str, object]:
    """What a customer wants."""
    lines = [{"product": f"Product:{one}", "quantity": quantity} for one in products]
    return {"customer": "Party:1", "lines": lines}


class Stock(Shop):
    """The shop of the orders' benchmark, with goods on a shelf."""

    def __init__(self, engine: Engine, ask: Posting, products: int) -> None:
        super().__init__(engine, ask)
        self._engine, self._products = engine, products
        self._next, self._turn = count(), threading.Lock()
        self.write(*FURNISH, products=products, plenty=PLENTY)
        self.without_reviews()

    def write(self, *statements: str, **values: Any) -> None:
        """Fill tables, as an import would."""
        with self._engine.begin() as connection:
            for said in statements:
                names = {name: value for name, value in values.items() if f":{name}" in said}
                connection.execute(text(said), names)

    def submitted(self, products: list[int], quantity: str) -> dict[str, Any]:
        """An order that waits to be confirmed."""
        order = self.send(CREATE, input=bought(products, quantity))["salesOrder"]
        known = {"id": order["id"], "version": order["version"]}
        found: dict[str, Any] = self.send(STEP % ("submit", ""), **known)["salesOrder"]
        return {"id": found["id"], "version": found["version"]}

    def five(self) -> list[int]:
        """The next five products."""
        with self._turn:
            first = next(self._next) * 5
        return [2 + (first + one) % (self._products - 1) for one in range(5)]

    def reserved_order(self) -> None:
        """An order of five products, confirmed: a transfer and five reservations."""
        self.send(STEP % ("confirm", ""), **self.submitted(self.five(), "2"))

    def at_once(self) -> None:
        """The same by one mutation."""
        self.confirmed(bought(self.five(), "2"))

    def waiters(self, many: int) -> Counter[str]:
        """What becomes of so many who confirm three of a hundred at the same moment."""
        only = (
            "update inventory.stock_quantity set on_hand = 100, reserved = 0 where product_id = 1"
        )
        self.write(only)
        with ThreadPoolExecutor(4) as threads:  # on connections of their own: ours is closed by now
            orders = list(threads.map(lambda _: self.submitted([1], "3"), range(many)))

        def confirm(order: dict[str, Any]) -> str:
            try:
                self.send(STEP % ("confirm", ""), **order)
            except RuntimeError as refused:
                return "shortage" if "'shortage'" in str(refused) else str(refused)
            return "confirmed"

        with ThreadPoolExecutor(many) as threads:
            return Counter(threads.map(confirm, orders))

    def move_millions(self, moves: int) -> None:
        """Fill the books."""
        self.write("delete from inventory.stock_move")
        for first in range(1, moves + 1, 500_000):
            last = min(first + 499_999, moves)
            self.write(MILLIONS, products=self._products, first=first, last=last)
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze inventory.stock_move"))

    def close_months(self, last: str) -> None:
        """Close every month until one, with what lay where at its end."""
        self.write(*MONTHS, last=datetime.fromisoformat(last))
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("vacuum analyze inventory.period_balance"))

    def took(self, document: str, times: int = 9, **variables: Any) -> float:
        """Milliseconds of the middle of some answers."""

        def ask(_: int) -> float:
            begun = time.perf_counter()
            answer = self._ask({"query": document, "variables": variables}, self._people[0])
            took = time.perf_counter() - begun
            if "errors" in answer:
                raise RuntimeError(str(answer["errors"])[:500])
            return took

        with ThreadPoolExecutor(1) as thread:
            return sorted(thread.map(ask, range(times)))[times // 2] * 1000
