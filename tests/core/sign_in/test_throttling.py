"""Guessing passwords: what is tried too often is no longer looked at, and nobody can tell."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from visitors import House, Visitor

from dougong.builtin.sign_in import throttle


def exhaust(house: House, visitor: Visitor, email: str) -> None:
    """What a long series of guesses leaves: the account and the address have to wait."""
    assert visitor.refused(email, "wrong") == "wrong_credentials"
    house.sql("update dougong.sign_in_throttle set failures = 99, next_at = now() + interval '1h'")


def test_after_some_wrong_passwords_the_right_one_has_to_wait_too(house: House) -> None:
    owner, stranger = house.resident(), house.visitor()
    exhaust(house, stranger, owner.email)

    assert stranger.refused(owner.email) == "wrong_credentials"


def test_the_waits_grow_to_a_quarter_of_an_hour_and_end(house: House) -> None:
    waits = []
    seconds = "select extract(epoch from next_at - last_at)::int from dougong.sign_in_throttle"
    house.sql("delete from dougong.sign_in_throttle")
    with house.engine.connect() as connection:
        one = throttle.keys("a@test.example", "192.0.2.1", known=True)
        for _ in range(20):
            assert throttle.count(connection, one)
            waits.append(connection.execute(text(seconds)).scalar_one())
            connection.execute(text("update dougong.sign_in_throttle set next_at = now()"))
        connection.execute(text("update dougong.sign_in_throttle set next_at = now() + '1s'"))
        assert not throttle.count(connection, one)

    assert waits == [0] * 5 + [2**power for power in range(10)] + [15 * 60] * 5


@pytest.mark.parametrize(
    ("known", "free"), [(True, 5), (False, 5)], ids=["where the owner was seen", "elsewhere"]
)
def test_attempts_at_the_same_moment_are_counted_one_by_one(
    house: House, known: bool, free: int
) -> None:
    attempt = throttle.keys(f"{known}@test.example", "192.0.2.2", known=known)

    def one(_: int) -> bool:
        with house.engine.begin() as connection:
            return throttle.count(connection, attempt)

    with ThreadPoolExecutor(8) as threads:
        let_in = sum(threads.map(one, range(24)))

    assert let_in == free + 1


def test_attempts_during_a_wait_do_not_make_it_longer(house: House) -> None:
    owner, stranger = house.resident(), house.visitor()
    exhaust(house, stranger, owner.email)
    before = house.sql("select sum(failures) from dougong.sign_in_throttle")

    stranger.refused(owner.email)

    assert house.sql("select sum(failures) from dougong.sign_in_throttle") == before


def test_the_owner_is_not_locked_out_where_the_owner_was_seen(house: House) -> None:
    owner, stranger = house.resident(), house.visitor()
    session = owner.token(owner.email)
    exhaust(house, stranger, owner.email)

    elsewhere = house.visitor()
    assert elsewhere.refused(owner.email) == "wrong_credentials"
    assert owner.refused(owner.email) is None
    assert owner.ask("{ users { totalCount } }", session)["data"]["users"]["totalCount"] > 0


def test_the_owner_is_not_locked_out_who_is_signed_in_still(house: House) -> None:
    owner = house.resident()
    exhaust(house, house.visitor(), owner.email)
    query = """mutation ($email: String!, $password: String!) {
        signIn(email: $email, password: $password) { token } }"""

    anew = house.visitor()
    variables = {"email": owner.email, "password": "correct horse"}

    assert anew.ask(query, **variables)["data"]["signIn"]["token"] is None
    assert anew.ask(query, owner.session, **variables)["data"]["signIn"]["token"]


def test_many_addresses_together_have_no_more_attempts_at_one_account(house: House) -> None:
    owner = house.resident()
    house.sql("delete from dougong.sign_in_throttle")
    house.visitor().refused(owner.email, "wrong")
    house.sql("update dougong.sign_in_throttle set failures = 20 where failures = 1")
    house.sql("update dougong.sign_in_throttle set next_at = now()")
    house.visitor().refused(owner.email, "wrong")

    assert house.visitor().refused(owner.email) == "wrong_credentials"


def test_one_address_has_no_endless_attempts_at_many_accounts(house: House) -> None:
    owner, stranger = house.resident(), house.visitor()
    house.sql("delete from dougong.sign_in_throttle")
    for number in range(2):
        stranger.refused(f"nobody{number}@test.example")
    house.sql("update dougong.sign_in_throttle set failures = 35 where failures = 2")
    stranger.refused("nobody@test.example")

    assert stranger.refused(owner.email) == "wrong_credentials"
    assert house.visitor().refused(owner.email) is None


def test_who_signs_in_begins_anew(house: House) -> None:
    owner = house.resident()
    for _ in range(2):
        with ThreadPoolExecutor(5) as threads:
            said = list(threads.map(lambda _: owner.refused(owner.email, "wrong"), range(5)))
        assert said == ["wrong_credentials"] * 5
        assert owner.refused(owner.email) is None


def test_a_proxys_word_counts_and_its_clients_do_not(house: House) -> None:
    stranger = house.visitor("198.51.100.7")
    owner = house.resident()
    exhaust(house, stranger, owner.email)

    assert house.visitor("6.6.6.6, 198.51.100.7").refused(owner.email) == "wrong_credentials"


@pytest.mark.parametrize("attempt", ["wrong", "unknown", "throttled"])
def test_nothing_of_an_answer_tells_why_it_was_wrong(house: House, attempt: str) -> None:
    """Answer, status and headers; whatever it was, it takes a quarter of a second or more."""
    owner, stranger = house.resident(), house.visitor()
    if attempt == "throttled":
        exhaust(house, stranger, owner.email)
    email = "nobody@test.example" if attempt == "unknown" else owner.email
    body = {
        "query": "mutation ($e: String!) { signIn(email: $e, password: \"wrong\")"
        " { token userErrors { code message params path } } }",
        "variables": {"e": email},
    }  # fmt: skip
    times = []
    answered = []
    for _ in range(2):
        start = time.perf_counter()
        answered.append(stranger.send("POST", "/graphql", body))
        times.append(time.perf_counter() - start)
    status, headers, answer = answered[-1]

    assert status == 200
    assert {name for name in headers if name not in ("date", "server")} == {
        "content-length",
        "content-type",
        "vary",
        "x-request-id",
    }
    assert b'"code":"wrong_credentials"' in answer
    assert len(answer) == 285
    assert min(times) >= 0.25


def test_what_was_counted_survives_a_dry_run(house: House) -> None:
    owner, stranger = house.resident(), house.visitor()
    house.sql("delete from dougong.sign_in_throttle")

    stranger.ask(
        'mutation ($e: String!) @dryRun { signIn(email: $e, password: "wrong") { token } }',
        e=owner.email,
    )

    assert house.sql("select count(*) from dougong.sign_in_throttle") == 3


def test_what_is_kept_of_attempts_names_nobody(house: House) -> None:
    house.visitor("198.51.100.99").refused("typed-my-password-here", "x")

    kept = house.sql("select string_agg(t::text, '') from dougong.sign_in_throttle t")
    assert "typed" not in kept
    assert "198.51" not in kept
