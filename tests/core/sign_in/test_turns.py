"""Whose password is looked at before whose, while many are guessed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine
from visitors import House, Visitor

from dougong.access.principal import ANONYMOUS, Principal
from dougong.builtin.sign_in import hashing, proving
from dougong.builtin.sign_in.client import Client
from dougong.builtin.sign_in.hashing import HashThread, TooManyHashes, Turn
from dougong.builtin.sign_in.settings import settings
from dougong.db.read_pool import ReadPool
from dougong.errors import SetupError

WITHOUT_END = 1e9


@pytest.fixture
def tired(monkeypatch: pytest.MonkeyPatch) -> HashThread:
    """A thread that rests for ever, because it has just looked at a stranger's password."""
    monkeypatch.setattr(hashing, "REST", WITHOUT_END)
    thread = HashThread()
    assert thread.check(None, "guess", Turn.STRANGER).result(10) is False
    return thread


def test_who_is_known_waits_for_no_stranger(tired: HashThread) -> None:
    hashed = tired.make("correct horse")
    waiting = [tired.check(hashed, "correct horse", turn) for turn in (Turn.STRANGER, Turn.NEAR)]

    assert tired.check(hashed, "correct horse", Turn.KNOWN).result(10) is True
    assert [one.done() for one in waiting] == [False, False]


def test_strangers_leave_room_for_those_from_places_where_people_sign_in(tired: HashThread) -> None:
    for turn in (Turn.STRANGER, Turn.NEAR):
        assert not tired.is_full(turn)
        for _ in range(hashing.MOST_WAITING):
            tired.check(None, "guess", turn)
        assert tired.is_full(turn)
        with pytest.raises(TooManyHashes):
            tired.check(None, "guess", turn)

    assert not tired.is_full(Turn.KNOWN)


def test_a_dozen_strangers_at_once_need_not_wait_for_each_other() -> None:
    thread = HashThread()
    looked = [thread.check(None, "guess", Turn.STRANGER) for _ in range(hashing.MOST_WAITING)]

    assert [one.result(5) for one in looked] == [False] * hashing.MOST_WAITING


@dataclass
class Outside:
    """What signing in works with, without a server."""

    engine: Engine
    reads: ReadPool


def seen(house: House, visitor: Visitor, email: str, who: Principal = ANONYMOUS) -> proving.Attempt:
    """What is known of an attempt before anything is done about it."""

    async def look() -> proving.Attempt:
        reads = ReadPool(house.server.variables["DOUGONG_DATABASE_URL"])
        await reads.open()
        try:
            outside, by = Outside(house.engine, reads), Client(visitor.address)
            return await proving.look(outside, who, email, by, True)
        finally:
            await reads.close()

    return asyncio.run(look())


def test_whose_turn_it_is_follows_from_who_has_signed_in_where(house: House) -> None:
    ann, bob, stranger = house.resident(), house.resident(), house.visitor()
    ann.token(ann.email)

    assert seen(house, ann, ann.email).turn is Turn.KNOWN
    assert seen(house, ann, bob.email).turn is Turn.NEAR
    assert seen(house, stranger, ann.email).turn is Turn.STRANGER
    me = Principal(ann.number, "Ann", frozenset())
    assert seen(house, stranger, ann.email, me).turn is Turn.KNOWN


def test_nothing_but_the_address_decides_how_long_a_wrong_answer_takes(
    house: House, monkeypatch: pytest.MonkeyPatch, tired: HashThread
) -> None:
    monkeypatch.setattr(proving, "hashes", tired)
    ann, bob = house.resident(), house.resident()
    ann.token(ann.email)

    pauses = [seen(house, ann, email).pause for email in (ann.email, bob.email, "no@test.example")]

    assert min(pauses) > proving.ANSWER_SECONDS
    assert pauses == pytest.approx([pauses[0]] * 3, rel=0.01)


def test_what_comes_too_soon_is_known_without_writing(house: House) -> None:
    ann, stranger = house.resident(), house.visitor()
    assert not seen(house, stranger, ann.email).too_soon
    stranger.refused(ann.email, "wrong")
    house.sql("update dougong.sign_in_throttle set next_at = now() + interval '1 hour'")
    written = house.sql(
        "select string_agg(t::text, '' order by key) from dougong.sign_in_throttle t"
    )

    assert seen(house, stranger, ann.email).too_soon
    assert seen(house, stranger, "no@test.example").too_soon
    assert not seen(house, house.visitor(), "other@test.example").too_soon
    after = house.sql("select string_agg(t::text, '' order by key) from dougong.sign_in_throttle t")
    assert written == after


@pytest.mark.parametrize("said", ["7", "many", "-1", "99999999"])
def test_what_hashing_costs_is_checked(said: str) -> None:
    with pytest.raises(SetupError, match=r"DOUGONG_PASSWORD_MEMORY .* Fix: leave it out"):
        settings({"DOUGONG_PASSWORD_MEMORY": said})
