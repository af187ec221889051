"""Approvals that wait too long, and approvals of a checklist's steps."""

from datetime import timedelta

import pytest
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Refused, WrongState
from dougong_flow import (
    ChecklistStep,
    StepForm,
    StepState,
    assign,
    complete,
    start_checklist,
)
from dougong_flow.actions import execute_control, request_approval
from dougong_flow.entities import ApprovalState
from dougong_flow.overdue import remind_assignees, time_out_nodes
from dougong_flow.workflows import transfer

CONTROL = {"key": "seen", "risk": "X", "objective": "ASSETS", "check": "Seen?", "mandatory": True}
FORM = {"type": "object", "properties": {"amount": {"type": "integer"}}}


def node(key, *people, **said):
    """A node that these people decide, by name."""
    who = [{"user": one} if isinstance(one, str) else one for one in people]
    return {"key": key, "name": key.capitalize(), "approvers": who, **said}


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["X"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


def approval_step(key, *after, nodes, **said):
    return step(key, *after, kind="APPROVAL", approval={"nodes": nodes}, **said)


def test_assignees_are_reminded_once_and_time_out_decides(asked):
    approval = asked.opened(
        node("a", "Bob", remind_hours=2, timeout={"hours": 5, "then": "APPROVE"}),
        node("b", "Cid", timeout={"hours": 5, "then": "REJECT"}),
    )
    ctx = asked.office.by("process_owner")
    assert (remind_assignees(ctx), time_out_nodes(ctx)) == (0, 0)
    asked.office.now += timedelta(hours=2)
    ctx = asked.office.by("process_owner")
    with ctx.acting_as("flow"):
        assert (remind_assignees(ctx), remind_assignees(ctx), time_out_nodes(ctx)) == (1, 0, 0)
        ctx.session.expire_all()
    asked.office.now += timedelta(hours=3)
    ctx = asked.office.by("process_owner")
    with ctx.acting_as("flow"):
        assert time_out_nodes(ctx) == 1
    assert asked.open(approval) == ["Cid"]
    asked.office.now += timedelta(hours=5)
    ctx = asked.office.by("process_owner")
    with ctx.acting_as("flow"):
        assert time_out_nodes(ctx) == 1
    assert approval.state is ApprovalState.REJECTED
    assert [one.decided_by.name for one in asked.nodes(approval)] == ["TIME_OUT", "TIME_OUT"]


def carried_out(asked, *steps):
    version = asked.version(*steps)
    return start_checklist(version, asked.by("Ann"), about="An order")


def at(asked, checklist, key):
    ann = asked.by("Ann")
    (found,) = ann.find(
        ChecklistStep, ChecklistStep.checklist == checklist, ChecklistStep.key == key
    )
    return found


def mine(asked, checklist, key, name="Ann"):
    one, user = at(asked, checklist, key), asked.user(name)
    return assign(one, asked.by("Ann"), assignee=user)


def test_a_step_is_completed_by_its_approval_and_the_next_is_ready(asked):
    checklist = carried_out(asked, approval_step("ask", nodes=[node("a", "Bob")]), step("b", "ask"))
    one = mine(asked, checklist, "ask")
    with pytest.raises(Refused, match="approval_missing"):
        complete(one, asked.by("Ann"))
    approval = request_approval(one, asked.by("Ann"))
    with pytest.raises(Refused, match="asked_already"):
        request_approval(one, asked.by("Ann"))
    asked.says(approval, "Bob")

    assert (one.state, one.completed_by) == (StepState.COMPLETED, asked.user("Ann"))
    assert at(asked, checklist, "b").state is StepState.READY


def test_what_is_being_decided_on_stays_and_a_rejected_step_is_asked_for_again(asked):
    checklist = carried_out(
        asked, approval_step("ask", nodes=[node("a", "Bob")], form=FORM), step("b", "ask")
    )
    one = mine(asked, checklist, "ask")
    form = asked.by("Ann").create(StepForm(step=one, values={"amount": 5}))
    approval = request_approval(one, asked.by("Ann"))
    assert approval.content == {"ask.amount": 5}
    with pytest.raises(WrongState, match="step_is_decided_on"):
        StepForm.update(form, asked.by("Ann"), values={"amount": 6})

    asked.says(approval, "Bob", False)
    StepForm.update(form, asked.by("Ann"), values={"amount": 6})
    again = request_approval(one, asked.by("Ann"))
    asked.says(again, "Bob")

    assert (again.content, one.state) == ({"ask.amount": 6}, StepState.COMPLETED)


def test_an_approved_step_that_lacks_a_control_is_completed_by_hand(asked):
    checklist = carried_out(
        asked,
        approval_step("ask", nodes=[node("a", "Bob")], control_points=[CONTROL]),
    )
    one = mine(asked, checklist, "ask")
    approval = request_approval(one, asked.by("Ann"))
    asked.says(approval, "Bob", checked=["seen"])
    assert (approval.state, one.state) == (ApprovalState.APPROVED, StepState.READY)
    execute_control(one, asked.by("Ann"), control="seen", passed=True)
    complete(one, asked.by("Ann"))
    assert one.state is StepState.COMPLETED


def test_steps_and_the_nodes_of_an_approval_are_separate_either_way(asked):
    checklist = carried_out(
        asked,
        step("write"),
        approval_step("ask", "write", nodes=[node("a", "Bob", "Cid", not_same_as=["write"])]),
        step("pay", "ask", not_same_as=["ask"]),
    )
    complete(mine(asked, checklist, "write", "Dan"), asked.by("Dan"))
    approval = request_approval(mine(asked, checklist, "ask"), asked.by("Ann"))
    task, dan = asked.task(approval, "Bob"), asked.user("Dan")
    with pytest.raises(Refused, match="duties_are_separate"):
        transfer(task, asked.by("Bob"), to=dan, reason="Away")
    asked.says(approval, "Bob")
    asked.says(approval, "Cid")
    with pytest.raises(Refused, match="duties_are_separate"):
        complete(mine(asked, checklist, "pay", "Bob"), asked.by("Bob"))
    complete(mine(asked, checklist, "pay", "Eve"), asked.by("Eve"))


def test_hours_of_a_node_with_a_calendar_are_working_hours(asked):
    asked.office.calendar("STANDARD")
    friday = asked.office.now.replace(year=2026, month=3, day=6, hour=0)
    said = {"calendar": "STANDARD", "due_hours": 16, "remind_hours": 8}
    asked.office.now = friday
    by_the_wall = asked.opened(node("a", "Bob", due_hours=16))
    working = asked.opened(node("a", "Bob", **said, timeout={"hours": 24, "then": "REJECT"}))
    task, (its_node,) = asked.task(working, "Bob"), asked.nodes(working)
    assert asked.task(by_the_wall, "Bob").due_at == friday + timedelta(hours=16)
    assert [one.date().day for one in (task.remind_at, task.due_at, its_node.times_out_at)] == [
        *(6, 9, 10),  # Friday, Monday, Tuesday
    ]


def test_a_node_with_a_calendar_that_is_not_there_is_not_opened(asked):
    with pytest.raises(Refused, match="no_working_hours"):
        asked.opened(node("a", "Bob", calendar="NOWHERE", due_hours=1))
