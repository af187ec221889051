"""Worlds: a database with add-ons installed, and people to act as."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.access.tokens import fingerprint, issue_token
from dougong.access.users import User, token
from dougong.addons.installed import load_generation
from dougong.builtin.organisation.entities import RoleAssignment
from dougong.db.engine import open_database
from dougong.db.session import WriteSession
from dougong.generation import Generation
from dougong.runtime import Runtime
from dougong.web import application

_numbers = itertools.count(1)
_generations: dict[str, Generation] = {}


def utc_now() -> datetime:
    """The time, for what a test does outside of a context."""
    return datetime.now(UTC)


def make_person(session: Session, roles: tuple[str, ...], name: str | None) -> Principal:
    """A new user with these roles."""
    number = next(_numbers)
    user = User(email=f"person{number}@test.example", name=name or f"Person {number}")
    session.add(user)
    session.flush()
    for role in roles:
        session.execute(insert(RoleAssignment.__table__).values(user_id=user.id, role=role))
    return Principal(user.id, user.name, frozenset(roles))


class World:
    """For tests of rules: one transaction, in which everybody acts, rolled back at the end."""

    def __init__(self, url: str) -> None:
        self.engine = open_database(url, pool_size=None)
        if url not in _generations:
            _generations[url] = load_generation(self.engine)
        self.generation = _generations[url]
        self._connection = self.engine.connect()
        self._transaction = self._connection.begin()
        self.session = WriteSession(
            self._connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )

    def person(self, *roles: str, name: str | None = None) -> Principal:
        """A new user with these roles."""
        self.session.info.pop("context", None)
        return make_person(self.session, roles, name)

    def ctx(self, who: Principal | None = None) -> Context:
        """The context in which this person (default: an administrator) acts from now on."""
        person = who or self.person("dougong.administrator")
        return Context(self.generation, self.session, person)

    def close(self) -> None:
        """Undo everything."""
        self.session.close()
        self._transaction.rollback()
        self._connection.close()
        self.engine.dispose()


@dataclass(frozen=True)
class Person:
    """A user of a live world, with a token."""

    principal: Principal
    token: str


class LiveWorld:
    """For tests of the API: a database of its own, served in process; what is done stays."""

    def __init__(self, url: str, generation: Generation | None = None) -> None:
        """`generation` is what is installed there, where it has been built already."""
        self.url = url
        self.engine: Engine = open_database(url)
        self.runtime = Runtime(self.engine, url)
        if generation is not None:
            self.runtime.load(generation)
        self.client = TestClient(application(self.runtime), raise_server_exceptions=True)
        self.client.__enter__()

    def person(self, *roles: str, name: str | None = None) -> Person:
        """A new user with these roles, signed in."""
        with Session(self.engine) as session, session.begin():
            principal = make_person(session, roles, name)
            assert principal.user_id is not None
            secret = issue_token(session, principal.user_id, utc_now())
            number = session.scalar(select(token.c.id).where(token.c.sha256 == fingerprint(secret)))
        return Person(replace(principal, token_id=number), secret)

    def post(self, document: str, who: Person | None = None, **variables: Any) -> Any:
        """The HTTP response to a document."""
        headers = {"authorization": f"Bearer {who.token}"} if who else {}
        body = {"query": document, "variables": variables}
        return self.client.post("/graphql", json=body, headers=headers)

    def ask(self, document: str, who: Person | None = None, **variables: Any) -> Any:
        """The `data` of the answer; fails the test when there are errors."""
        answer = self.post(document, who, **variables).json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def errors(self, document: str, who: Person | None = None, **variables: Any) -> Any:
        """The `errors` of the answer; fails the test when there are none."""
        answer = self.post(document, who, **variables).json()
        assert answer.get("errors"), answer
        return answer["errors"]

    def close(self) -> None:
        """Stop serving."""
        self.client.__exit__(None, None, None)
        self.engine.dispose()
