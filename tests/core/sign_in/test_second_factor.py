"""The second factor: enrolled, asked for, used once, required, lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pyotp.totp import TOTP
from visitors import CREATE, ME, PASSWORD, House, Resident

from dougong.builtin.sign_in import authenticator
from dougong.errors import Refused

ENROL = "mutation { enrolSecondFactor { secret uri userErrors { code } } }"
CONFIRM = """mutation ($code: String!) {
    confirmSecondFactor(code: $code) { codes userErrors { code } } }"""
GIVE_UP = """($p: String!, $c: String!) {
    giveUpSecondFactor(password: $p, code: $c) { userErrors { code } } }"""
REQUIRE = "($r: String!) { requireSecondFactor(role: $r) { userErrors { code } } }"
STOP = "($r: String!) { stopRequiringSecondFactor(role: $r) { userErrors { code } } }"


class Enrolled:
    """A resident with an authenticator and recovery codes."""

    def __init__(self, house: House, *roles: str) -> None:
        self.house = house
        self.who = house.resident(*roles)
        self.enrolled = self.who.do(ENROL)
        self.totp = TOTP(self.enrolled["secret"])
        confirmed = self.who.do(CONFIRM, code=self.totp.now())
        assert confirmed["userErrors"] == []
        self.recovery: list[str] = confirmed["codes"].splitlines()

    def fresh(self) -> str:
        """A code of now, as if none had been used."""
        self.house.sql(
            "update dougong.second_factor set last_step = 0 where user_id = :id", id=self.who.number
        )
        return self.totp.now()


def test_after_enrolling_signing_in_asks_for_a_code(house: House) -> None:
    one = Enrolled(house)

    assert one.enrolled["uri"].startswith("otpauth://totp/Dougong:")
    assert one.who.refused(one.who.email) == "second_factor_needed"
    assert one.who.refused(one.who.email, code=one.fresh()) is None
    assert one.who.refused(one.who.email, code="000000") == "wrong_credentials"
    assert one.who.refused(one.who.email, "wrong", one.fresh()) == "wrong_credentials"


def test_until_a_code_confirms_it_nothing_changes(house: House) -> None:
    owner = house.resident()
    owner.do(ENROL)

    wrong = owner.do(CONFIRM, code="000000")

    assert wrong == {"codes": None, "userErrors": [{"code": "wrong_code"}]}
    assert owner.refused(owner.email) is None


def test_no_code_counts_twice(house: House) -> None:
    one = Enrolled(house)
    code = one.fresh()

    assert one.who.refused(one.who.email, code=code) is None
    assert one.who.refused(one.who.email, code=code) == "wrong_credentials"


def test_of_the_same_code_at_the_same_moment_one_counts(house: House) -> None:
    one = Enrolled(house)
    code = one.fresh()

    def use(_: int) -> bool:
        with house.engine.begin() as connection:
            return authenticator.use_code(connection, one.who.number, code)

    # The secret is encrypted with the server's key.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOUGONG_SECRET_KEY", house.server.variables["DOUGONG_SECRET_KEY"])
        with ThreadPoolExecutor(6) as threads:
            assert sum(threads.map(use, range(12))) == 1


def test_a_recovery_code_counts_once_however_it_is_written(house: House) -> None:
    one = Enrolled(house)
    code = one.recovery[0]
    said = code.lower().replace("-", " ")

    assert len(one.recovery) == 10
    assert one.who.refused(one.who.email, code=said) is None
    assert one.who.refused(one.who.email, code=code) == "wrong_credentials"
    [left] = one.who.do("{ mySecondFactor { confirmedAt recoveryCodesLeft } }")
    assert left["recoveryCodesLeft"] == 9


def test_guessing_codes_has_to_wait_like_guessing_passwords(house: House) -> None:
    one, stranger = Enrolled(house), house.visitor()
    stranger.refused(one.who.email, code="111111")
    house.sql("update dougong.sign_in_throttle set failures = 99, next_at = now() + interval '1h'")

    assert stranger.refused(one.who.email, code=one.fresh()) == "wrong_credentials"


def test_who_knows_the_password_does_not_begin_anew_by_leaving_the_code_out(
    house: House,
) -> None:
    one = Enrolled(house)
    house.sql("delete from dougong.sign_in_throttle")
    for _ in range(3):
        assert one.who.refused(one.who.email, code="111111") == "wrong_credentials"
        assert one.who.refused(one.who.email) == "second_factor_needed"

    assert house.sql("select min(failures) from dougong.sign_in_throttle") == 3


def test_neither_secret_nor_code_is_kept_readable(house: House) -> None:
    one = Enrolled(house)

    kept = house.sql(
        "select (select string_agg(f::text, '') from dougong.second_factor f) || "
        "(select string_agg(r::text, '') from dougong.recovery_code r) || "
        "(select string_agg(e::text, '') from dougong.event e)"
    )

    assert one.enrolled["secret"] not in kept
    assert one.recovery[0].replace("-", "") not in kept


def test_confirming_ends_the_other_sessions_and_enrolling_anew_needs_giving_up(
    house: House,
) -> None:
    owner = house.resident()
    other = owner.token(owner.email)
    secret = owner.do(ENROL)["secret"]
    totp = TOTP(secret)
    owner.do(CONFIRM, code=totp.now())

    assert "errors" in owner.ask(ME, other)
    assert owner.do(ENROL)["userErrors"] == [{"code": "second_factor_there"}]
    assert owner.said(GIVE_UP, p=PASSWORD, c="000000") == ["wrong_credentials"]
    assert owner.said(GIVE_UP, p=PASSWORD, c="") == ["second_factor_needed"]
    house.sql("update dougong.second_factor set last_step = 0")
    assert owner.said(GIVE_UP, p=PASSWORD, c=totp.now()) == []
    assert owner.refused(owner.email) is None


# Required by a role ------------------------------------------------------------------------------


def may_create(who: Resident, token: str | None = None) -> bool:
    answer: Any = who.ask(CREATE, token or who.session)
    return not answer["data"]["createLead"]["userErrors"]


def test_a_role_that_asks_for_it_counts_only_in_sessions_that_had_it(house: House) -> None:
    admin, seller = Enrolled(house, "dougong.administrator"), house.resident("crm.seller")
    assert may_create(seller)
    assert admin.who.said(REQUIRE, r="crm.seller") == []
    try:
        anew = seller.sign_in(seller.email)
        without = [may_create(seller), may_create(seller, anew["token"])]
        code = TOTP(seller.do(ENROL)["secret"]).now()
        seller.do(CONFIRM, code=code)
        with_it = may_create(seller)
        house.sql(
            "update dougong.token set second_factor = false where user_id = :id", id=seller.number
        )
        marked = may_create(seller)
    finally:
        assert admin.who.said(STOP, r="crm.seller") == []

    assert anew["needsSecondFactor"] is True
    assert without == [False, False]
    assert with_it
    assert not marked
    assert may_create(seller)


def test_an_administrator_without_one_cannot_require_it(house: House) -> None:
    admin = house.resident("dougong.administrator")

    assert admin.said(REQUIRE, r="crm.seller") == ["second_factor_first"]
    assert admin.said(REQUIRE, r="nonsense") == ["unknown_role"]


def test_who_has_lost_it_is_helped_by_an_administrator(house: House) -> None:
    admin, one = house.resident("dougong.administrator"), Enrolled(house)
    remove = "($u: ID!) { removeSecondFactorOf(user: $u) { userErrors { code } } }"

    assert admin.said(remove, u=f"User:{one.who.number}") == []

    assert "errors" in one.who.ask(ME, one.who.session)
    assert one.who.refused(one.who.email) is None


def test_without_a_key_to_encrypt_with_nobody_enrols(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOUGONG_SECRET_KEY", raising=False)

    with pytest.raises(Refused, match="no_secret_key"):
        authenticator.new_secret()


def test_codes_are_those_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 6238, appendix B: the last six digits of its vectors for SHA-1."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    monkeypatch.setenv("DOUGONG_SECRET_KEY", "only-for-tests-and-long-enough-to-be-one")
    monkeypatch.setattr(authenticator, "random_base32", lambda: secret)
    _, encrypted = authenticator.new_secret()

    vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}

    for now, code in vectors.items():
        assert authenticator._step_of(encrypted, code, now) == now // 30
        assert authenticator._step_of(encrypted, code, now + 90) is None


def test_a_new_key_encrypts_and_the_one_before_still_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "an-old-key-of-more-than-32-characters", "a-new-key-of-more-than-32-characters"
    monkeypatch.setenv("DOUGONG_SECRET_KEY", old)
    secret, encrypted = authenticator.new_secret()
    code = TOTP(secret).at(1_000_000)

    monkeypatch.setenv("DOUGONG_SECRET_KEY", f"{new},{old}")
    assert authenticator._step_of(encrypted, code, 1_000_000)
    monkeypatch.setenv("DOUGONG_SECRET_KEY", new)
    assert authenticator._step_of(encrypted, code, 1_000_000) is None
