"""Jobs: asked for in a transaction, done later, once, as their add-on."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from gardens import Committed, LiveGarden, parts
from sqlalchemy import select, text

from dougong import Context, Refused, SetupError, after_commit, every, job
from dougong.builtin.jobs.job import Job
from dougong.builtin.jobs.queue import PARKED, enqueue, forget_done, resume
from dougong.builtin.jobs.running import Parked, run_job
from dougong.builtin.jobs.schedule import ask_for_due, last_time
from dougong.builtin.jobs.tables import job_failure
from dougong.errors import GenerationChanged
from dougong.generation import Generation
from dougong.testing.jobs import do_jobs
from dougong.verbs.together import create_all
from dougong_garden import Bed, BedState, Crop, journal, plugged, sow
from dougong_sundial import prune, strike, water

TOLD: dict[str, Any] = {"litres": Decimal("2.5"), "on": date(2026, 2, 28), "crops": [Crop.LEEK]}
QUEUED = "{ queuedJobs { id name state attempts error dueAt askedAt endedAt } }"
RETRY = "mutation ($id: String!) { retryJob(id: $id) { id state userErrors { code path } } }"
CANCEL = RETRY.replace("retryJob", "cancelJob")


@pytest.fixture
def garden(committed: Callable[..., Committed]) -> Committed:
    return committed("garden", "sundial")


def bed_in(garden: Committed) -> int:
    """A new bed's number."""
    number: int = garden.do(lambda ctx: ctx.create(Bed(name="North")).id)
    return number


def ask(garden: Committed, **told: Any) -> int:
    """Have a new bed watered later; the job's number."""
    number = bed_in(garden)
    asked: int = garden.do(
        lambda ctx: ctx.later(water, bed=ctx.get(Bed, number), **{**TOLD, **told})
    )
    return asked


def jobs_of(garden: Any) -> list[tuple[str, str, int]]:
    """Status, queue and attempts of every job."""
    with garden.engine.connect() as connection:
        found = connection.execute(
            text(
                "select status::text, queue_name, attempts from procrastinate.procrastinate_jobs "
                "order by id"
            )
        )
        return [tuple(row) for row in found]


def waterings(garden: Any) -> int:
    with garden.engine.connect() as connection:
        return int(connection.execute(text("select count(*) from sundial.watering")).scalar_one())


def refuse(*_: Any) -> None:
    raise Refused("too_dry")


def test_a_job_is_told_what_it_was_asked_with_and_acts_as_its_add_on(garden: Committed) -> None:
    seen: list[Any] = []
    plugged["water"] = lambda ctx, *told: seen.append((ctx.acting, ctx.me, *told))
    ask(garden)
    assert waterings(garden) == 0

    assert do_jobs(garden.engine, garden.generation) == ["sundial.water"]

    ((acting, me, bed, *told),) = seen
    assert (acting, me, told) == ("sundial", None, [*TOLD.values()])
    assert isinstance(bed, Bed)
    assert bed.name == "North"
    assert waterings(garden) == 1


def test_what_a_transaction_that_is_undone_asked_for_is_not_done(garden: Committed) -> None:
    number = bed_in(garden)

    def work(ctx: Context) -> None:
        ctx.later(water, bed=ctx.get(Bed, number), **TOLD)
        raise Refused("changed_my_mind")

    with pytest.raises(Refused):
        garden.do(work)

    assert do_jobs(garden.engine, garden.generation) == []


def test_a_job_for_a_moment_waits_for_it(garden: Committed) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    garden.do(lambda ctx: ctx.later(prune, at=soon))
    assert do_jobs(garden.engine, garden.generation) == []

    garden.do(lambda ctx: ctx.later(prune, at=datetime.now(UTC) - timedelta(hours=1)))

    assert do_jobs(garden.engine, garden.generation) == ["sundial.prune"]


def test_a_job_that_is_run_again_as_its_worker_died_writes_nothing_more(garden: Committed) -> None:
    number = ask(garden)
    with garden.engine.connect() as connection:
        found = text("select args from procrastinate.procrastinate_jobs where id = :id")
        args = connection.execute(found, {"id": number}).scalar_one()

    run_job(garden.engine, garden.generation, number, args, 0)
    run_job(garden.engine, garden.generation, number, args, 0)

    assert waterings(garden) == 1
    assert journal.count("water") == 1


def test_a_job_that_fails_writes_nothing_but_why(garden: Committed) -> None:
    plugged["water"] = refuse
    number = ask(garden)

    with pytest.raises(Refused):
        do_jobs(garden.engine, garden.generation)

    assert waterings(garden) == 0
    assert jobs_of(garden) == [("failed", "dougong", 1)]
    with garden.engine.connect() as connection:
        failure = connection.execute(select(job_failure)).one()
    assert failure.job == number
    assert "too_dry" in failure.error


def test_a_record_that_is_gone_meanwhile_fails_the_job(garden: Committed) -> None:
    ask(garden)
    with garden.engine.begin() as connection:
        connection.execute(text("delete from garden.bed"))

    with pytest.raises(Refused, match="not_found"):
        do_jobs(garden.engine, garden.generation)


def test_a_job_of_an_add_on_that_is_gone_does_nothing_until_it_returns(garden: Committed) -> None:
    ask(garden)
    without = Generation(1, parts("garden"))
    with pytest.raises(Parked):
        do_jobs(garden.engine, without)
    with garden.engine.begin() as connection:  # what a worker does with it
        connection.execute(
            text("update procrastinate.procrastinate_jobs set status = 'todo', queue_name = :q"),
            {"q": PARKED},
        )
    assert do_jobs(garden.engine, without) == []

    with garden.engine.begin() as connection:
        assert resume(connection, ["garden"]) == 0
        assert resume(connection, ["garden", "sundial"]) == 1

    assert do_jobs(garden.engine, garden.generation) == ["sundial.water"]


def test_a_worker_that_is_behind_does_not_take_a_job_for_one_of_nobody(garden: Committed) -> None:
    ask(garden)
    with garden.engine.begin() as connection:
        connection.execute(text("update dougong.generation set number = number + 1"))

    with pytest.raises(GenerationChanged):
        do_jobs(garden.engine, Generation(1, parts("garden")))


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"litres": "much"}, "litres"),
        ({"on": datetime(2026, 1, 1, tzinfo=UTC)}, "on"),
        ({"crops": ["roses"]}, "crops"),
        ({"bed": 7}, "bed=7"),
        ({"bed": None}, "bed=None"),
        ({"shade": True}, "has no shade"),
    ],
)
def test_what_does_not_fit_a_job_is_refused_where_it_is_asked_for(
    garden: Committed, told: dict[str, Any], said: str
) -> None:
    number = bed_in(garden)

    def work(ctx: Context) -> None:
        ctx.later(water, **{"bed": ctx.get(Bed, number), **TOLD, **told})

    with pytest.raises(SetupError, match=said):
        garden.do(work)
    with pytest.raises(SetupError, match="lacks bed, litres"):
        garden.do(lambda ctx: ctx.later(water))
    assert jobs_of(garden) == []


def test_a_moment_without_a_zone_is_refused(garden: Committed) -> None:
    with pytest.raises(SetupError, match="names no zone"):
        garden.do(lambda ctx: ctx.later(prune, at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_jobs_that_cannot_work_are_refused_when_they_are_read() -> None:
    async def asynchronous(ctx: Context) -> None: ...

    late: Any = asynchronous

    def bare(bed: Bed) -> None: ...

    def strange(ctx: Context, *, how: Callable[[], None]) -> None: ...

    def nightly(ctx: Context) -> None: ...

    for rule in (late, bare, strange, nightly):
        rule.__module__ = "dougong_sundial"
    with pytest.raises(SetupError, match="async"):
        job(late)
    with pytest.raises(SetupError, match="does not take"):
        _ = job(bare).fields
    with pytest.raises(SetupError, match="cannot be kept"):
        _ = job(strange).fields
    for cron in ("0 2 * *", "61 2 * * *", "nightly", "0 2 * * * *"):
        with pytest.raises(SetupError, match="which is no time"):
            every(cron)(nightly)


# By the clock -----------------------------------------------------------------------------------

NIGHT = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


def due(garden: Committed, hours: float) -> list[str]:
    """What is asked for so long after one o'clock."""
    return ask_for_due(garden.engine, mine(garden), NIGHT + timedelta(hours=hours))


def mine(garden: Committed) -> list[Job]:
    """The jobs of the add-ons; the core has some too."""
    return [job for job in garden.generation.jobs.values() if job.addon != "dougong"]


def test_a_job_by_the_clock_runs_once_when_its_time_has_come(garden: Committed) -> None:
    assert due(garden, 0) == []
    assert due(garden, 0.99) == []

    assert due(garden, 1) == ["sundial.strike"]
    assert due(garden, 1) == []
    assert due(garden, 2) == []
    assert do_jobs(garden.engine, garden.generation) == ["sundial.strike"]
    assert due(garden, 25) == ["sundial.strike"]


def test_of_many_missed_times_it_runs_for_the_last(garden: Committed) -> None:
    due(garden, 0)

    assert due(garden, 24 * 30 + 1.5) == ["sundial.strike"]
    assert due(garden, 24 * 30 + 2) == []
    assert len(jobs_of(garden)) == 1


def test_what_has_not_been_done_yet_is_not_asked_for_again(garden: Committed) -> None:
    due(garden, 0)
    due(garden, 1)

    assert due(garden, 25) == []
    assert len(jobs_of(garden)) == 1


def test_two_workers_ask_for_it_once(garden: Committed) -> None:
    due(garden, 0)
    jobs, when = mine(garden), NIGHT + timedelta(hours=1)

    asked = garden.both(*[lambda _ctx: ask_for_due(garden.engine, jobs, when)] * 2)

    assert sorted(asked) == [[], ["sundial.strike"]]
    assert len(jobs_of(garden)) == 1


def test_the_last_time_may_be_now() -> None:
    assert last_time("0 2 * * *", NIGHT + timedelta(hours=1)) == NIGHT + timedelta(hours=1)
    assert last_time("0 2 * * *", NIGHT) == NIGHT - timedelta(hours=23)
    assert strike.cron == "0 2 * * *"


# After a commit -----------------------------------------------------------------------------------

NEW, SOWN = (
    "gnomon.look_at_new_beds after garden.bed.create",
    "gnomon.note_the_seeds after garden.sow",
)


@pytest.fixture
def shaded(committed: Callable[..., Committed]) -> Committed:
    return committed("garden", "gnomon")


def test_what_comes_after_a_commit_knows_the_record_and_the_form(shaded: Committed) -> None:
    seen: list[Any] = []
    plugged["note_the_seeds"] = lambda ctx, bed: seen.append((ctx.acting, ctx.me, bed.state))
    number = bed_in(shaded)
    shaded.do(lambda ctx: sow(ctx.get(Bed, number), ctx, seeds=4))
    assert seen == []

    assert do_jobs(shaded.engine, shaded.generation) == [NEW, SOWN]

    assert seen == [("gnomon", None, BedState.SOWN)]
    with shaded.engine.connect() as connection:
        assert connection.execute(text("select length from gnomon.shadow")).scalars().all() == [4]


def test_nothing_comes_after_a_verb_that_is_undone(shaded: Committed) -> None:
    number = bed_in(shaded)
    do_jobs(shaded.engine, shaded.generation)

    def work(ctx: Context) -> None:
        sow(ctx.get(Bed, number), ctx, seeds=4)
        raise Refused("changed_my_mind")

    with pytest.raises(Refused):
        shaded.do(work)
    assert do_jobs(shaded.engine, shaded.generation) == []


def test_a_record_that_is_gone_again_by_then_is_passed_over(shaded: Committed) -> None:
    bed_in(shaded)
    with shaded.engine.begin() as connection:
        connection.execute(text("delete from garden.bed"))

    assert do_jobs(shaded.engine, shaded.generation) == [NEW]
    assert "look_at_new_beds" not in journal


def test_records_that_are_created_together_are_each_told_of(shaded: Committed) -> None:
    beds = [Bed(name=name) for name in "ABC"]
    shaded.do(lambda ctx: create_all(Bed, beds, ctx))

    assert do_jobs(shaded.engine, shaded.generation) == [NEW] * 3
    assert journal == ["look_at_new_beds"] * 3


def test_nothing_can_come_after_the_commit_of_what_leaves_no_record() -> None:
    def late(bed: Bed, ctx: Context) -> None: ...

    late.__module__ = "dougong_sundial"
    with pytest.raises(SetupError, match="leaves no record"):
        after_commit(Bed.delete)(late)


# Workers and administrators -----------------------------------------------------------------------


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it never came to hold"
        time.sleep(0.02)


def test_who_serves_does_jobs_too(live_garden: Callable[..., LiveGarden]) -> None:
    live = live_garden("garden", "sundial", jobs=1)
    head = live.person("garden.head")
    made = live.ask('mutation { createBed(input: {name: "B"}) { bed { id } } }', head)
    document = """mutation ($id: ID!) {
        waterLater(bed: $id, litres: "3") { userErrors { message } } }"""

    done = live.ask(document, head, id=made["createBed"]["bed"]["id"])

    assert done["waterLater"]["userErrors"] == []
    eventually(lambda: waterings(live) == 1)
    eventually(lambda: jobs_of(live) == [("succeeded", "dougong", 1)])


def test_a_failed_job_is_tried_again_by_a_worker_and_then_given_up(
    live_garden: Callable[..., LiveGarden], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dougong.builtin.jobs.worker.FIRST_PAUSE", 0)
    monkeypatch.setattr("dougong.builtin.jobs.worker.LOOKED_SECONDS", 0.1)
    live = live_garden("garden", "sundial", jobs=1)
    plugged["prune"] = refuse
    with live.engine.begin() as connection:
        number = enqueue(connection, "sundial", "prune", {})
    eventually(lambda: jobs_of(live) == [("failed", "dougong", 2)])

    admin = live.person("dougong.administrator")
    (one,) = live.ask(QUEUED, admin)["queuedJobs"]
    assert (one["id"], one["name"], one["state"]) == (str(number), "sundial.prune", "FAILED")
    assert "too_dry" in one["error"]
    plugged.clear()
    again = live.ask(RETRY, admin, id=one["id"])["retryJob"]

    assert again == {"id": str(number), "state": "WAITING", "userErrors": []}
    eventually(lambda: jobs_of(live)[0][0] == "succeeded")


def test_jobs_are_seen_and_changed_by_administrators_alone(
    live_garden: Callable[..., LiveGarden],
) -> None:
    live = live_garden("garden", "sundial")
    with live.engine.begin() as connection:
        first, second = (enqueue(connection, "sundial", "prune", {}) for _ in range(2))
    head, admin = live.person("garden.head"), live.person("dougong.administrator")
    assert live.errors(QUEUED, head)[0]["extensions"]["code"] == "FORBIDDEN"

    listed = live.ask('{ queuedJobs(first: 1, states: [WAITING], addon: "sundial") { id } }', admin)
    assert listed["queuedJobs"] == [{"id": str(second)}]
    page = live.ask(f'{{ queuedJobs(before: "{second}") {{ id state }} }}', admin)
    assert page["queuedJobs"] == [{"id": str(first), "state": "WAITING"}]
    assert live.ask("{ queuedJobs(states: [PARKED]) { id } }", admin)["queuedJobs"] == []

    assert live.ask(CANCEL, admin, id=str(first))["cancelJob"]["state"] == "CANCELLED"
    refused = live.ask(CANCEL, admin, id=str(first))["cancelJob"]["userErrors"]
    assert refused == [{"code": "job_state", "path": ["id"]}]
    unknown = live.ask(RETRY, admin, id="9" * 30)["retryJob"]["userErrors"]
    assert unknown == [{"code": "no_job", "path": ["id"]}]
    assert live.ask(CANCEL, head, id=str(second))["cancelJob"]["userErrors"][0]["code"] == (
        "needs_permission"
    )


def test_what_was_done_long_ago_is_forgotten_and_nothing_else(garden: Committed) -> None:
    for _ in range(2):
        ask(garden)
    do_jobs(garden.engine, garden.generation)
    ask(garden)
    with garden.engine.begin() as connection:
        assert forget_done(connection) == 0
        connection.execute(
            text(
                "update procrastinate.procrastinate_events set at = now() - interval '8 days' "
                "where job_id in (1, 3)"
            )
        )
        assert forget_done(connection) == 1
        left = connection.execute(text("select job from dougong.job_done")).scalars().all()

    assert left == [2]
    assert len(jobs_of(garden)) == 2
