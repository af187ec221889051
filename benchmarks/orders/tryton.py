"""Tryton's `sale` through its own JSON-RPC, on the same PostgreSQL.

It is installed from PyPI into an environment of its own (`.cache/bench-orders/tryton`), which the
lock file knows nothing of.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from orders.load import Posting, until_ready
from reads.servers import free_port

PACKAGES = ("trytond==8.2.*", "trytond_sale==8.2.*", "proteus==8.2.*", "psycopg[binary,pool]")
DATABASE, PASSWORD = "tryton", "admin-of-the-bench"
SETUP = Path(__file__).parent / "tryton_setup.py"
IN_THE_WAY = "could not serialize access"
TEN = {"__class__": "Decimal", "decimal": "10"}


def installed(folder: Path) -> Path | None:
    """The programs of the environment; None where it cannot be had."""
    programs = folder / "bin"
    if not (programs / "trytond").exists():
        with suppress(subprocess.CalledProcessError):
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            pip = [str(programs / "pip"), "install", "--quiet", *PACKAGES]
            subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return programs if (programs / "trytond").exists() else None


class Peer:
    """A Tryton that sells: what an order names, and how it is asked."""

    def __init__(self, names: dict[str, Any], ask: Posting) -> None:
        self._names, self._ask = names, ask
        self._session: dict[str, str] = {}
        self._next, self._turn = count(), threading.Lock()
        self.again = 0
        """How often a call was made again: the server had refused it for another's work."""

    def sign_in(self) -> None:
        """As its administrator."""
        given = self.call("common.db.login", "admin", {"password": PASSWORD})
        secret = base64.b64encode(f"admin:{given[0]}:{given[1]}".encode()).decode()
        self._session = {"authorization": f"Session {secret}"}

    def call(self, method: str, *parameters: Any) -> Any:
        """What a method answers, asked again while others are in its way; raises RuntimeError."""
        body = {"id": 1, "method": method, "params": parameters}
        while True:
            try:
                answer = self._ask(body, self._session)
                break
            except RuntimeError as refused:
                if IN_THE_WAY not in str(refused):
                    raise
                with self._turn:
                    self.again += 1
        if "error" in answer:
            raise RuntimeError(str(answer["error"])[:500])
        return answer["result"]

    def stock(self, many: int) -> None:
        """Have so many of every product on the shelf."""
        names = self._names
        move = {
            **{one: names[one] for one in ("company", "unit")},
            "from_location": names["lost"],
            "to_location": names["storage"],
            "quantity": float(many),
        }
        context = {"company": names["company"]}
        moves = [{**move, "product": product} for product in names["products"]]
        made = self.call("model.stock.move.create", moves, context)
        self.call("model.stock.move.do", made, context)

    def reserved_order(self) -> None:
        """An order of five products whose shipment is made and has its goods assigned."""
        context, products = {"company": self._names["company"]}, self._names["products"]
        with self._turn:
            first = next(self._next) * 5
        made = self.order(
            [products[(first + one) % len(products)] for one in range(5)], shipment="order"
        )
        self.call("model.sale.sale.process", made, context)
        (sale,) = self.call("model.sale.sale.read", made, ["shipments"], context)
        self.call("model.stock.shipment.out.assign_try", sale["shipments"], context)
        shipments = self.call(
            "model.stock.shipment.out.read", sale["shipments"], ["state"], context
        )
        if [one["state"] for one in shipments] != ["assigned"]:
            raise RuntimeError(f"the shipment is not assigned: {shipments}")

    def order(self, products: list[int] | None = None, shipment: str = "manual") -> Any:
        """Create, quote and confirm an order; no invoice follows, nor a shipment unless said."""
        names = self._names
        line = {"quantity": 2.0, "unit": names["unit"], "unit_price": TEN}
        lines = [{**line, "product": one} for one in products or [names["product"]] * 5]
        same = ("company", "currency", "party", "payment_term", "warehouse")
        sale = {
            **{one: names[one] for one in same},
            **{f"{kind}_address": names["address"] for kind in ("invoice", "shipment")},
            "invoice_method": "manual",
            "shipment_method": shipment,
            "lines": [["create", lines]],
        }
        context = {"company": names["company"]}
        made = self.call("model.sale.sale.create", [sale], context)
        for step in ("quote", "confirm"):
            self.call(f"model.sale.sale.{step}", made, context)
        return made


@contextmanager
def serving(programs: Path, home: Path, url: str) -> Iterator[tuple[int, Peer]]:
    """A Tryton server with a company that sells; its process and how it is asked."""
    port = free_port()
    settings, password = home / "trytond.conf", home / "tryton.password"
    server = url.replace("/dougong?", "/?")
    settings.write_text(f"[database]\nuri = {server}\n[web]\nlisten = 127.0.0.1:{port}\n", "utf-8")
    password.write_text(f"{PASSWORD}\n", "utf-8")
    variables = {**os.environ, "TRYTOND_CONFIG": str(settings), "TRYTONPASSFILE": str(password)}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")
    admin = [str(programs / "trytond-admin"), "-d", DATABASE, "-u", "sale"]
    more = ["--activate-dependencies", "--email", "a@b.example"]
    subprocess.run([*admin, *more], check=True, env=variables)
    setup = [str(programs / "python"), str(SETUP), DATABASE]
    said = subprocess.run(setup, check=True, env=variables, stdout=subprocess.PIPE, text=True)
    log = (home / "trytond.log").open("wb")
    command = [str(programs / "trytond"), "-d", DATABASE]
    process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
    try:
        peer = Peer(json.loads(said.stdout), Posting(port, f"/{DATABASE}/rpc/"))
        until_ready(peer.sign_in)
        yield process.pid, peer
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()
