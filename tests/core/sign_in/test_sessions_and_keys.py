"""Sessions and API keys: what one sees of them, what they may, how they end."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from visitors import CREATE, ME, PASSWORD, House, Resident

from dougong.access.principal import ANONYMOUS
from dougong.addons.installed import load_generation
from dougong.builtin.sign_in import upkeep
from dougong.db.session import in_transaction
from dougong.errors import Forbidden
from dougong.testing.worlds import utc_now

KEY = """mutation ($name: String!, $expiresAt: DateTime, $readOnly: Boolean, $roles: [String!]) {
  createApiKey(name: $name, expiresAt: $expiresAt, readOnly: $readOnly, roles: $roles) {
    id secret expiresAt userErrors { code message path } } }"""
LEADS = "{ leads { totalCount } }"


def key_of(owner: Resident, **form: Any) -> Any:
    """The payload of a new key."""
    return owner.do(KEY, **{"name": "a program", **form})


def test_sessions_are_listed_with_the_asking_one_marked(house: House) -> None:
    owner = house.resident()
    browser = house.visitor("198.51.100.20")
    token = browser.ask(
        'mutation ($e: String!) { signIn(email: $e, password: "correct horse") { token } }',
        e=owner.email,
    )["data"]["signIn"]["token"]

    seen = browser.ask(ME, token)["data"]["mySessions"]

    assert sorted(one["current"] for one in seen) == [False, True]
    current = next(one for one in seen if one["current"])
    assert current["address"] == "198.51.100.20"
    assert current["secondFactor"] is False


def test_nobody_sees_or_ends_the_sessions_of_others(house: House) -> None:
    owner, other = house.resident("dougong.administrator"), house.resident()
    [mine] = owner.do(ME)

    assert [one["id"] for one in other.do(ME)] != [mine["id"]]
    for session in (mine["id"], "0", "x", "9" * 40, ""):
        assert other.said(
            "($s: String!) { revokeSession(session: $s) { userErrors { code } } }", s=session
        ) == ["not_found"]
    assert len(owner.do(ME)) == 1
    assert house.visitor().ask(ME)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_session_is_ended_by_its_id_and_all_by_one_mutation(house: House) -> None:
    owner = house.resident()
    first, second = owner.token(owner.email), owner.token(owner.email)
    number = next(one["id"] for one in owner.ask(ME, first)["data"]["mySessions"] if one["current"])
    owner.said("($s: String!) { revokeSession(session: $s) { userErrors { code } } }", s=number)

    assert "errors" in owner.ask(ME, first)
    assert owner.do("mutation { signOutEverywhere { result } }") == {"result": 2}
    assert "errors" in owner.ask(ME, second)
    assert "errors" in owner.ask(ME, owner.session)


def test_a_key_may_what_its_owner_may_until_it_is_revoked(house: House) -> None:
    owner = house.resident("crm.seller")
    key = key_of(owner)

    assert key["secret"].startswith("dougong_")
    assert owner.ask(CREATE, key["secret"])["data"]["createLead"]["userErrors"] == []
    revoke = "($k: String!) { revokeApiKey(key: $k) { userErrors { code } } }"
    assert owner.said(revoke, k=key["id"]) == []
    assert owner.ask(LEADS, key["secret"])["errors"][0]["extensions"]["code"] == "NOT_SIGNED_IN"


def test_a_read_only_key_reads_and_runs_no_mutation(house: House) -> None:
    owner = house.resident("crm.seller", "dougong.administrator")
    secret = key_of(owner, readOnly=True)["secret"]
    before = owner.do(LEADS)["totalCount"]

    said = owner.ask(CREATE, secret)["data"]["createLead"]["userErrors"]
    atomic = owner.ask(CREATE.replace("mutation", "mutation @atomic"), secret)
    out = owner.ask("mutation { signOut { userErrors { code } } }", secret)

    assert said == [{"code": "read_only"}]
    assert atomic["data"]["createLead"]["userErrors"] == [{"code": "read_only"}]
    assert out["data"]["signOut"]["userErrors"] == [{"code": "read_only"}]
    assert owner.ask(LEADS, secret)["data"]["leads"]["totalCount"] == before


def test_a_read_only_key_is_told_that_nothing_can_be_done(house: House) -> None:
    owner = house.resident("crm.seller")
    owner.do(CREATE)
    secret = key_of(owner, readOnly=True)["secret"]
    document = "{ leads { nodes { actions { name enabled reasons { code } } } } }"

    (own,), (shown,) = (
        owner.ask(document, key)["data"]["leads"]["nodes"] for key in (owner.session, secret)
    )

    assert any(one["enabled"] for one in own["actions"])
    assert [one["name"] for one in shown["actions"]] == [one["name"] for one in own["actions"]]
    refused = {"enabled": False, "reasons": [{"code": "read_only"}]}
    assert all(one == {**refused, "name": one["name"]} for one in shown["actions"])


def test_nothing_is_written_for_a_read_only_key_whatever_the_path(house: House) -> None:
    """Imports, jobs and commands write through the same transaction as mutations."""
    generation = load_generation(house.engine)

    with pytest.raises(Forbidden, match="read_only"):
        in_transaction(
            house.engine,
            generation,
            dataclasses.replace(ANONYMOUS, read_only=True),
            lambda ctx: ctx.session.flush(),
        )


def test_a_key_kept_to_some_roles_has_only_these(house: House) -> None:
    owner = house.resident("crm.seller", "crm.manager")
    house.resident("crm.seller").do(CREATE)
    all_, own = key_of(owner), key_of(owner, roles=["crm.seller"])
    none = key_of(owner, roles=[])

    counts = [
        owner.ask(LEADS, key["secret"])["data"]["leads"]["totalCount"] for key in (all_, own, none)
    ]

    assert counts[0] > 0
    assert counts[1:] == [0, 0]
    assert owner.ask(CREATE, none["secret"])["data"]["createLead"]["userErrors"] == [
        {"code": "needs_grant"}
    ]


def test_a_key_loses_what_its_owner_loses(house: House) -> None:
    owner = house.resident("crm.seller")
    key = key_of(owner, roles=["crm.seller"])["secret"]
    assert owner.ask(CREATE, key)["data"]["createLead"]["userErrors"] == []

    house.sql("delete from dougong.role_assignment where user_id = :id", id=owner.number)

    assert owner.ask(CREATE, key)["data"]["createLead"]["userErrors"] == [{"code": "needs_grant"}]


@pytest.mark.parametrize(
    "mutation",
    [
        '{ createApiKey(name: "more") { userErrors { code } } }',
        "{ signOutEverywhere { userErrors { code } } }",
        "{ enrolSecondFactor { userErrors { code } } }",
        '{ revokeApiKey(key: "1") { userErrors { code } } }',
        f'{{ changePassword(password: "{PASSWORD}", newPassword: "another good one") {{ userErrors {{ code }} }} }}',
    ],
)
def test_a_key_cannot_make_itself_a_better_one(house: House, mutation: str) -> None:
    owner = house.resident("crm.seller")
    key = key_of(owner, roles=[])["secret"]

    [payload] = owner.ask(f"mutation {mutation}", key)["data"].values()

    assert payload["userErrors"] == [{"code": "needs_session"}]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"name": " "}, "bad_key_name"),
        ({"name": "x" * 101}, "bad_key_name"),
        ({"roles": ["crm.manager"]}, "role_not_held"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "bad_expiry"),
        ({"expiresAt": "2200-01-01T00:00:00Z"}, "bad_expiry"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(house: House, form: Any, code: str) -> None:
    payload = key_of(house.resident("crm.seller"), **form)

    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert payload["secret"] is None


def test_a_secret_that_is_given_once_is_not_kept_under_an_idempotency_key(house: House) -> None:
    owner = house.resident()

    said = owner.ask(
        'mutation { createApiKey(name: "x", idempotencyKey: "k") { secret } }', owner.session
    )

    assert "idempotencyKey" in said["errors"][0]["message"]


def test_keys_are_listed_without_their_secrets(house: House) -> None:
    owner = house.resident("crm.seller")
    key = key_of(owner, name="nightly import", readOnly=True, roles=["crm.seller"])

    [seen] = owner.do("{ myApiKeys { id name readOnly roles lastUsedAt expiresAt } }")

    assert seen == {
        "id": key["id"],
        "name": "nightly import",
        "readOnly": True,
        "roles": "crm.seller",
        "lastUsedAt": None,
        "expiresAt": key["expiresAt"],
    }


def test_when_a_token_was_used_is_noted_for_many_at_once(house: House) -> None:
    owner = house.resident()
    number = int(owner.do(ME)[0]["id"])
    epoch = house.sql("select number from dougong.epoch")
    used = SimpleNamespace(engine=house.engine, tokens=SimpleNamespace(used={number}))
    runtime: Any = used

    upkeep.note_use(runtime)
    noted = owner.do(ME)[0]["lastUsedAt"]
    used.tokens.used = {number}
    upkeep.note_use(runtime)

    assert noted is not None
    assert owner.do(ME)[0]["lastUsedAt"] == noted
    assert used.tokens.used == set()
    assert house.sql("select number from dougong.epoch") == epoch


def test_what_expired_a_month_ago_is_deleted_and_nothing_else(house: House) -> None:
    owner = house.resident()
    for days in (-40, -10, 10):
        house.sql(
            "insert into dougong.token (user_id, sha256, expires_at) values (:id, :days, :at)",
            id=owner.number,
            days=f"{owner.number} {days}",
            at=utc_now() + timedelta(days=days),
        )
    house.sql("delete from dougong.sign_in_throttle")
    house.visitor().refused("old@test.example")
    house.sql("update dougong.sign_in_throttle set last_at = now() - interval '2 days'")

    upkeep.delete_expired(house.engine)

    assert house.sql("select count(*) from dougong.token where user_id = :id", id=owner.number) == 3
    assert house.sql("select count(*) from dougong.sign_in_throttle") == 0


def test_deleting_where_nothing_expired_disturbs_nobody(house: House) -> None:
    upkeep.delete_expired(house.engine)
    epoch = house.sql("select number from dougong.epoch")

    upkeep.delete_expired(house.engine)

    assert house.sql("select number from dougong.epoch") == epoch


# Passwords ---------------------------------------------------------------------------------------

CHANGE = """($old: String!, $new: String!) {
    changePassword(password: $old, newPassword: $new) { userErrors { code } } }"""


def test_changing_the_password_ends_the_other_sessions_and_the_keys(house: House) -> None:
    owner = house.resident()
    other, key = owner.token(owner.email), key_of(owner)["secret"]

    assert owner.said(CHANGE, old=PASSWORD, new="another good one") == []

    assert len(owner.do(ME)) == 1
    for token in (other, key):
        assert "errors" in owner.ask(ME, token)
    assert owner.refused(owner.email) == "wrong_credentials"
    assert owner.refused(owner.email, "another good one") is None


def test_whoever_does_not_know_the_password_cannot_change_it(house: House) -> None:
    owner = house.resident()

    codes = {tuple(owner.said(CHANGE, old="wrong", new="another good one")) for _ in range(7)}

    assert codes == {("wrong_credentials",)}
    assert owner.said(CHANGE, old=PASSWORD, new="another good one") == ["wrong_credentials"]


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 1001, "password_too_long"),
        ("Password123!", "password_too_common"),
        ("qwertyuiop", "password_too_common"),
        ("ababababababab", "password_too_common"),
        ("{email}", "password_is_address"),
    ],
)
def test_a_password_that_anybody_would_try_is_refused(
    house: House, password: str, code: str
) -> None:
    owner = house.resident()

    assert owner.said(CHANGE, old=PASSWORD, new=password.format(email=owner.email)) == [code]


# What administrators do --------------------------------------------------------------------------


def test_a_password_is_chosen_once_with_the_link_of_an_administrator(house: House) -> None:
    admin, owner = house.resident("dougong.administrator"), house.resident()
    reset = "mutation ($u: ID!) { resetPassword(user: $u) { link expiresAt userErrors { code } } }"
    old = admin.do(reset, u=f"User:{owner.number}")["link"]
    link = admin.do(reset, u=f"User:{owner.number}")["link"]

    assert owner.refused(owner.email) == "wrong_credentials"
    assert "errors" in owner.ask(ME, owner.session)

    def choose(link: str, password: str = "chosen by myself") -> int:
        body = {"link": link, "password": password}
        origin = {"origin": f"http://127.0.0.1:{owner.port}", "host": f"127.0.0.1:{owner.port}"}
        return owner.send("POST", "/sign-in/password", body, origin)[0]

    assert [choose(old), choose(link, "short"), choose(link), choose(link)] == [403, 403, 200, 403]
    assert owner.refused(owner.email, "chosen by myself") is None


def test_who_is_deactivated_is_out_at_once(house: House) -> None:
    admin, owner = house.resident("dougong.administrator"), house.resident()
    key = key_of(owner)["secret"]
    off = "($u: ID!) { deactivateUser(user: $u) { user { active } userErrors { code } } }"

    assert admin.said(off, u=f"User:{admin.number}") == ["not_oneself"]
    assert admin.said(off, u=f"User:{owner.number}") == []

    assert [("errors" in owner.ask(ME, token)) for token in (owner.session, key)] == [True, True]
    assert owner.refused(owner.email) == "wrong_credentials"
    admin.said(
        "($u: ID!) { activateUser(user: $u) { userErrors { code } } }", u=f"User:{owner.number}"
    )
    assert owner.refused(owner.email) is None


def test_only_who_looks_after_users_does_it(house: House) -> None:
    one, other = house.resident("crm.manager"), house.resident()
    for verb in ("resetPassword", "deactivateUser", "endSessionsOf", "removeSecondFactorOf"):
        said = one.said(
            f"($u: ID!) {{ {verb}(user: $u) {{ userErrors {{ code }} }} }}",
            u=f"User:{other.number}",
        )
        assert said == ["needs_permission"]
    answer = one.ask("{ openSessions { email } }", one.session)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    admin = house.resident("dougong.administrator")
    assert other.email in {row["email"] for row in admin.do("{ openSessions { email kind } }")}
