"""Many people at the same moment: one decision counts, and nothing is raised twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text, update

from dougong import Refused
from dougong.db.session import in_transaction
from dougong_flow import Calendar, Clock, DefinitionVersion, ServiceLevel, stop
from dougong_flow.actions import bring_calendars, bring_definitions, escalate_clocks, start_clock
from dougong_flow.entities import ClockAlarm
from dougong_flow.workflows import approve, send_back, submit

ROLES = ("flow.planner", "flow.designer")


@pytest.fixture
def served(live_world):
    return live_world("flow")


@pytest.fixture
def run(served):
    """Does something in a transaction of its own, as a planner or a reviewer."""
    people = [served.person(*ROLES).principal, served.person("flow.reviewer").principal]
    served.person("flow.process_owner", "flow.planner", "flow.worker")

    def in_its_own(work, who=0):
        return in_transaction(served.engine, served.runtime.generation, people[who], work)

    yield in_its_own
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    assert in_its_own(lambda ctx: ctx.session.scalar(text(deadlocks))) == 0


def always(ctx):
    """A service level of one minute, by a calendar without nights and week-ends."""
    bring_calendars(ctx)
    (calendar,) = ctx.find(Calendar, Calendar.key == "STANDARD")
    for one in list(calendar.intervals):
        type(one).update(one, ctx, begins="00:00", ends="24:00")
    return ctx.create(
        ServiceLevel(key="X", name="X", calendar=calendar, target_minutes=1, warn_percent=50)
    )


def test_escalations_at_the_same_moment_raise_each_alarm_once(run):
    def start(ctx):
        level = always(ctx)
        for number in range(30):
            start_clock(level, ctx, about=str(number))

    run(start)
    long_ago = datetime(2020, 1, 6, tzinfo=UTC)
    run(lambda ctx: ctx.session.execute(update(ClockAlarm).values(due_at=long_ago)))

    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(run, escalate_clocks) for _ in range(6)]
        stopped = [
            threads.submit(run, lambda ctx, n=number: stop(ctx.find(Clock)[n], ctx))
            for number in range(10)
        ]
        raised = sum(one.result().raised for one in asked)
        for one in stopped:
            one.result()

    def look(ctx):
        alarms = ctx.session.scalars(select(ClockAlarm.version)).all()
        breached = select(func.count()).where(Clock.breached_at == long_ago)
        return len(alarms), set(alarms), ctx.session.scalar(breached)

    alarms, versions, breached = run(look)
    assert (alarms, breached) == (60, 30)
    assert len(versions) == 1
    assert raised <= 60


def test_of_two_decisions_about_a_draft_one_counts(run):
    run(bring_definitions)
    run(lambda ctx: submit(ctx.find(DefinitionVersion)[0], ctx))

    def decide(how):
        try:
            run(how, who=1)
        except Refused as refused:
            return refused.code
        return None

    decisions = [
        lambda ctx: approve(ctx.find(DefinitionVersion)[0], ctx),
        lambda ctx: send_back(ctx.find(DefinitionVersion)[0], ctx, reason="Not yet"),
    ]
    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(decide, decisions))

    assert sorted(map(str, said)) == ["None", "wrong_state"]


def test_versions_that_are_drafted_at_the_same_moment_have_numbers_of_their_own(run):
    run(bring_definitions)

    def draft(_number):
        def work(ctx):
            (first, *_) = ctx.find(DefinitionVersion)
            ctx.create(DefinitionVersion(definition=first.definition, body=first.body))

        run(work)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(draft, range(12)))

    numbers = run(lambda ctx: sorted(one.major for one in ctx.find(DefinitionVersion)))
    assert numbers == list(range(1, 14))
