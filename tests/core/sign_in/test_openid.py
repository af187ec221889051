"""OpenID Connect: signing in by another provider, a real one on this machine."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from visitors import DOUGONG, ME, PASSWORD, House, Resident, Visitor

from dougong.builtin.sign_in.openid import Begun, OpenIdProvider, ProviderProblem
from dougong.builtin.sign_in.settings import Provider
from dougong.errors import Forbidden
from dougong.testing.databases import Databases
from dougong.testing.servers import Server


@dataclass
class Elsewhere:
    """The provider's process."""

    port: int

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def request(self, method: str, path: str, body: object = None) -> tuple[int, str, bytes]:
        """Status, Location and body."""
        connection = http.client.HTTPConnection("localhost", self.port, timeout=10)
        form = isinstance(body, str)
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        sent = body if isinstance(body, str | None) else json.dumps(body)
        try:
            connection.request(method, path, sent, {"content-type": kind})
            response = connection.getresponse()
            return response.status, response.headers.get("location", ""), response.read()
        finally:
            connection.close()

    def knows(self, subject: str, **claims: object) -> None:
        """Let somebody have an account there."""
        status, _, answer = self.request("PUT", f"/users/{subject}", claims)
        assert status < 300, answer

    def lets_in(self, url: str, subject: str) -> str:
        """Where the browser is sent once the person has said there who they are."""
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}"
        status, location, answer = self.request("POST", path, urlencode({"sub": subject}))
        assert status == 302, answer
        return location


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet)
    made = Elsewhere(port)
    for _ in range(200):
        try:
            if made.request("GET", "/.well-known/openid-configuration")[0] == 200:
                break
        except OSError:
            time.sleep(0.05)
    yield made
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture(scope="module")
def house(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere
) -> Iterator[House]:
    """A server with two providers, one of which may link by address; both are the same process."""
    variables = {
        **os.environ,
        "DOUGONG_DATABASE_URL": databases.clone("crm"),
        "DOUGONG_HOME": str(tmp_path_factory.mktemp("home")),
        "DOUGONG_OIDC": "corp, strict",
    }
    for name, links in (("CORP", "yes"), ("STRICT", "no")):
        variables |= {
            f"DOUGONG_OIDC_{name}_ISSUER": elsewhere.issuer,
            f"DOUGONG_OIDC_{name}_CLIENT_ID": f"dougong-{name.lower()}",
            f"DOUGONG_OIDC_{name}_CLIENT_SECRET": "only-for-tests",
            f"DOUGONG_OIDC_{name}_LABEL": f"{name.title()} account",
            f"DOUGONG_OIDC_{name}_LINK_BY_EMAIL": links,
        }
    made = House(Server(DOUGONG, variables))
    yield made
    made.server.stop()
    made.engine.dispose()


def begin(browser: Visitor, provider: str = "corp", **query: str) -> str:
    """Where the browser is sent."""
    status, headers, _ = browser.send("GET", f"/sign-in/with/{provider}?{urlencode(query)}")
    assert status == 302
    return str(headers["location"])


def come_back(browser: Visitor, url: str) -> tuple[int, str]:
    """The status, and where to go or what is wrong."""
    parts = urlsplit(url)
    status, headers, answer = browser.send("GET", f"{parts.path}?{parts.query}")
    if status == 303:
        return status, str(headers["location"])
    return status, str(json.loads(answer)["errors"][0]["extensions"]["code"])


def whose(browser: Visitor) -> str | None:
    """Whose session the browser has."""
    user = json.loads(browser.send("GET", "/sign-in/session")[2])["user"]
    return user and str(user["id"])


def sign_in(
    house: House, elsewhere: Elsewhere, subject: str, provider: str = "corp"
) -> tuple[Visitor, tuple[int, str]]:
    browser = house.visitor()
    url = begin(browser, provider, next="/graphql?x=1")
    return browser, come_back(browser, elsewhere.lets_in(url, subject))


def test_who_has_the_address_is_linked_where_that_is_set_and_comes_back_by_the_number(
    house: House, elsewhere: Elsewhere
) -> None:
    owner = house.resident(password=None)
    elsewhere.knows("ann", email=owner.email, email_verified=True)

    browser, where = sign_in(house, elsewhere, "ann")
    elsewhere.knows("ann", email="another@test.example", email_verified=True)
    later, again = sign_in(house, elsewhere, "ann")

    assert (where, again) == ((303, "/graphql?x=1"), (303, "/graphql?x=1"))
    assert whose(browser) == whose(later) == f"User:{owner.number}"
    assert owner.do("{ myIdentities { issuer subject } }") == [
        {"issuer": elsewhere.issuer, "subject": "ann"}
    ]


@pytest.mark.parametrize(
    ("provider", "claims"),
    [
        ("corp", {"email_verified": False}),
        ("corp", {}),
        ("strict", {"email_verified": True}),
        ("corp", {"email": "nobody-here@test.example", "email_verified": True}),
    ],
    ids=["not verified", "nothing said", "not set", "unknown"],
)
def test_nobody_else_is_let_in_by_an_address(
    house: House, elsewhere: Elsewhere, provider: str, claims: dict[str, object]
) -> None:
    owner = house.resident()
    subject = f"subject-{owner.number}"
    elsewhere.knows(subject, **{"email": owner.email, **claims})

    browser, where = sign_in(house, elsewhere, subject, provider)

    assert where == (403, "nobody_linked")
    assert whose(browser) is None


def test_a_second_account_with_the_same_address_does_not_take_over(
    house: House, elsewhere: Elsewhere
) -> None:
    owner = house.resident()
    for subject in ("first", "second"):
        elsewhere.knows(subject, email=owner.email, email_verified=True)
    assert sign_in(house, elsewhere, "first")[1][0] == 303

    assert sign_in(house, elsewhere, "second")[1] == (403, "nobody_linked")


def test_who_is_deactivated_is_not_let_in(house: House, elsewhere: Elsewhere) -> None:
    owner = house.resident()
    elsewhere.knows("gone", email=owner.email, email_verified=True)
    assert sign_in(house, elsewhere, "gone")[1][0] == 303
    house.sql('update dougong."user" set active = false where id = :id', id=owner.number)

    assert sign_in(house, elsewhere, "gone")[1] == (403, "nobody_linked")


def test_an_answer_counts_only_in_the_browser_that_began_and_once(
    house: House, elsewhere: Elsewhere
) -> None:
    owner = house.resident()
    elsewhere.knows("bob", email=owner.email, email_verified=True)
    victim, thief = house.visitor(), house.visitor()
    url = elsewhere.lets_in(begin(victim), "bob")
    begin(thief)

    assert come_back(thief, url) == (403, "provider_refused")
    assert come_back(house.visitor(), url) == (403, "provider_refused")
    assert come_back(victim, url)[0] == 303
    assert come_back(victim, url) == (403, "provider_refused")


def test_the_browser_is_sent_with_state_nonce_and_a_challenge(house: House) -> None:
    query = parse_qs(urlsplit(begin(house.visitor())).query)

    assert query["response_type"] == ["code"]
    assert query["code_challenge_method"] == ["S256"]
    assert all(len(query[name][0]) >= 30 for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "x"]
)
def test_it_leads_back_to_a_page_of_ours_only(
    house: House, elsewhere: Elsewhere, next_: str
) -> None:
    owner = house.resident()
    subject = f"back-{owner.number}"
    elsewhere.knows(subject, email=owner.email, email_verified=True)
    browser = house.visitor()

    where = come_back(browser, elsewhere.lets_in(begin(browser, next=next_), subject))

    assert where == (303, "/graphql")


def own(one: Resident) -> dict[str, str]:
    return {"origin": f"http://127.0.0.1:{one.port}"}


def test_who_is_signed_in_links_an_identity_and_nobody_elses(
    house: House, elsewhere: Elsewhere
) -> None:
    owner, other = house.resident(), house.resident()
    elsewhere.knows("carl")
    for one in (owner, other):
        one.send("POST", "/sign-in/session", {"email": one.email, "password": PASSWORD}, own(one))
    url = json.loads(owner.send("POST", "/sign-in/with/strict/link", None, own(owner))[2])["url"]

    assert come_back(owner, elsewhere.lets_in(url, "carl"))[0] == 303
    browser, where = sign_in(house, elsewhere, "carl", "strict")
    assert (where[0], whose(browser)) == (303, f"User:{owner.number}")
    url = json.loads(other.send("POST", "/sign-in/with/strict/link", None, own(other))[2])["url"]
    assert come_back(other, elsewhere.lets_in(url, "carl")) == (403, "identity_taken")
    anonymous = house.visitor()
    page = {"origin": f"http://127.0.0.1:{anonymous.port}"}
    assert anonymous.send("POST", "/sign-in/with/strict/link", None, page)[0] == 403


def test_the_last_way_in_is_kept(house: House, elsewhere: Elsewhere) -> None:
    owner = house.resident(password=None)
    elsewhere.knows("dora", email=owner.email, email_verified=True)
    sign_in(house, elsewhere, "dora")
    unlink = "($i: String!) { unlinkIdentity(issuer: $i) { userErrors { code } } }"

    assert owner.said(unlink, i=elsewhere.issuer) == ["last_way_in"]
    assert owner.refused(owner.email, "") == "wrong_credentials"
    assert len(owner.do(ME)) == 2


def test_the_page_offers_the_providers(house: House) -> None:
    offered = json.loads(house.visitor().send("GET", "/sign-in/session")[2])["providers"]

    assert offered == [
        {"name": "corp", "label": "Corp account", "url": "/sign-in/with/corp"},
        {"name": "strict", "label": "Strict account", "url": "/sign-in/with/strict"},
    ]
    assert house.visitor().send("GET", "/sign-in/with/nobody")[0] == 403


# What a provider says is checked -----------------------------------------------------------------


def finished(elsewhere: Elsewhere, subject: str, **changed: str) -> None:
    """Go through it, with something of what was begun changed."""

    async def go() -> None:
        here = "http://127.0.0.1:1/back"
        provider = OpenIdProvider(
            Provider("corp", elsewhere.issuer, "dougong", "secret", "Corp", False, False)
        )
        url, begun = await provider.begin(here, "/")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.verifier.encode()).digest())
        assert challenge.decode().rstrip("=") in url
        answer = dict(parse_qs(urlsplit(elsewhere.lets_in(url, subject)).query))
        given = {name: values[0] for name, values in answer.items()}
        for name in ("iss",):
            if name in changed:
                given[name] = changed.pop(name)
        kept = Begun(**{**begun.__dict__, **changed})
        found = await provider.finish(kept, here, given)
        assert found.subject == subject

    asyncio.run(go())


def test_a_provider_is_believed_when_all_of_it_holds(elsewhere: Elsewhere) -> None:
    elsewhere.knows("eve")
    finished(elsewhere, "eve")


def test_a_token_for_another_request_is_not_believed(elsewhere: Elsewhere) -> None:
    elsewhere.knows("eve")
    with pytest.raises(ProviderProblem, match="nonce"):
        finished(elsewhere, "eve", nonce="another")


@pytest.mark.parametrize(
    "changed", [{"state": "another"}, {"provider": "other"}, {"iss": "http://other"}]
)
def test_an_answer_to_another_question_is_refused(
    elsewhere: Elsewhere, changed: dict[str, str]
) -> None:
    elsewhere.knows("eve")
    with pytest.raises(Forbidden, match="provider_refused"):
        finished(elsewhere, "eve", **changed)


def test_a_provider_that_calls_itself_otherwise_is_not_used(elsewhere: Elsewhere) -> None:
    other = f"http://127.0.0.1:{elsewhere.port}/"

    async def go() -> None:
        provider = OpenIdProvider(Provider("corp", other, "dougong", "s", "Corp", False, False))
        await provider.begin("http://127.0.0.1:1/back", "/")

    with pytest.raises(ProviderProblem, match="it calls itself"):
        asyncio.run(go())
