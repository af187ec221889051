"""People at the door of a real server: each has an address, and perhaps a browser's cookies."""

from __future__ import annotations

import http.client
import itertools
import json
import sys
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from dougong.access.tokens import issue_token
from dougong.builtin.sign_in.passwords import set_password
from dougong.db.engine import open_database
from dougong.testing.servers import Server
from dougong.testing.worlds import make_person, utc_now

DOUGONG = (sys.executable, "-m", "dougong.cli")
PASSWORD = "correct horse"
SECRET_KEY = "only-for-tests-and-long-enough-to-be-one"
SIGN_IN = """mutation ($email: String!, $password: String!, $code: String) {
  signIn(email: $email, password: $password, code: $code) {
    token expiresAt needsSecondFactor userErrors { code message path } } }"""
ME = "{ mySessions { id current device address lastUsedAt secondFactor } }"
CREATE = 'mutation { createLead(input: {name: "x"}) { lead { id } userErrors { code } } }'
_numbers = itertools.count(1)


class House:
    """A server that believes what a proxy on this machine says of its clients."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.engine = open_database(server.variables["DOUGONG_DATABASE_URL"])

    def sql(self, statement: str, **values: Any) -> Any:
        """Run a statement as an operator might; the first value, if there is one."""
        with self.engine.begin() as connection:
            found = connection.execute(text(statement), values)
            return found.scalar() if found.returns_rows else None

    def resident(self, *roles: str, password: str | None = PASSWORD) -> Resident:
        """A new user."""
        with Session(self.engine) as session, session.begin():
            made = make_person(session, roles, None)
            assert made.user_id is not None
            if password is not None:
                set_password(session, made.user_id, password)
            token = issue_token(session, made.user_id, utc_now())
        email = self.sql('select email from dougong."user" where id = :id', id=made.user_id)
        return Resident(self, made.user_id, email, token)

    def visitor(self, address: str | None = None, *, port: int | None = None) -> Visitor:
        """Somebody at an address where nobody has been."""
        number = next(_numbers)
        return Visitor(
            self, address or f"203.0.{number // 250}.{number % 250 + 1}", port or self.server.port
        )


class Visitor:
    """Somebody who sends requests from an address."""

    def __init__(self, house: House, address: str, port: int) -> None:
        self.house = house
        self.address = address
        self.port = port
        self.cookies: dict[str, str] = {}

    def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request, with the cookies that came before; status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"x-forwarded-for": self.address, "content-type": "application/json"}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        text_ = body if isinstance(body, str | None) else json.dumps(body)
        try:
            connection.request(method, path, text_, {**sent, **(headers or {})})
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        for header in response.headers.get_all("set-cookie") or ():
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]
        return response.status, response.headers, answer

    def ask(self, document: str, token: str | None = None, **variables: Any) -> Any:
        """The answer to a document."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        body = {"query": document, "variables": variables}
        return json.loads(self.send("POST", "/graphql", body, headers)[2])

    def sign_in(self, email: str, password: str = PASSWORD, code: str = "") -> Any:
        """The payload."""
        return self.ask(SIGN_IN, email=email, password=password, code=code)["data"]["signIn"]

    def token(self, email: str, code: str = "") -> str:
        """The token of a sign-in that must succeed."""
        payload = self.sign_in(email, code=code)
        assert payload["userErrors"] == [], payload
        return str(payload["token"])

    def refused(self, email: str, password: str = PASSWORD, code: str = "") -> str | None:
        """Why signing in is refused; None when it is not."""
        errors = self.sign_in(email, password, code)["userErrors"]
        return str(errors[0]["code"]) if errors else None


class Resident(Visitor):
    """A user, with a session from before that knows no address."""

    def __init__(self, house: House, number: int, email: str, token: str) -> None:
        super().__init__(house, house.visitor().address, house.server.port)
        self.number = number
        self.email = email
        self.session = token

    def do(self, document: str, **variables: Any) -> Any:
        """The one payload or field that the resident's session gets for a document."""
        answer = self.ask(document, self.session, **variables)
        assert "errors" not in answer, answer
        [value] = answer["data"].values()
        return value

    def said(self, mutation: str, **variables: Any) -> list[str]:
        """The codes with which a mutation `name(arguments)` is refused; none when it is done."""
        payload = self.do(f"mutation {mutation}", **variables)
        return [error["code"] for error in payload["userErrors"]]
