"""People who upload and download, each with their own leads."""

from __future__ import annotations

import hashlib
import http.client
import json
import sys
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.db.engine import open_database
from dougong.testing.servers import Server
from dougong.testing.worlds import make_person, utc_now

DOUGONG = (sys.executable, "-m", "dougong.cli")
BEGIN = """mutation ($record: ID!, $name: String!, $size: Int!, $type: String!) {
  beginUpload(record: $record, name: $name, size: $size, contentType: $type) {
    url expiresAt userErrors { code path message params } } }"""
FILES = """query ($id: ID!) { lead(id: $id) { files { totalCount nodes {
  id version name size contentType sha256 record createdBy { name } url } } } }"""
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


class Archive:
    """The server, its database and its store."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.engine = open_database(server.variables["DOUGONG_DATABASE_URL"])
        self.store = Path(server.variables["DOUGONG_HOME"]) / "files"

    def sql(self, statement: str, **values: Any) -> Any:
        """Run a statement as an operator might; the first value, if there is one."""
        with self.engine.begin() as connection:
            found = connection.execute(text(statement), values)
            return found.scalar() if found.returns_rows else None

    def person(self, *roles: str) -> Person:
        """Somebody new, who has signed in."""
        with Session(self.engine) as session, session.begin():
            made = make_person(session, roles, None)
            assert made.user_id is not None
            token = issue_token(session, made.user_id, utc_now())
        return Person(self, made.user_id, token)

    def has(self, content: bytes) -> bool:
        """Whether the store has these bytes."""
        found = hashlib.sha256(content).hexdigest()
        return (self.store / found[:2] / found).is_file()

    def unfinished(self) -> list[Path]:
        """What lies beside what is kept."""
        return list(self.store.glob(".*"))


class Person:
    """Somebody with a token."""

    def __init__(self, archive: Archive, user_id: int, token: str) -> None:
        self.archive = archive
        self.user_id = user_id
        self.token = token

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request; status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.archive.server.port, timeout=60)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def ask(self, document: str, **variables: Any) -> Any:
        """The data that answers a document."""
        body = json.dumps({"query": document, "variables": variables})
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        answer = json.loads(self.send("POST", "/graphql", body, headers)[2])
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def follow(self, document: str) -> Generator[Any, None, None]:
        """What a subscription tells, one response after the other."""
        connection = http.client.HTTPConnection("127.0.0.1", self.archive.server.port, timeout=60)
        headers = {
            "authorization": f"Bearer {self.token}",
            "content-type": "application/json",
            "accept": "text/event-stream",
        }
        connection.request("POST", "/graphql", json.dumps({"query": document}), headers)
        response = connection.getresponse()
        try:
            while line := response.readline():
                if line.startswith(b"data: {"):
                    yield json.loads(line.removeprefix(b"data: "))["data"]
        finally:
            response.close()
            connection.close()

    def lead(self, name: str = "A lead") -> str:
        """A new lead of one's own; its id."""
        create = """mutation ($name: String!, $me: ID) { createLead(input: {name: $name, owner: $me}) {
          lead { id } userErrors { code } } }"""
        made = self.ask(create, name=name, me=f"User:{self.user_id}")["createLead"]
        return str(made["lead"]["id"])

    def begin(
        self,
        record: str,
        name: str = "offer.pdf",
        size: int = len(PDF),
        kind: str = "application/pdf",
    ) -> Any:
        """The payload of beginUpload."""
        return self.ask(BEGIN, record=record, name=name, size=size, type=kind)["beginUpload"]

    def refused(self, record: str, *given: Any) -> str | None:
        """Why an upload may not begin; None when it may."""
        errors = self.begin(record, *given)["userErrors"]
        return str(errors[0]["code"]) if errors else None

    def put(self, url: str, content: bytes | Iterable[bytes]) -> tuple[int, Any]:
        """Send bytes to an address; the status and the JSON."""
        status, _, answer = self.send("PUT", url, content)
        return status, json.loads(answer)

    def attach(
        self,
        record: str,
        content: bytes = PDF,
        name: str = "offer.pdf",
        kind: str = "application/pdf",
    ) -> str:
        """Upload a file; its id."""
        begun = self.begin(record, name, len(content), kind)
        assert begun["userErrors"] == [], begun
        status, answer = self.put(begun["url"], content)
        assert status == 200, answer
        return str(answer["file"]["id"])

    def files(self, lead: str) -> list[Any]:
        """The files of a lead as this person sees them."""
        found = self.ask(FILES, id=lead)["lead"]["files"]
        assert found["totalCount"] == len(found["nodes"])
        return list(found["nodes"])
