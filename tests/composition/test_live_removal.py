"""Add-ons come and go while a real server answers a loop of requests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dougong.testing.databases import Databases
from dougong.testing.servers import Loop, Server

pytestmark = pytest.mark.xdist_group("northwind")

ORDERS = "{ salesOrders { totalCount nodes { number total } } }"
STOCK = """{ stockQuantities(where: {location: {is: {code: {eq: "MAIN"}}}}, first: 100) {
    totalCount nodes { onHand reserved product { code } } } }"""


DOUGONG = (sys.executable, "-m", "dougong.cli")


@pytest.fixture
def server(databases: Databases, northwind_url: str, tmp_path: Path) -> Iterator[Server]:
    """A server on a copy of the Northwind company."""
    variables = {
        **os.environ,
        "DOUGONG_DATABASE_URL": databases.copy_of(northwind_url),
        "DOUGONG_HOME": str(tmp_path),
    }
    served = Server(DOUGONG, variables)
    yield served
    served.stop()


def run(server: Server, *arguments: str, fails: bool = False) -> str:
    """A `dougong` command about the server's installation; what it printed."""
    done = subprocess.run(
        [*DOUGONG, *arguments],
        env=server.variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def test_inventory_is_removed_and_restored_under_load_without_a_failed_request(
    server: Server,
) -> None:
    before, orders = server.ask(STOCK)[1], server.ask(ORDERS)[1]
    assert before["data"]["stockQuantities"]["totalCount"] == 72

    with Loop(server, ORDERS) as loop:
        plan = run(server, "remove", "inventory")
        assert "inventory__sales_order" in plan
        apply = plan.split("--apply ")[1].split()[0]
        run(server, "remove", "inventory", "--apply", apply)
        status, gone = server.ask(STOCK)
        assert status == 400
        assert "inventory" in gone["errors"][0]["message"]
        assert "not installed" in gone["errors"][0]["message"]
        assert server.ask(ORDERS)[1] == orders

        run(server, "restore", "inventory")
        after = server.until(STOCK)

    assert loop.faults == []
    assert loop.answers > 20
    assert after == before
    assert server.ask(ORDERS)[1] == orders
    assert server.ask("{ stockDifferences { product } }")[1]["data"] == {"stockDifferences": []}


def test_a_stale_plan_is_refused(server: Server) -> None:
    plan = run(server, "remove", "inventory")
    apply = plan.split("--apply ")[1].split()[0]
    run(server, "remove", "inventory", "--apply", apply)
    run(server, "restore", "inventory")

    said = run(server, "remove", "inventory", "--apply", apply, fails=True)

    assert "Fix:" in said
    assert server.until(STOCK)["data"]["stockQuantities"]["totalCount"] == 72
