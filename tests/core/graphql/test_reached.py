"""What an asker reaches is brought to a statement as long as it is true, and as long as it is small."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from dougong.access import reached
from dougong.access.principal import Principal
from dougong.access.reach import Of, Reach
from dougong.access.reached import Reached, StructureChanged, bits
from dougong.graphql.execution import EpochChanged

COUNT = "{ orders { totalCount } }"
TEAM = Reach(Of.TEAM, None, "shop.boss")


def scalar(shop: Any, sql: str) -> Any:
    with shop.engine.connect() as connection:
        return connection.scalar(text(sql))


@pytest.fixture
def boss(shop: Any) -> Principal:
    """The boss, as somebody who was looked up today."""
    now = scalar(shop, "select structure || ' ' || current_date from dougong.epoch")
    return replace(shop.boss, structure=now)


def yesterday(shop: Any, who: Principal) -> Principal:
    then = scalar(shop, "select structure || ' ' || (current_date - 1) from dougong.epoch")
    return replace(who, structure=then)


def test_what_is_known_of_an_asker_is_not_used_on_another_day(shop: Any, boss: Principal) -> None:
    assert shop.ask(COUNT, boss) == shop.ask(COUNT)
    with pytest.raises(EpochChanged):
        shop.answer(COUNT, yesterday(shop, boss))


def test_what_is_reached_is_not_read_for_an_asker_of_another_day(
    shop: Any, boss: Principal
) -> None:
    with pytest.raises(StructureChanged):
        shop.run(Reached().by(yesterday(shop, boss), [TEAM], shop.reads.fetchrow))


def test_it_is_read_once(shop: Any, boss: Principal) -> None:
    known, before = Reached(), len(shop.reads.statements)
    for _ in range(3):
        assert shop.run(known.by(boss, [TEAM], shop.reads.fetchrow)) == {TEAM: b""}
    assert len(shop.reads.statements) == before + 1


def test_a_company_that_is_too_large_reads_the_views(
    shop: Any, boss: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reached, "HIGHEST_MEMBER", -1)
    assert shop.run(Reached().by(boss, [TEAM], shop.reads.fetchrow)) is None


def test_postgresql_reads_the_bits_as_they_are_written(shop: Any) -> None:
    numbers = [1, 7, 8, 300, 65_537]
    sent = bits(numbers).hex()
    found = scalar(
        shop,
        "select array_agg(n) from generate_series(0::bigint, 65540) n "
        f"where n < 8 * octet_length('\\x{sent}'::bytea) and get_bit('\\x{sent}'::bytea, n) = 1",
    )
    assert found == numbers
