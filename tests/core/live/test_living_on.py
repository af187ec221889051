"""Subscriptions while add-ons come and go, and while the server ends."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest
from lookers import Looker, created, event, run, stream, updated

from dougong.testing.servers import Server

pytestmark = pytest.mark.xdist_group("live")
ORDERS = "subscription { salesOrderChanged { what salesOrder { number lead { name } } } }"
PARTIES = "subscription { partyChanged { what id party { name } } }"


def remove(server: Server, *names: str) -> None:
    plan = run(server, "remove", *names)
    run(server, "remove", *names, "--apply", plan.split("--apply ")[1].split()[0])


def test_an_install_and_a_removal_neither_lose_nor_double_an_event(
    serving: Callable[..., Server],
) -> None:
    server = serving("crm")
    with Looker(server, server.token) as looker:
        looker.subscribe()
        looker.event()
        leads = [created(server, "Before")]

        run(server, "install", "product")
        leads.append(created(server, "Between"))
        server.until("{ products { totalCount } }")
        leads[0] = updated(server, leads[0], name="Changed between")
        remove(server, "product")
        leads.append(created(server, "After"))

        told = looker.told(4)
        assert looker.silent()

    ids = [lead["id"] for lead in leads]
    assert told == [
        ("CREATED", ids[0]), ("CREATED", ids[1]), ("UPDATED", ids[0]), ("CREATED", ids[2]),
    ]  # fmt: skip


def test_a_document_that_no_longer_fits_ends_with_the_name_of_what_is_gone(
    serving: Callable[..., Server],
) -> None:
    server = serving("crm", "sales_order")
    with Looker(server, server.token) as looker:
        looker.subscribe(ORDERS, name="orders")
        looker.subscribe(PARTIES, name="parties")
        looker.subscribe(name="leads")
        assert {looker.hear()["type"] for _ in range(3)} == {"next"}

        remove(server, "crm")
        ended = {one["id"]: one["payload"][0] for one in (looker.hear(), looker.hear())}
        answer = server.ask(
            'mutation { createParty(input: {name: "Ann", kind: PERSON}) { party { id } } }'
        )
        told = looker.event("partyChanged")

    assert ended.keys() == {"orders", "leads"}
    assert ended["orders"]["extensions"] == {"code": "ADDON_ABSENT", "addon": "crm"}
    assert "'lead' on type 'SalesOrder'" in ended["orders"]["message"]
    assert ended["leads"]["extensions"]["addon"] == "crm"
    assert told["id"] == answer[1]["data"]["createParty"]["party"]["id"]


def test_a_server_that_stops_says_so_and_does_not_wait(serving: Callable[..., Server]) -> None:
    server = serving("party")
    with Looker(server, server.token) as looker, stream(server, PARTIES) as response:
        looker.subscribe(PARTIES)
        looker.event("partyChanged")
        event(response)

        server.process.send_signal(signal.SIGINT)

        assert looker.closed()[0] == 1012
        assert event(response)[1]["errors"][0]["extensions"]["code"] == "SERVER_STOPS"
        assert server.process.wait(timeout=8) == 0
