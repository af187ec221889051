"""Flow is taken away while something is under way: only by force, and it stands still until it is back."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP

from dougong import SetupError
from dougong.addons.installed import load_generation
from dougong.addons.leaving import plan_remove
from dougong.addons.plans import in_words
from dougong.addons.remove import remove
from dougong.addons.restore import restore
from dougong.addons.state import Rows
from dougong.db.engine import open_database
from dougong.db.session import in_transaction
from dougong.testing.worlds import make_person
from dougong_flow import (
    Approval,
    ApprovalState,
    ApprovalTask,
    Calendar,
    Checklist,
    ChecklistState,
    ChecklistStep,
    Clock,
    Definition,
    DefinitionVersion,
    ServiceLevel,
    Weekday,
    WeeklyInterval,
    assign,
    cancel,
    complete,
    decide,
    make_effective,
    start_checklist,
)
from dougong_flow.actions import open_approval
from dougong_flow.entities import Decision, ServedParty
from dougong_flow.overdue import time_out_nodes
from dougong_flow.workflows import approve, submit

ROLES = ("worker", "planner", "designer", "process_owner")
STEP = {
    **dict.fromkeys(TEXTS_OF_A_STEP, "As always"),
    "key": "a",
    "name": "A",
    "outputs": ["A record"],
    **KEY_STEP,
    "responsible": ["flow.worker"],
    "accountable": ["flow.planner"],
    "service_level": "ANSWER",
}


@pytest.fixture
def engine(databases):
    opened = open_database(databases.clone("flow"))
    yield opened
    opened.dispose()


@pytest.fixture
def run(engine):
    """Does something in a transaction of its own, as somebody or as the reviewer."""
    with Session(engine) as session, session.begin():
        people = [
            make_person(session, tuple(f"flow.{one}" for one in ROLES), "Olga"),
            make_person(session, ("flow.reviewer",), "Rea"),
            make_person(session, ("flow.approver",), "Bob"),
        ]
    return lambda work, who=0: in_transaction(engine, load_generation(engine), people[who], work)


@pytest.fixture
def begun(run):
    """A checklist with one step that Olga is to do, with a clock that always runs."""

    def draft(ctx):
        always = [WeeklyInterval(weekday=day, begins="00:00", ends="24:00") for day in Weekday]
        calendar = Calendar(key="ALWAYS", name="Always", time_zone="UTC", intervals=always)
        ctx.create(calendar)
        level = {"key": "ANSWER", "name": "Answer", "target_minutes": 500_000}
        ctx.create(ServiceLevel(calendar=calendar, **level))
        said: dict[str, Any] = {
            "key": "test.one",
            "name": "Test",
            "purpose": "To be done well",
            **MEANT,
        }
        definition = Definition(serves=ServedParty.INTERNAL, needs_trial=False, **said)
        ctx.create(definition)
        submit(ctx.create(DefinitionVersion(definition=definition, body={"steps": [STEP]})), ctx)

    def begin(ctx):
        (version,) = ctx.find(DefinitionVersion)
        make_effective(version, ctx, reason="It works")
        start_checklist(version, ctx, about="An order")
        assign(ctx.find(ChecklistStep)[0], ctx, assignee=ctx.me)

    run(draft)
    run(lambda ctx: approve(ctx.find(DefinitionVersion)[0], ctx), who=1)
    run(begin)


def test_what_is_under_way_is_not_removed_unless_by_force_and_goes_on_when_it_is_back(
    engine, run, begun, tmp_path
):
    plan = plan_remove(engine, ["flow"], rows=Rows.KEEP)
    assert plan.running == {"Checklist": 1}
    assert any("1 Checklist are under way" in line for line in in_words(plan))
    with pytest.raises(SetupError, match=r"under way: 1 Checklist.*--force"):
        remove(engine, ["flow"], plan.hash, tmp_path, rows=Rows.KEEP)

    remove(engine, ["flow"], plan.hash, tmp_path, rows=Rows.KEEP, force=True)
    with engine.begin() as connection:
        assert connection.scalar(text("select to_regclass('flow.checklist')")) is None
        earlier = "update dougong.kept set kept_at = kept_at - interval '3 hours'"
        assert connection.execute(text(earlier)).rowcount == 1
        moved = """update "flow~kept".{} set {} = {} - interval '4 hours'"""
        connection.execute(text(moved.format("checklist_step", "ready_at", "ready_at")))
        connection.execute(text(moved.format("clock", "running_since", "running_since")))
    restore(engine, ["flow"], tmp_path)

    def look(ctx):
        (step,), (clock,) = ctx.find(ChecklistStep), ctx.find(Clock)
        assert 3 * 3600 <= step.paused_seconds < 3 * 3600 + 600
        assert 3600 - 600 < clock.used_seconds <= 3600 + 600
        assert ctx.now - clock.running_since < timedelta(minutes=10)
        complete(step, ctx)
        return ctx.find(Checklist)[0].state

    assert run(look) is ChecklistState.COMPLETED


def test_what_is_over_is_removed_as_ever(engine, run, begun, tmp_path):
    run(lambda ctx: cancel(ctx.find(Checklist)[0], ctx, reason="Enough"))

    plan = plan_remove(engine, ["flow"])
    assert plan.running == {}
    assert remove(engine, ["flow"], plan.hash, tmp_path).archive is not None


NODE = {
    "key": "boss",
    "name": "Boss",
    "approvers": [{"role": "flow.approver", "each": True}],
    "due_hours": 2,
    "timeout": {"hours": 3, "then": "REJECT"},
}


def test_an_open_approval_stands_still_and_its_time_away_does_not_count(
    engine, run, begun, tmp_path
):
    def draft(ctx):
        asks = {"kind": "APPROVAL", "approval": {"nodes": [NODE]}}
        step = {word: said for word, said in STEP.items() if word != "service_level"} | asks
        whole = ctx.find(Definition)[0]
        version = DefinitionVersion(definition=whole, body={"steps": [step]}, change_reason="X")
        submit(ctx.create(version), ctx)

    def ask(ctx):
        version = ctx.find(DefinitionVersion)[-1]
        make_effective(version, ctx, reason="It works")
        return open_approval(version, ctx, about="A purchase", content={}).opened_at

    run(draft)
    run(lambda ctx: approve(ctx.find(DefinitionVersion)[-1], ctx), who=1)
    opened_at = run(ask)
    plan = plan_remove(engine, ["flow"], rows=Rows.KEEP)
    assert plan.running == {"Approval": 1, "Checklist": 1}
    remove(engine, ["flow"], plan.hash, tmp_path, rows=Rows.KEEP, force=True)
    with engine.begin() as connection:
        connection.execute(text("update dougong.kept set kept_at = kept_at - interval '4 hours'"))

    restore(engine, ["flow"], tmp_path)

    def look(ctx):
        time_out_nodes(ctx)  # after four hours, of which none counts
        (task,) = ctx.find(ApprovalTask)
        assert task.due_at - opened_at >= timedelta(hours=6)
        decide(task, ctx, decision=Decision.YES)
        return ctx.find(Approval)[0].state

    assert run(look, who=2) is ApprovalState.APPROVED


def mutations(engine):
    """What the API can do."""
    root = load_generation(engine).schema.mutation_type
    assert root is not None
    return set(root.fields)


def test_while_flow_is_away_nobody_goes_on_and_what_was_done_can_still_be_read(
    engine, run, begun, tmp_path
):
    steps = ("completeChecklistStep", "startChecklist", "decideApprovalTask")
    assert set(steps) <= mutations(engine)
    plan = plan_remove(engine, ["flow"])

    remove(engine, ["flow"], plan.hash, tmp_path, force=True)

    assert not mutations(engine) & set(steps)
    asked = """select actor, addon, verb, entity, role, from_state, to_state, form, at
                 from dougong.event where verb in ('flow.submit', 'flow.make_effective')
                order by id"""
    with engine.connect() as connection:
        submitted, effective = connection.execute(text(asked)).mappings()
    assert (submitted["actor"], submitted["verb"]) == ("Olga", "flow.submit")
    assert (submitted["from_state"], submitted["to_state"]) == ("DRAFT", "IN_REVIEW")
    assert (effective["entity"], effective["to_state"]) == ("flow.definition_version", "EFFECTIVE")
    assert effective["role"] == "flow.process_owner"
    assert effective["form"]["reason"] == "It works"
    assert submitted["at"] <= effective["at"]
