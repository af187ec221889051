"""One engine for the approvals of all add-ons: orders, stock counts and rights of intellectual property."""

from collections.abc import Callable
from typing import Any

import pytest
from live_flow import ERRORS, LiveFlow, step

from dougong.testing import LiveWorld

NODE = {"key": "boss", "name": "Boss", "due_hours": 24, "approvers": [{"role": "flow.approver"}]}
OPEN = f"""mutation($version: ID!, $record: ID!, $about: String!) {{ openApproval(version: $version,
  about: $about, record: $record) {{ approval {{ id version state record }} {ERRORS} }} }}"""
FREE = """{ approvalTasks(where: { state: { eq: OPEN }, assignee: { isNull: true } }) {
  nodes { id dueAt approval { record about } } } }"""
CLAIM = f"mutation($task: ID!) {{ claim(task: $task) {{ {ERRORS} }} }}"


class Company(LiveFlow):
    """Sales, a warehouse and a register of rights, with one definition of an approval."""

    def __init__(self, served: LiveWorld) -> None:
        super().__init__(served)
        self.ada = served.person("dougong.administrator", "flow.worker", name="Ada")
        self.bob = served.person("flow.approver", "inventory.reader", name="Bob")
        self.cleo = served.person("flow.approver", name="Cleo")
        approval = {"kind": "APPROVAL", "approval": {"nodes": [NODE]}}
        self.version = self.released("approve", {**step("ask"), **approval})


@pytest.fixture
def live(live_world: Callable[..., LiveWorld]) -> Company:
    return Company(live_world("flow", "sales_order", "inventory", "ip_compliance"))


def made(live: Company) -> dict[str, str]:
    """A record of each of three add-ons, by its name: its id."""

    def create(entity: str, **said: Any) -> str:
        mutation = f"""mutation($input: {entity}Create!) {{ create{entity}(input: $input) {{
          record: {entity[0].lower()}{entity[1:]} {{ id }} {ERRORS} }} }}"""
        return str(live.ask(mutation, live.ada, input=said)["record"]["id"])

    customer = create("Party", kind="COMPANY", name="Acme")
    house = create("Warehouse", code="HQ", name="House")
    (place, *_) = live.ask("{ locations { nodes { id } } }", live.ada)["nodes"] or [
        {"id": create("Location", name="Shelf", code="S1", warehouse=house)}
    ]
    return {
        "order": create("SalesOrder", customer=customer, currency="EUR"),
        "count": create("StockCount", location=place["id"]),
        "right": create("IpAsset", kind="PATENT", title="A bracket"),
    }


def test_X08_an_approval_of_any_add_ons_record_is_in_the_same_list_of_tasks(live):
    records = made(live)
    asked = {
        name: live.ask(OPEN, live.ada, version=live.version, record=record, about=name)["approval"]
        for name, record in records.items()
    }
    assert {one["record"] for one in asked.values()} == {*records.values()}

    free = live.ask(FREE, live.bob)["nodes"]

    assert {one["approval"]["record"] for one in free} == {*records.values()}
    assert all(one["dueAt"] for one in free)  # by one clock
    for one in free:
        live.ask(CLAIM, live.bob, task=one["id"])
    tasks = {one["approval"]["record"]: one for one in live.mine(live.bob)}
    assert {*tasks} == {*records.values()}

    live.step("decideApprovalTask", tasks[records["order"]], live.bob, ", decision: YES")
    back = ', reason: "Count again"'
    live.step("returnItApprovalTask", tasks[records["count"]], live.bob, back)
    delegate = f"""mutation($task: ID!, $to: ID!) {{ delegateTask(task: $task, to: $to) {{ {ERRORS} }} }}"""
    cleo = f"User:{live.cleo.principal.user_id}"
    live.ask(delegate, live.bob, task=tasks[records["right"]]["id"], to=cleo)
    assert [one["approval"]["record"] for one in live.mine(live.cleo)] == [records["right"]]
    assert live.mine(live.bob) == []

    of_it = """query($record: String!) { approvals(where: { record: { eq: $record } }) {
      nodes { id version state } } }"""
    found = {
        name: live.ask(of_it, live.ada, record=one)["nodes"][0] for name, one in records.items()
    }
    states = {name: one["state"] for name, one in found.items()}
    assert states == {"order": "APPROVED", "count": "RETURNED", "right": "RUNNING"}
    live.step("withdrawApproval", found["right"], live.ada, ', reason: "It was sold"')
    assert live.mine(live.cleo) == []


def test_X08_who_approves_sees_the_record_only_where_they_may_see_it(live):
    records = made(live)
    for name in ("order", "count"):
        live.ask(OPEN, live.ada, version=live.version, record=records[name], about=name)

    node = "query($id: ID!) { node(id: $id) { id } }"

    assert live.ask(node, live.bob, id=records["count"]) == {"id": records["count"]}
    assert live.ask(node, live.bob, id=records["order"]) is None
    stranger = live.served.person("flow.worker")
    names = {"version": live.version, "about": "X"}
    assert live.codes(OPEN, stranger, record=records["order"], **names) == ["not_found"]
    assert live.codes(OPEN, stranger, record="SalesOrder:999", **names) == ["not_found"]
    assert live.codes(OPEN, stranger, record="Unicorn:1", **names) == ["no_record_id"]
