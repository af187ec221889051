"""Orders over Dougong's API: with both reviews, and with the reviews switched off."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.testing.worlds import make_person, utc_now
from orders.load import Posting, until_ready
from reads.servers import free_port

CREATE = """mutation ($input: SalesOrderCreate!) { createSalesOrder(input: $input) {
  salesOrder { id version } userErrors { code message } } }"""
AT_ONCE = """mutation ($input: SalesOrderCreate!) {
  createSalesOrder(input: $input, then: [SUBMIT, CONFIRM]) {
    salesOrder { id version state } userErrors { code message } } }"""
STEP = """mutation ($id: ID!, $version: Int!) { %sSalesOrder(id: $id, version: $version %s) {
  salesOrder { id version state } userErrors { code message } } }"""
EVIDENCE = ', evidence: "They rang back"'
SWITCH = """mutation ($step: String!) { changeStep(step: $step, switchedOff: true, reason: "bench") {
  userErrors { message } } }"""
LINES = 5


def wanted(lines: int) -> dict[str, object]:
    """What the customer wants: two pieces of the same product on each line."""
    line = {"product": "Product:1", "quantity": "2"}
    return {"customer": "Party:1", "lines": [line] * lines}


class Shop:
    """A served company: who works there, and what is sold."""

    def __init__(self, engine: Engine, ask: Posting) -> None:
        self._ask = ask
        with Session(engine) as session, session.begin():
            people = [make_person(session, ("dougong.administrator",), None) for _ in range(3)]
            tokens = [issue_token(session, one.user_id or 0, utc_now()) for one in people]
            session.execute(
                text(
                    "insert into party.party (kind, name, street, city) values "
                    "('COMPANY', 'Customer', 'Main St. 1', 'Ulm')"
                )
            )
            session.execute(
                text(
                    "insert into sales_order.customer_terms (id, payment_method) "
                    "select id, 'BANK_TRANSFER' from party.party"
                )
            )
            session.execute(
                text(
                    "insert into product.product (name, kind, price_amount, "
                    "price_currency, active) values ('Tea', 'GOODS', 10, 'USD', true)"
                )
            )
        self._people = [{"authorization": f"Bearer {one}"} for one in tokens]

    def send(self, document: str, who: int = 0, **variables: Any) -> Any:
        """The payload of a mutation; raises RuntimeError where something was refused."""
        body = {"query": document, "variables": variables}
        answer = self._ask(body, self._people[who])
        if "errors" in answer:
            raise RuntimeError(str(answer["errors"])[:500])
        (payload,) = answer["data"].values()
        if payload["userErrors"]:
            raise RuntimeError(str(payload["userErrors"])[:500])
        return payload

    def order(self, steps: Sequence[tuple[str, int]], lines: int = LINES) -> None:
        """Create an order, and take it through its steps; who does each is a number."""
        order = self.send(CREATE, input=wanted(lines))["salesOrder"]
        for step, who in steps:
            said = EVIDENCE if step == "verify" else ""
            known = {"id": order["id"], "version": order["version"]}
            order = self.send(STEP % (step, said), who, **known)["salesOrder"]
        if order["state"] != "CONFIRMED":
            raise RuntimeError(f"the order is {order['state']}")

    def reviewed(self) -> None:
        """An order that both reviews have passed: five mutations."""
        self.order([("submit", 0), ("verify", 1), ("approve", 2), ("confirm", 0)])

    def unreviewed(self) -> None:
        """An order without reviews: three mutations."""
        self.order([("submit", 0), ("confirm", 0)])

    def at_once(self) -> None:
        """An order without reviews, created and confirmed by one mutation."""
        order = self.send(AT_ONCE, input=wanted(LINES))["salesOrder"]
        if order["state"] != "CONFIRMED":
            raise RuntimeError(f"the order is {order['state']}")

    def reached_by(self, ask: Posting) -> None:
        """The company is served anew."""
        self._ask = ask

    def without_reviews(self) -> None:
        """Switch both reviews off, for all orders from now on."""
        for step in ("verify", "approve"):
            self.send(SWITCH, step=f"sales_order.{step}")


@contextmanager
def serving(home: Path, log: Path, workers: int = 1) -> Iterator[tuple[int, Posting]]:
    """`dougong serve`; its process and how it is asked."""
    port = free_port()
    command = [sys.executable, "-m", "dougong.cli", "serve", "--home", str(home)]
    command += ["--workers", str(workers)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=os.environ, stdout=out, stderr=out
        )
        try:
            ask = Posting(port, "/graphql")
            until_ready(lambda: ask({"query": "{ __typename }"}, {}))
            yield process.pid, ask
        finally:
            process.terminate()
            process.wait(timeout=30)
