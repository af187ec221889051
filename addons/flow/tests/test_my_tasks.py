"""My tasks through the API: steps and approvals by one statement, and told as they come and go."""

import pytest
from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP

from dougong.db.session import in_transaction
from dougong.testing.lists import CountingReads
from dougong.testing.two_worlds.streams import Streams
from dougong_flow import (
    ChecklistStep,
    Definition,
    DefinitionVersion,
    assign,
    make_effective,
    open_approval,
    start_checklist,
)
from dougong_flow.entities import ServedParty
from dougong_flow.workflows import approve, submit

MINE = """query ($me: ID!) {
  checklistSteps(where: {state: {eq: READY}, assignee: {is: {id: {eq: $me}}}}) {
    nodes { name checklist { about } } }
  mine: approvalTasks(where: {state: {eq: OPEN}, assignee: {is: {id: {eq: $me}}}}) {
    nodes { id approval { about } } }
  free: approvalTasks(where: {state: {eq: OPEN}, assignee: {isNull: true}}) {
    nodes { id approval { about } } } }"""
STEPS = """subscription { checklistStepChanged(where: {state: {eq: READY}, assignee: {is: {id: {eq: "%s"}}}}) {
  what checklistStep { name } } }"""
TASKS = """subscription { approvalTaskChanged(where: {state: {eq: OPEN}, assignee: {is: {id: {eq: "%s"}}}}) {
  what approvalTask { approval { about } } } }"""
CLAIM = """mutation ($task: ID!) { claim(task: $task) { approvalTask { id version } userErrors { code } } }"""
DECIDE = """mutation ($id: ID!, $version: Int!) { decideApprovalTask(id: $id, version: $version, decision: YES) {
  approvalTask { state } userErrors { code } } }"""


def step(key, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    return {"key": key, "name": key.capitalize(), "outputs": ["X"], **KEY_STEP} | {
        **texts,
        **roles,
        **said,
    }


@pytest.fixture
def served(live_world):
    return live_world("flow")


@pytest.fixture
def run(served):
    """Does something as whoever is named first, in a transaction of its own."""

    def in_its_own(who, work):
        return in_transaction(served.engine, served.runtime.generation, who.principal, work)

    return in_its_own


@pytest.fixture
def version(served, run):
    """A definition with a step to do, and one to be approved by whoever claims it."""
    chief, other = (served.person("dougong.administrator") for _ in range(2))
    served.person("flow.worker", "flow.planner")
    node = {"key": "n", "name": "N", "approvers": [{"role": "flow.approver"}]}

    def draft(ctx):
        said = {"purpose": "X", **MEANT, "serves": ServedParty.INTERNAL, "needs_trial": False}
        definition = ctx.create(Definition(key="test.ask", name="Ask", **said))
        steps = [step("do"), step("ask", kind="APPROVAL", approval={"nodes": [node]}, after=["do"])]
        made = DefinitionVersion(definition=definition, body={"steps": steps})
        return submit(ctx.create(made), ctx).id

    number = run(chief, draft)
    run(other, lambda ctx: approve(ctx.get(DefinitionVersion, number), ctx))
    run(chief, lambda ctx: make_effective(ctx.get(DefinitionVersion, number), ctx, reason="X"))
    return number


@pytest.fixture
def people(served):
    """Ann starts things, Bob works."""
    roles = ("flow.worker", "flow.approver")
    return served.person("flow.worker", name="Ann"), served.person(*roles, name="Bob")


def begun(run, ann, bob, version):
    """A checklist whose first step is Bob's, and an approval that he may claim."""

    def work(ctx):
        of = ctx.get(DefinitionVersion, version)
        checklist = start_checklist(of, ctx, about="An order")
        (first, _) = ctx.find(ChecklistStep, ChecklistStep.checklist == checklist)
        assign(first, ctx, assignee=ctx.get(type(ctx.me), bob.principal.user_id))
        open_approval(of, ctx, about="A purchase")

    run(ann, work)


def test_steps_and_approvals_that_are_mine_or_may_be_claimed_are_one_statement(
    served, run, version, people
):
    ann, bob = people
    begun(run, ann, bob, version)
    me = f"User:{bob.principal.user_id}"
    served.ask(MINE, bob, me=me)
    reads = CountingReads(served.runtime.reads)
    served.runtime.reads = reads

    found = served.ask(MINE, bob, me=me)

    assert len(reads.statements) == 1
    assert found["checklistSteps"]["nodes"] == [
        {"name": "Do", "checklist": {"about": "An order"}},
    ]
    assert found["mine"]["nodes"] == []
    (task,) = found["free"]["nodes"]
    assert task["approval"] == {"about": "A purchase"}


def test_S0_11_tasks_are_told_as_they_become_mine_and_are_done(served, run, version, people):
    ann, bob = people
    me = f"User:{bob.principal.user_id}"
    streams = Streams(served, [bob.token], [STEPS % me, TASKS % me])
    try:
        streams.forget()
        begun(run, ann, bob, version)
        assert told(streams) == [[("CREATED", "Do")], []]
        (task,) = served.ask(MINE, bob, me=me)["free"]["nodes"]
        (claimed,) = served.ask(CLAIM, bob, task=task["id"]).values()
        assert claimed["userErrors"] == []
        assert told(streams) == [[], [("UPDATED", "A purchase")]]
        (decided,) = served.ask(DECIDE, bob, **claimed["approvalTask"]).values()
        assert decided["userErrors"] == []
        assert told(streams) == [[], [("GONE", None)]]
    finally:
        streams.close()


def told(streams):
    """What each stream has told since it was asked before."""
    shown = []
    for some in streams.settle():
        events = [one["data"] for one in some]
        shown.append([_said(next(iter(one.values()))) for one in events])
    streams.forget()
    return shown


def _said(event):
    step, task = event.get("checklistStep"), event.get("approvalTask")
    name = step["name"] if step else task["approval"]["about"] if task else None
    return event["what"], name
