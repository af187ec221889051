"""Approvals as their users send them: asked for, seen, claimed, decided, and two at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select
from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP

from dougong import User
from dougong.db.session import in_transaction
from dougong.testing.jobs import do_jobs
from dougong_flow import (
    Approval,
    ChecklistStep,
    Definition,
    DefinitionVersion,
    assign,
    cancel,
    make_effective,
    request_approval,
    start_checklist,
)
from dougong_flow.entities import ServedParty
from dougong_flow.workflows import approve, submit

ERRORS = "userErrors { path code message }"
OPEN = f"""mutation($version: ID!, $content: JSON) {{
  openApproval(version: $version, about: "A purchase", content: $content) {{
    approval {{ id version state }} {ERRORS} }} }}"""
TASKS = """{ approvalTasks(where: {state: {eq: OPEN}}, orderBy: [{dueAt: ASC}]) { nodes {
    id version kind dueAt assignee { name } role node { name }
    approval { id about content initiator { name } }
    actions(names: ["claim", "decideApprovalTask"]) { name enabled reasons { code } } } } }"""
DECIDE = f"""mutation($id: ID!, $version: Int!, $decision: Decision!) {{
  decideApprovalTask(id: $id, version: $version, decision: $decision) {{
    approvalTask {{ state decision approval {{ state }} }} {ERRORS} }} }}"""


@pytest.fixture
def served(live_world):
    return live_world("flow")


def step(nodes):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    said = {"key": "ask", "name": "Ask", "outputs": ["X"], **KEY_STEP, **texts, **roles}
    return said | {"kind": "APPROVAL", "approval": {"nodes": nodes}}


def version_of(served, *nodes):
    """The id of a version that holds, with an approval of these nodes."""
    served.person("flow.worker", "flow.planner")
    chief = served.person("dougong.administrator").principal
    other = served.person("dougong.administrator").principal

    def run(work, who=chief):
        return in_transaction(served.engine, served.runtime.generation, who, work)

    def draft(ctx):
        said = {"purpose": "X", **MEANT, "serves": ServedParty.INTERNAL, "needs_trial": False}
        definition = ctx.create(Definition(key="test.ask", name="Ask", **said))
        body = {"steps": [step(list(nodes))]}
        return submit(ctx.create(DefinitionVersion(definition=definition, body=body)), ctx).id

    number = run(draft)
    run(lambda ctx: approve(ctx.get(DefinitionVersion, number), ctx), other)
    run(lambda ctx: make_effective(ctx.get(DefinitionVersion, number), ctx, reason="X"))
    return f"DefinitionVersion:{number}"


def email(served, person):
    with served.engine.connect() as connection:
        mine = select(User.email).where(User.id == person.principal.user_id)
        return connection.scalar(mine)


def opened(served, ann, *nodes, **content):
    answer = served.ask(OPEN, ann, version=version_of(served, *nodes), content=content)
    assert answer["openApproval"]["userErrors"] == []
    return answer["openApproval"]["approval"]


def tasks(served, who):
    return served.ask(TASKS, who)["approvalTasks"]["nodes"]


def decide(served, who, task, decision="YES"):
    said = {"id": task["id"], "version": task["version"], "decision": decision}
    return served.ask(DECIDE, who, **said)["decideApprovalTask"]


def test_an_approval_is_asked_for_claimed_and_decided(served):
    ann, bob = served.person("flow.worker", name="Ann"), served.person("flow.approver", name="Bob")
    stranger = served.person("flow.worker", name="Eve")
    asked = opened(
        served,
        ann,
        {"key": "a", "name": "A", "approvers": [{"role": "flow.approver"}], "due_hours": 2},
        amount=7,
    )
    (task,) = tasks(served, bob)
    assert (task["approval"]["content"], task["role"]) == ({"amount": 7}, "flow.approver")
    assert task["dueAt"]
    assert task["approval"]["initiator"] == {"name": "Ann"}
    assert task["actions"] == [
        {"name": "claim", "enabled": True, "reasons": []},
        {
            "name": "decideApprovalTask",
            "enabled": False,
            "reasons": [{"code": "claim_it_first"}],
        },
    ]
    assert tasks(served, stranger) == []
    assert served.ask("{ approvals { totalCount } }", stranger) == {"approvals": {"totalCount": 0}}

    claim = f"mutation($t: ID!) {{ claim(task: $t) {{ approvalTask {{ version }} {ERRORS} }} }}"
    claimed = served.ask(claim, bob, t=task["id"])["claim"]
    assert claimed["userErrors"] == []
    done = decide(served, bob, task | claimed["approvalTask"])
    assert done == {
        "approvalTask": {"state": "DECIDED", "decision": "YES", "approval": {"state": "APPROVED"}},
        "userErrors": [],
    }
    seen = served.ask(
        "{ approvals { nodes { state nodes { nodes { outcome decidedBy } } } } }", ann
    )
    assert seen["approvals"]["nodes"] == [
        {"state": "APPROVED", "nodes": {"nodes": [{"outcome": "APPROVED", "decidedBy": "VOTES"}]}}
    ]
    assert asked["state"] == "RUNNING"


def test_content_that_is_no_object_is_refused(served):
    ann = served.person("flow.worker")
    served.person("flow.approver")
    version = version_of(
        served, {"key": "a", "name": "A", "approvers": [{"role": "flow.approver"}]}
    )
    refused = served.ask(OPEN, ann, version=version, content=[1])["openApproval"]
    assert [(one["code"], one["path"]) for one in refused["userErrors"]] == [
        ("no_object", ["content"])
    ]


def test_vector_4_of_two_simultaneous_decisions_one_wins_and_the_other_is_stale(served):
    ann = served.person("flow.worker", name="Ann")
    people = [served.person("flow.approver", name=name) for name in ("Bob", "Cid")]
    names = [{"user": email(served, one)} for one in people]
    nodes = {"key": "a", "name": "A", "approvers": names, "mode": "ANY"}
    version = version_of(served, nodes)

    for _ in range(8):
        asked = served.ask(OPEN, ann, version=version)["openApproval"]["approval"]
        mine = [
            next(one for one in tasks(served, who) if one["assignee"]["name"] == name)
            for who, name in zip(people, ("Bob", "Cid"), strict=True)
        ]
        together = Barrier(2)

        def vote(place, together=together, mine=mine):
            together.wait()
            decision = ("YES", "NO")[place]
            return decide(served, people[place], mine[place], decision)

        with ThreadPoolExecutor(2) as threads:
            answers = list(threads.map(vote, range(2)))

        won = [one for one in answers if not one["userErrors"]]
        lost = [one["userErrors"][0]["code"] for one in answers if one["userErrors"]]
        assert (len(won), lost) == (1, ["stale_version"])
        decided = won[0]["approvalTask"]
        state = "APPROVED" if decided["decision"] == "YES" else "REJECTED"
        seen = served.ask(
            "query($id: ID!) { approval(id: $id) { state tasks { nodes { state } } } }",
            ann,
            id=asked["id"],
        )["approval"]
        assert seen["state"] == state
        states = sorted(one["state"] for one in seen["tasks"]["nodes"])
        assert states == ["CANCELLED", "DECIDED"]


def test_votes_of_all_at_the_same_moment_are_all_counted_once(served):
    ann = served.person("flow.worker", name="Ann")
    people = [served.person("flow.approver", name=f"P{n}") for n in range(4)]
    nodes = [
        {"key": "a", "name": "A", "approvers": [{"user": email(served, one)} for one in people]},
        {"key": "b", "name": "B", "approvers": [{"user": email(served, people[0])}]},
    ]
    opened(served, ann, *nodes)
    mine = [
        next(one for one in tasks(served, who) if one["assignee"]["name"] == f"P{n}")
        for n, who in enumerate(people)
    ]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda n: decide(served, people[n], mine[n]), range(4)))

    assert [one["userErrors"] for one in answers] == [[]] * 4
    assert [one["node"]["name"] for one in tasks(served, people[0])] == ["B"]
    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    with served.engine.connect() as connection:
        assert connection.exec_driver_sql(deadlocks).scalar() == 0


def test_cancelling_a_checklist_withdraws_its_approvals_soon_after(served):
    ann, bob = served.person("flow.worker", name="Ann"), served.person("flow.approver", name="Bob")
    version = version_of(
        served, {"key": "a", "name": "A", "approvers": [{"user": email(served, bob)}]}
    )

    def run(work):
        return in_transaction(served.engine, served.runtime.generation, ann.principal, work)

    def ask(ctx):
        number = int(version.partition(":")[2])
        checklist = start_checklist(ctx.get(DefinitionVersion, number), ctx, about="An order")
        (one,) = ctx.find(ChecklistStep, ChecklistStep.checklist == checklist)
        request_approval(assign(one, ctx, assignee=ctx.me), ctx)
        cancel(checklist, ctx, reason="The order is gone")

    run(ask)
    (task,) = tasks(served, bob)
    assert decide(served, bob, task)["userErrors"][0]["code"] == "checklist_is_over"
    do_jobs(served.engine, served.runtime.generation)
    assert run(lambda ctx: [one.state.name for one in ctx.find(Approval)]) == ["WITHDRAWN"]
    assert tasks(served, bob) == []


def test_many_are_decided_at_once_with_a_result_for_each(served):
    ann, bob = served.person("flow.worker", name="Ann"), served.person("flow.approver", name="Bob")
    served.person("flow.approver", name="Cid")
    mine = {"key": "a", "name": "A", "approvers": [{"user": email(served, bob)}]}
    version = version_of(served, mine)
    for _ in range(4):
        served.ask(OPEN, ann, version=version)
    found = tasks(served, bob)
    assert len(found) == 4
    decide(served, bob, found[1])
    rows = [
        {"id": one["id"], "version": one["version"], "decision": decision}
        for one, decision in zip(found, ("YES", "YES", "NO", "YES"), strict=True)
    ]
    answer = served.ask(
        f"""mutation($rows: [DecideApprovalTasksRow!]!) {{
          decideApprovalTasks(records: $rows, onError: SKIP_FAILED) {{
            results {{ approvalTask {{ decision approval {{ state }} }} {ERRORS} }} {ERRORS} }} }}""",
        bob,
        rows=rows,
    )["decideApprovalTasks"]

    states = [
        one["approvalTask"] and one["approvalTask"]["approval"]["state"]
        for one in answer["results"]
    ]
    assert states == ["APPROVED", None, "REJECTED", "APPROVED"]
    (error,) = answer["results"][1]["userErrors"]
    assert (error["code"], error["path"]) == ("stale_version", ["records", "1", "version"])
    assert tasks(served, bob) == []
