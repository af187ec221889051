"""The read pool: read-only, fair, and alive again after its connections were lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from dougong.builtin.watching.planned_once import ANEW, ONCE, PlanModes, PlanningPool


def with_pool(shop: Any, work: Callable[[PlanningPool], Awaitable[Any]], **options: Any) -> Any:
    async def run() -> Any:
        pool = PlanningPool(shop.url, **options)
        await pool.open()
        try:
            return await work(pool)
        finally:
            await pool.close()

    return asyncio.run(run())


def test_text_comes_as_bytes(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        return await pool.fetchrow("select $1::text, current_setting('TimeZone')", "斗拱")

    assert with_pool(shop, work) == ("斗拱".encode(), b"UTC")


def test_nothing_can_be_written(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await pool.fetchrow("delete from shop.line returning 1")

    with_pool(shop, work)


def test_a_slow_statement_is_ended(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        with pytest.raises(asyncpg.QueryCanceledError):
            await pool.fetchrow("select pg_sleep(5)")
        return await pool.fetchrow("select 1")

    assert with_pool(shop, work, seconds_per_statement=0.1) == (1,)


def test_many_share_few_connections_in_turn(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        done: list[int] = []

        async def one(number: int) -> None:
            await pool.fetchrow("select pg_sleep(0.001)")
            done.append(number)

        await asyncio.gather(*(one(number) for number in range(40)))
        sql = "select count(*) from pg_stat_activity where application_name = 'dougong reads'"
        return done, await pool.fetchrow(sql + " and datname = current_database()")

    done, (connections,) = with_pool(shop, work, size=1)
    assert done == list(range(40))
    assert connections <= 2  # the shop's own pool has one


def test_lost_connections_are_replaced_without_an_error(shop: Any) -> None:
    kill = "select pg_terminate_backend(pid) from pg_stat_activity where pid = $1"

    async def work(pool: PlanningPool) -> Any:
        for _ in range(3):
            (pid,) = await pool.fetchrow("select pg_backend_pid()")
            killer = await asyncpg.connect(shop.url)
            await killer.execute(kill.replace("$1", str(pid)))
            await killer.close()
            answers = await asyncio.gather(*(pool.fetchrow("select 1") for _ in range(5)))
            assert answers == [(1,)] * 5

    with_pool(shop, work, size=1)


def test_a_connection_whose_end_is_half_read_is_replaced(shop: Any) -> None:
    """The server's farewell has arrived, the end of the stream has not: the driver refuses then."""

    async def work(pool: PlanningPool) -> Any:
        connection = pool._free[-1]
        transport = connection._transport
        farewell = b"SFATAL\0VFATAL\0C57P01\0Mgoodbye\0\0"
        packet = b"E" + (len(farewell) + 4).to_bytes(4, "big") + farewell
        connection._protocol.data_received(packet)
        assert not connection.is_closed()
        answer = await pool.fetchrow("select 1")
        return answer, transport.is_closing(), pool._free[-1] is connection

    assert with_pool(shop, work, size=1) == ((1,), True, False)


def test_who_gives_up_waiting_leaves_no_gap(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        slow = asyncio.create_task(pool.fetchrow("select pg_sleep(0.2)"))
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(pool.fetchrow("select 1")) for _ in range(5)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        slow.cancel()
        await asyncio.gather(slow, *waiting, return_exceptions=True)
        return await asyncio.wait_for(pool.fetchrow("select 2"), 2)

    assert with_pool(shop, work, size=1) == (2,)


def test_a_closed_pool_says_so(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        await pool.close()
        with pytest.raises(asyncpg.InterfaceError, match="closed"):
            await pool.fetchrow("select 1")

    with_pool(shop, work)


HARD_TO_PLAN = "select count(*)::text from shop.line a0 " + " ".join(
    f"join shop.line a{n} on a{n}.id = a{n - 1}.id and a{n}.id > $1::bigint" for n in range(1, 8)
)
PLANNED = "select coalesce(sum(generic_plans) filter (where statement = $1), 0)::int from pg_prepared_statements"


def test_what_takes_longer_to_plan_than_to_run_is_planned_once(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        for number in range(40):
            await pool.fetchrow(HARD_TO_PLAN, number)
        return await pool.fetchrow(PLANNED, HARD_TO_PLAN)

    ((often,),) = [with_pool(shop, work, size=1, watched_from=0)]
    assert often >= 20


def test_what_is_quick_is_left_to_the_server(shop: Any) -> None:
    async def work(pool: PlanningPool) -> Any:
        for number in range(40):
            await pool.fetchrow(HARD_TO_PLAN, number)
        return await pool.fetchrow("show plan_cache_mode")

    assert with_pool(shop, work, size=1, watched_from=1_000) == (b"auto",)


def test_what_takes_long_with_other_arguments_is_planned_anew_again() -> None:
    known = PlanModes(seconds=0.01).of("select 1")
    for _ in range(6):
        known.took(known.mode, 0.02)
    assert known.mode == ONCE
    for _ in range(12):
        known.took(known.mode, 0.001)
    assert known.mode == ONCE

    known.took(known.mode, 0.5)

    assert known.mode == ANEW
    known.took(known.mode, 0.02)
    assert known.mode == ANEW


def test_what_is_cancelled_when_planned_once_is_answered_all_the_same(shop: Any) -> None:
    sql = "select pg_sleep($1)::text"

    async def work(pool: PlanningPool) -> Any:
        for _ in range(6):
            await pool.fetchrow(sql, 0.001)
        tried = pool._modes.of(sql).mode
        return tried, await pool.fetchrow(sql, 0.3), pool._modes.of(sql).mode

    assert with_pool(shop, work, size=1, watched_from=0) == (ONCE, (b"",), ANEW)


def test_what_is_not_faster_when_planned_once_stays_as_it_was() -> None:
    known = PlanModes(seconds=0.01).of("select 1")
    for _ in range(18):
        known.took(known.mode, 0.02)

    assert known.mode == ANEW


def test_of_many_statements_the_oldest_is_forgotten() -> None:
    modes = PlanModes()
    first = modes.of("select 0")
    for number in range(1_000):
        modes.of(f"select {number}")

    assert modes.of("select 0") is first
    modes.of("select 1000")
    assert modes.of("select 0") is not first
