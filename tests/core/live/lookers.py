"""People who look at what happens, over real connections to a real server."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Self
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from dougong.access.principal import Principal
from dougong.access.tokens import issue_token
from dougong.db.engine import open_database
from dougong.testing.servers import Server
from dougong.testing.worlds import make_person, utc_now

DOUGONG = (sys.executable, "-m", "dougong.cli")
LEADS = """subscription ($where: LeadWhere, $since: String, $shown: [ID!]) {
  leadChanged(where: $where, since: $since, shown: $shown) {
    what id position lead { name stage version } } }"""
CREATE = """mutation ($input: LeadCreate!) {
  createLead(input: $input) { lead { id version } userErrors { code } } }"""
UPDATE = """mutation ($id: ID!, $version: Int!, $patch: LeadPatch!) {
  updateLead(id: $id, version: $version, patch: $patch) { lead { id version } userErrors { code } } }"""
DELETE = """mutation ($id: ID!, $version: Int!) {
  deleteLead(id: $id, version: $version) { deletedId userErrors { code } } }"""


def person(server: Server, *roles: str) -> tuple[Principal, str]:
    """A new user with these roles, and a token."""
    engine = open_database(server.variables["DOUGONG_DATABASE_URL"], pool_size=None)
    with Session(engine) as session, session.begin():
        made = make_person(session, roles, None)
        assert made.user_id is not None
        token = issue_token(session, made.user_id, utc_now())
    engine.dispose()
    return made, token


def run(server: Server, *words: str) -> str:
    """A `dougong` command about the server's installation; what it printed."""
    done = subprocess.run(
        [*DOUGONG, *words],
        env=server.variables, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def created(server: Server, name: str, **more: Any) -> dict[str, Any]:
    """A new lead: its id and version."""
    payload = server.ask(CREATE, input={"name": name, **more})[1]["data"]["createLead"]
    assert payload["userErrors"] == []
    lead: dict[str, Any] = payload["lead"]
    return lead


def updated(server: Server, lead: Mapping[str, Any], **patch: Any) -> dict[str, Any]:
    """The lead with fields changed."""
    payload = server.ask(UPDATE, **lead, patch=patch)[1]["data"]["updateLead"]
    assert payload["userErrors"] == []
    changed: dict[str, Any] = payload["lead"]
    return changed


def deleted(server: Server, lead: Mapping[str, Any]) -> None:
    """Remove the lead."""
    payload = server.ask(DELETE, **lead)[1]["data"]["deleteLead"]
    assert payload["userErrors"] == []


class Looker:
    """A client of graphql-transport-ws."""

    def __init__(self, server: Server, token: str | None, **options: Any) -> None:
        """Who will connect with this token, if there is one."""
        protocols: Any = ["graphql-transport-ws"]
        options = {"subprotocols": protocols, "proxy": None, **options}
        self._connecting = connect(f"ws://127.0.0.1:{server.port}/graphql", **options)
        self._token = token

    def __enter__(self) -> Self:
        """Connect and sign in."""
        self.socket = self._connecting.__enter__()
        payload = {"authorization": f"Bearer {self._token}"} if self._token else {}
        self.send(type="connection_init", payload=payload)
        assert self.hear() == {"type": "connection_ack"}
        return self

    def __exit__(self, *problem: object) -> None:
        self._connecting.__exit__(*problem)

    def send(self, **message: Any) -> None:
        """Send one message."""
        self.socket.send(json.dumps(message))

    def hear(self, timeout: float = 20) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout))
        return message

    def subscribe(self, document: str = LEADS, name: str = "1", **variables: Any) -> None:
        """Begin an operation."""
        self.send(type="subscribe", id=name, payload={"query": document, "variables": variables})

    def event(self, field: str = "leadChanged") -> dict[str, Any]:
        """The next event, which must be one."""
        message = self.hear()
        assert message["type"] == "next", message
        event: dict[str, Any] = message["payload"]["data"][field]
        return event

    def told(self, count: int) -> list[tuple[str, str | None]]:
        """What the next events tell, of which record."""
        return [(event["what"], event["id"]) for event in (self.event() for _ in range(count))]

    def silent(self, seconds: float = 1.5) -> bool:
        """Whether nothing comes for a while that is longer than the log goes unread."""
        try:
            self.socket.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def rest(self, seconds: float = 1.5) -> set[str]:
        """The ids of what else is told, until nothing comes for a while."""
        found: set[str] = set()
        with suppress(TimeoutError):
            while True:
                message = json.loads(self.socket.recv(timeout=seconds))
                events = (message.get("payload") or {}).get("data", {}).values()
                found.update(event["id"] for event in events if event["id"] is not None)
        return found

    def closed(self) -> tuple[int, str]:
        """The code and the reason with which the server ends the connection."""
        with suppress(ConnectionClosed):
            while True:
                self.socket.recv(timeout=20)
        assert self.socket.close_code is not None
        return self.socket.close_code, str(self.socket.close_reason)


@contextmanager
def stream(
    server: Server,
    query: str,
    *,
    method: str = "POST",
    accept: str = "text/event-stream",
    **variables: Any,
) -> Iterator[http.client.HTTPResponse]:
    """A response of server-sent events."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {
        "authorization": f"Bearer {server.token}",
        "accept": accept,
        "content-type": "application/json",
    }
    sent = {"query": query, "variables": variables}
    if method == "POST":
        connection.request("POST", "/graphql", json.dumps(sent), headers)
    else:
        in_the_url = urlencode({**sent, "variables": json.dumps(variables)})
        connection.request("GET", f"/graphql?{in_the_url}", None, headers)
    response = connection.getresponse()
    try:
        yield response
    finally:
        response.close()
        connection.close()


def event(response: http.client.HTTPResponse) -> tuple[str, Any]:
    """The next event's name and JSON; comments are passed over."""
    lines: list[str] = []
    while line := response.readline():
        text = line.decode().rstrip("\n")
        if text and not text.startswith(":"):
            lines.append(text)
        elif lines:
            break
    name, said = (line.partition(":")[2].strip() for line in lines)
    return name, json.loads(said) if said else None
