"""A task is ended, whatever becomes of its cancellation."""

import asyncio

from dougong.live.ending import end


async def waits_the_old_way(told: asyncio.Event) -> None:
    """What a loop looks like that loses cancellations before Python 3.12, be it in a driver."""
    while True:
        try:
            await asyncio.wait_for(told.wait(), 60)
        except TimeoutError:
            continue
        told.clear()


async def cancelled_as_it_is_told(turns: int) -> bool:
    """Whether the task has ended that is cancelled so many turns of the loop after it is told."""
    told = asyncio.Event()
    task = asyncio.create_task(waits_the_old_way(told))
    await asyncio.sleep(0.01)
    told.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end(task)
    return task.done()


def test_a_task_ends_that_is_cancelled_in_the_moment_in_which_it_is_told() -> None:
    async def all_moments() -> list[bool]:
        return await asyncio.gather(*(cancelled_as_it_is_told(turns) for turns in range(5)))

    assert asyncio.run(all_moments()) == [True] * 5


def test_a_task_that_loses_its_first_cancellation_is_cancelled_again() -> None:
    async def loses_the_first() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(60)

    async def ended() -> bool:
        task = asyncio.create_task(loses_the_first())
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await end(task)
        return task.cancelled()

    assert asyncio.run(ended())


def test_what_a_task_raises_is_nobodys_concern_any_more() -> None:
    async def breaks() -> None:
        raise ValueError("of no concern")

    async def ended() -> bool:
        task = asyncio.create_task(breaks())
        await end(task)
        return task.done()

    assert asyncio.run(ended())
