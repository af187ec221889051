"""Browsers: the session in a cookie, and whose pages may use it."""

from __future__ import annotations

import http.client
import json
from http.cookies import SimpleCookie
from typing import Any

import pytest
from visitors import CREATE, ME, PASSWORD, House, Resident
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from dougong.builtin.sign_in.browser import cookie_name, may_keep_session
from dougong.builtin.sign_in.settings import Settings, settings
from dougong.errors import SetupError

EVIL = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
LEADS = "subscription { leadChanged { what } }"


def own(one: Resident) -> dict[str, str]:
    """What a browser sends from a page of ours."""
    return {"origin": f"http://127.0.0.1:{one.port}", "sec-fetch-site": "same-origin"}


def signed_in(house: House, *roles: str) -> Resident:
    """Somebody whose browser has the cookie."""
    one = house.resident(*roles)
    body = {"email": one.email, "password": PASSWORD}
    status, _, answer = one.send("POST", "/sign-in/session", body, own(one))
    assert (status, json.loads(answer)) == (200, {"needsSecondFactor": False})
    return one


def graphql(one: Resident, document: str, headers: dict[str, str]) -> tuple[int, Any]:
    status, _, answer = one.send("POST", "/graphql", {"query": document}, headers)
    return status, json.loads(answer)


def test_a_cookie_that_no_page_can_read_stands_for_the_session(house: House) -> None:
    one = house.resident("crm.seller")
    body = {"email": one.email, "password": PASSWORD}
    _, headers, answer = one.send("POST", "/sign-in/session", body, own(one))

    [cookie] = SimpleCookie(headers["set-cookie"]).values()
    assert (cookie.key, cookie["path"], cookie["samesite"]) == ("dougong", "/", "lax")
    assert (cookie["httponly"], cookie["secure"], cookie["domain"]) == (True, "", "")
    assert cookie.value not in answer.decode()
    status, said = graphql(one, CREATE, own(one))
    assert (status, said["data"]["createLead"]["userErrors"]) == (200, [])
    whose = json.loads(one.send("GET", "/sign-in/session")[2])
    assert whose["user"]["id"] == f"User:{one.number}"


def test_by_https_the_cookie_is_bound_to_this_very_host() -> None:
    scope: Any = {
        "type": "http",
        "scheme": "http",
        "path": "/",
        "headers": [(b"host", b"erp.example")],
    }
    behind = Settings(public_url="https://erp.example")

    assert cookie_name({**scope, "scheme": "https"}, Settings()) == "__Host-dougong"
    assert cookie_name(scope, behind) == "__Host-dougong"
    assert [may_keep_session(scope, known) for known in (Settings(), behind)] == [False, True]


@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "same-site", "origin": "http://other.127.0.0.1"},
        {"sec-fetch-site": "cross-site"},
        {},
    ],
)
def test_a_page_of_another_site_changes_nothing(house: House, headers: dict[str, str]) -> None:
    one = signed_in(house, "crm.seller")
    before = one.do("{ leads { totalCount } }")

    status, said = graphql(one, CREATE, headers)

    assert (status, said["errors"][0]["extensions"]["code"]) == (403, "FOREIGN_ORIGIN")
    assert one.do("{ leads { totalCount } }") == before
    assert one.send("DELETE", "/sign-in/session", None, headers)[0] == 403
    assert graphql(one, ME, own(one))[0] == 200


def test_a_page_of_another_site_reads_nothing_by_get(house: House) -> None:
    one = signed_in(house, "crm.seller")

    def count(headers: dict[str, str]) -> int:
        _, _, answer = one.send("GET", "/graphql?query=%7Busers%7BtotalCount%7D%7D", None, headers)
        return int(json.loads(answer)["data"]["users"]["totalCount"])

    assert count({"sec-fetch-site": "same-origin"}) > 0
    assert count({"sec-fetch-site": "cross-site"}) == 0


def test_nobody_is_signed_in_to_somebody_elses_account_by_another_site(house: House) -> None:
    one = house.resident()
    body = {"email": one.email, "password": PASSWORD}

    assert one.send("POST", "/sign-in/session", body, EVIL)[0] == 403
    form = {**own(one), "content-type": "text/plain"}
    assert one.send("POST", "/sign-in/session", json.dumps(body), form)[0] == 403
    assert one.cookies == {}


def test_a_token_in_a_header_needs_no_origin(house: House) -> None:
    one = signed_in(house, "crm.seller")

    assert one.ask(CREATE, one.session)["data"]["createLead"]["userErrors"] == []


def test_signing_out_ends_the_session_and_the_cookie(house: House) -> None:
    one = signed_in(house)
    kept = dict(one.cookies)

    assert one.send("DELETE", "/sign-in/session", None, own(one))[0] == 200
    assert one.cookies == {}
    one.cookies = kept
    assert graphql(one, ME, own(one))[0] == 401
    assert one.cookies == {}


def test_who_comes_with_a_session_that_has_ended_can_sign_in_again(house: House) -> None:
    one = signed_in(house)
    old = dict(one.cookies)
    house.sql("update dougong.token set revoked_at = now() where user_id = :id", id=one.number)

    whose = json.loads(one.send("GET", "/sign-in/session")[2])
    body = {"email": one.email, "password": PASSWORD}
    status = one.send("POST", "/sign-in/session", body, own(one))[0]

    assert (whose["user"], status) == (None, 200)
    assert one.cookies != old
    assert graphql(one, ME, own(one))[0] == 200


def test_signing_in_by_cookie_needs_a_code_too_and_is_refused_the_same_way(house: House) -> None:
    one = house.resident()

    body = {"email": one.email, "password": "wrong"}
    status, headers, answer = one.send("POST", "/sign-in/session", body, own(one))

    assert (status, headers["set-cookie"]) == (403, None)
    assert json.loads(answer)["errors"][0]["extensions"]["code"] == "wrong_credentials"


@pytest.mark.parametrize("body", ["", "[]", "nonsense", '{"email": 1}'])
def test_what_is_no_json_of_texts_is_refused(house: House, body: str) -> None:
    one = house.resident()

    status, _, answer = one.send("POST", "/sign-in/session", body, own(one))

    assert (status, json.loads(answer)["errors"][0]["extensions"]["code"]) == (403, "not_json")


# Subscriptions -----------------------------------------------------------------------------------


def listen(one: Resident, origin: str | None) -> Any:
    """What the first message of a subscription over a WebSocket says."""
    cookie = "; ".join(f"{name}={value}" for name, value in one.cookies.items())
    protocols: Any = ["graphql-transport-ws"]
    headers = {"cookie": cookie} if cookie else {}
    place: Any = origin
    with connect(
        f"ws://127.0.0.1:{one.port}/graphql",
        subprotocols=protocols,
        additional_headers=headers,
        origin=place,
        proxy=None,
    ) as socket:
        socket.send(json.dumps({"type": "connection_init"}))
        assert json.loads(socket.recv(timeout=10)) == {"type": "connection_ack"}
        payload = {"query": LEADS}
        socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
        return json.loads(socket.recv(timeout=10))


def test_a_websocket_of_our_page_has_the_cookies_rights(house: House) -> None:
    one = signed_in(house, "crm.seller")
    nobody = house.resident()

    said = listen(one, f"http://127.0.0.1:{one.port}")
    anonymous = listen(nobody, f"http://127.0.0.1:{one.port}")

    assert said["payload"]["data"]["leadChanged"]["what"] == "READY"
    assert anonymous["payload"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


@pytest.mark.parametrize("origin", ["https://evil.example", None])
def test_a_websocket_of_another_sites_page_is_refused(house: House, origin: str | None) -> None:
    one = signed_in(house, "crm.seller")

    with pytest.raises(InvalidStatus, match="403"):
        listen(one, origin)


def test_events_come_with_the_cookies_rights(house: House) -> None:
    one = signed_in(house, "crm.seller")
    connection = http.client.HTTPConnection("127.0.0.1", one.port, timeout=20)
    cookie = "; ".join(f"{name}={value}" for name, value in one.cookies.items())
    headers = {
        **own(one),
        "cookie": cookie,
        "accept": "text/event-stream",
        "content-type": "application/json",
    }
    connection.request("POST", "/graphql", json.dumps({"query": LEADS}), headers)
    response = connection.getresponse()
    try:
        lines = [response.readline().decode() for _ in range(4)]
    finally:
        response.close()
        connection.close()

    assert "READY" in lines[3]


# Pages of other origins that the operator allows ---------------------------------------------------


def test_only_allowed_origins_are_told_that_they_may_ask(house: House) -> None:
    one = signed_in(house, "crm.seller")
    asks = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }

    def allowed(origin: str) -> tuple[str | None, str | None]:
        headers = one.send("OPTIONS", "/graphql", None, {**asks, "origin": origin})[1]
        return headers["access-control-allow-origin"], headers["access-control-allow-credentials"]

    assert allowed("https://shop.example") == ("https://shop.example", "true")
    assert allowed("https://evil.example")[0] is None
    shop = {"origin": "https://shop.example", "sec-fetch-site": "same-site"}
    assert graphql(one, CREATE, shop)[0] == 200
    assert listen(one, "https://shop.example")["payload"]["data"]["leadChanged"]["what"] == "READY"


# Pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/sign-in", "/graphql"])
def test_pages_are_framed_by_nobody(house: House, path: str) -> None:
    status, headers, body = house.visitor().send("GET", path, None, {"accept": "text/html"})

    assert status == 200
    assert b"Sign in" in body
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


# Settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [
        {"DOUGONG_ALLOWED_ORIGINS": "*"},
        {"DOUGONG_ALLOWED_ORIGINS": "http://shop.example"},
        {"DOUGONG_PUBLIC_URL": "https://erp.example/path"},
        {"DOUGONG_SECRET_KEY": "short"},
        {"DOUGONG_SESSION_DAYS": "0"},
        {"DOUGONG_OIDC": "Corp"},
        {"DOUGONG_OIDC": "corp"},
        {"DOUGONG_OIDC": "corp", "DOUGONG_OIDC_CORP_ISSUER": "http://corp.example"},
    ],
)
def test_what_is_set_wrongly_gets_a_sentence(variables: dict[str, str]) -> None:
    with pytest.raises(SetupError, match="Fix: "):
        settings(variables)
