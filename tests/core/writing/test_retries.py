"""What the database stops for the sake of others is done again; what waits too long is told so."""

import threading
from typing import Any

import pytest
from gardens import Api
from sqlalchemy import text

import dougong.db.session.transactions
from dougong_garden import Bed, journal, plugged

SOW = """mutation ($id: ID!) { sowBed(id: $id, version: 1, idempotencyKey: "k") {
    bed { state version } userErrors { code } } }"""


def stopped(*_: Any) -> str:
    """A statement that the database stops as it stops what it cannot serialize."""
    return "do $$ begin raise exception 'stopped' using errcode = '40001'; end $$"


def test_two_that_lock_each_other_out_are_both_done(api: Api) -> None:
    beds = [api.bed(), api.bed()]
    numbers = [int(bed.partition(":")[2]) for bed in beds]
    met = threading.Barrier(2)

    def lock_the_other(bed: Any, ctx: Any) -> None:
        if journal.count("bees before sow") < 3:  # nobody waits when it is done again
            met.wait(10)
        ctx.lock(ctx.get(Bed, next(number for number in numbers if number != bed.id)))

    plugged["bees before sow"] = lock_the_other
    said: list[Any] = []

    def sow(bed: str) -> None:
        said.append(api.do(SOW.replace('"k"', f'"{bed}"'), id=bed))

    threads = [threading.Thread(target=sow, args=[bed]) for bed in beds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert said == [{"bed": {"state": "SOWN", "version": 2}, "userErrors": []}] * 2
    assert journal.count("bees before sow") == 3
    assert journal.count("bees after sow") == 2
    done = "select count(*) from dougong.event where verb = 'garden.sow' and record_id in ({}, {})"
    assert api.rows(done.format(*numbers)) == [(2,)]


def test_what_cannot_be_serialized_is_done_again_from_its_beginning(api: Api) -> None:
    def stop_twice(ctx: Any) -> None:
        if journal.count("rule stumble") < 3:
            ctx.session.execute(text(stopped()))

    plugged["rule stumble"] = stop_twice

    said = api.live.ask('mutation { stumble(name: "x") { userErrors { code } } }', api.head)

    assert said == {"stumble": {"userErrors": []}}
    assert api.rows("select name from garden.bed") == [("x",)]


def test_all_that_belongs_together_is_done_again(api: Api) -> None:
    def stop_once(ctx: Any) -> None:
        if journal.count("rule stumble") == 1:
            ctx.session.execute(text(stopped()))

    plugged["rule stumble"] = stop_once
    document = """mutation @atomic { createBed(input: {name: "a"}) { userErrors { code } }
        stumble(name: "b") { userErrors { code } } }"""

    said = api.live.ask(document, api.head)

    assert said == {"createBed": {"userErrors": []}, "stumble": {"userErrors": []}}
    assert api.rows("select name from garden.bed order by name") == [("a",), ("b",)]


def test_after_a_few_tries_the_asker_is_told(api: Api) -> None:
    plugged["rule stumble"] = lambda ctx: ctx.session.execute(text(stopped()))

    [error] = api.live.errors('mutation { stumble(name: "x") { userErrors { code } } }', api.head)

    assert error["extensions"]["code"] == "BUSY"
    assert journal.count("rule stumble") == 4
    assert api.rows("select count(*) from garden.bed") == [(0,)]


def test_who_waits_too_long_for_a_record_is_told_and_may_send_the_key_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dougong.db.session.transactions, "LONGEST_WAIT", "100ms")
    bed = api.bed()

    with api.live.engine.begin() as other:
        other.execute(text("select 1 from garden.bed for update"))
        [error] = api.live.errors(SOW, api.head, id=bed)

    assert error["extensions"]["code"] == "BUSY"
    assert "try again" in error["message"]
    assert api.do(SOW, id=bed) == {"bed": {"state": "SOWN", "version": 2}, "userErrors": []}
