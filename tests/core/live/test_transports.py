"""graphql-transport-ws and server-sent events, as their specifications have them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from lookers import CREATE, LEADS, Looker, created, event, person, stream
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from dougong.graphql.http import LARGEST_BODY
from dougong.live.websocket import MOST_OPERATIONS
from dougong.testing.servers import Server

pytestmark = pytest.mark.xdist_group("live")
READY = "subscription { leadChanged { what } }"


def code_after(server: Server, *messages: Any, **options: Any) -> int:
    """The code with which the server ends a connection after these messages."""
    protocols: Any = ["graphql-transport-ws"]
    address = f"ws://127.0.0.1:{server.port}/graphql"
    with connect(address, **{"subprotocols": protocols, "proxy": None, **options}) as socket:
        for message in messages:
            socket.send(message if isinstance(message, str | bytes) else json.dumps(message))
        with suppress(ConnectionClosed):
            while True:
                socket.recv(timeout=20)
        assert socket.close_code is not None
        return socket.close_code


INIT = {"type": "connection_init"}
ASK = {"type": "subscribe", "id": "1", "payload": {"query": "{ leads { totalCount } }"}}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([ASK], 4401),
        ([INIT, INIT], 4429),
        (["{"], 4400),
        ([b"\x00"], 4400),
        ([{"type": "start"}], 4400),
        ([INIT, {"type": "subscribe", "id": "", "payload": {"query": ""}}], 4400),
        ([INIT, {"type": "subscribe", "id": "1", "payload": {"query": 1}}], 4400),
        ([{"type": "connection_init", "payload": {"authorization": "Bearer wrong"}}], 4403),
        ([{"type": "connection_init", "payload": {"authorization": "Basic eA=="}}], 4403),
        ([INIT, "x" * (LARGEST_BODY + 1)], 1009),
    ],
)
def test_who_breaks_the_protocol_is_disconnected_with_its_code(
    server: Server, messages: list[Any], code: int
) -> None:
    assert code_after(server, *messages) == code


def test_one_id_stands_for_one_operation(server: Server) -> None:
    ask = {"type": "subscribe", "id": "1", "payload": {"query": READY}}
    init = {**INIT, "payload": {"authorization": f"Bearer {server.token}"}}
    assert code_after(server, init, ask, ask) == 4409


def test_another_protocol_is_refused(server: Server) -> None:
    assert code_after(server, subprotocols=["graphql-ws"]) == 4406


def test_a_page_of_another_server_cannot_connect(server: Server) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        code_after(server, origin="https://elsewhere.example")
    assert code_after(server, ASK, origin=f"http://127.0.0.1:{server.port}") == 4401


def test_a_connection_runs_queries_mutations_and_subscriptions_side_by_side(
    server: Server,
) -> None:
    with Looker(server, server.token) as looker:
        looker.subscribe(name="s")
        assert looker.hear()["id"] == "s"
        looker.subscribe(CREATE, name="m", input={"name": "Over a socket"})
        looker.subscribe("{ leads(where: {name: {eq: 1}}) { totalCount } }", name="bad")
        heard = [looker.hear() for _ in range(4)]
        looker.send(type="complete", id="s")
        looker.send(type="ping")
        assert looker.hear() == {"type": "pong"}
        created(server, "After the end")
        assert looker.silent()

    by_id = {(one["id"], one["type"]) for one in heard}
    assert by_id == {("s", "next"), ("m", "next"), ("m", "complete"), ("bad", "error")}


def test_a_connection_runs_only_so_many_operations(server: Server) -> None:
    with Looker(server, server.token) as looker:
        for number in range(MOST_OPERATIONS + 1):
            looker.subscribe(READY, name=str(number))
        heard = [looker.hear() for _ in range(MOST_OPERATIONS + 1)]

    (refused,) = [one for one in heard if one["type"] != "next"]
    assert refused["payload"][0]["extensions"]["code"] == "TOO_MANY_OPERATIONS"


# How many -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(serving: Callable[..., Server]) -> Server:
    """A server that keeps three connections open, two of them for one user."""
    return serving("crm", options=("--connections", "3", "--connections-of-one", "2"))


def wait_until_let_in(server: Server) -> None:
    """Those who have left are forgotten as soon as the server hears of it."""
    init = {**INIT, "payload": {"authorization": f"Bearer {server.token}"}}
    until = time.monotonic() + 20
    code = 1013
    while code == 1013 and time.monotonic() < until:
        with suppress(ConnectionClosed):
            code = code_after(server, init, INIT)
    assert code == 4429


def test_one_user_has_only_so_many_sockets_and_streams_open(small: Server) -> None:
    init = {**INIT, "payload": {"authorization": f"Bearer {small.token}"}}
    with Looker(small, small.token), stream(small, READY) as first:
        event(first)
        assert code_after(small, init) == 1013
        with stream(small, READY) as second:
            refused = json.load(second)
        assert (second.status, second.getheader("retry-after")) == (503, "10")

    assert refused["errors"][0]["extensions"] == {"code": "TOO_MANY_CONNECTIONS"}
    assert refused["errors"][0]["message"].startswith("You have 2 connections open.")
    wait_until_let_in(small)


def test_a_process_has_only_so_many_open_whoever_asks(small: Server) -> None:
    wait_until_let_in(small)
    _, token = person(small, "crm.seller")
    with Looker(small, small.token), Looker(small, small.token), Looker(small, token) as third:
        assert code_after(small) == 1013
        with stream(small, READY) as response:
            assert json.load(response)["errors"][0]["message"].startswith("This server has 3 ")
        third.subscribe(READY)
        assert third.event()["what"] == "READY"
    wait_until_let_in(small)


# Server-sent events ------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_subscription_is_a_stream_of_events(server: Server, method: str) -> None:
    with stream(server, LEADS, method=method) as response:
        assert response.getheader("content-type", "").startswith("text/event-stream")
        assert event(response)[1]["data"]["leadChanged"]["what"] == "READY"
        lead = created(server, "By events")
        name, said = event(response)

    assert name == "next"
    assert said["data"]["leadChanged"]["id"] == lead["id"]


def test_a_query_is_one_event_and_a_faulty_one_an_error(server: Server) -> None:
    with stream(server, "{ leads { totalCount } }") as response:
        assert event(response)[0] == "next"
        assert event(response) == ("complete", None)
    with stream(server, "{ leadz }") as response:
        assert "leadz" in event(response)[1]["errors"][0]["message"]
        assert event(response) == ("complete", None)


def test_a_client_that_takes_both_gets_json_unless_it_subscribes(server: Server) -> None:
    both = "application/graphql-response+json, application/json, text/event-stream"
    with stream(server, "{ leads { totalCount } }", accept=both) as response:
        assert response.getheader("content-type") == "application/graphql-response+json"
    with stream(server, READY, accept=both) as response:
        assert event(response)[1]["data"]["leadChanged"] == {"what": "READY"}


def test_nothing_is_written_by_get(server: Server) -> None:
    count = "{ leads { totalCount } }"
    before = server.ask(count)

    with stream(server, CREATE, method="GET", input={"name": "By GET"}) as response:
        said = event(response)[1]

    assert said["errors"][0]["extensions"]["code"] == "POST_ONLY"
    assert server.ask(count) == before


def test_a_subscription_without_a_stream_is_told_where_to_go(server: Server) -> None:
    status, answer = server.ask(READY)

    assert status == 400
    assert answer["errors"][0]["extensions"]["code"] == "NEEDS_STREAM"
