"""Approvals: who decides, in which order, and what their votes decide."""

import pytest
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_flow.actions import claim, release
from dougong_flow.definition_body import faults_of
from dougong_flow.entities import ApprovalState, Decision
from dougong_flow.workflows import decide


def texts(key):
    """What every step says besides."""
    said = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    return {"key": key, "name": key.capitalize(), "outputs": ["X"], **KEY_STEP, **said, **roles}


def node(key, *people, **said):
    """A node that these approvers decide: people by name, or approvers as a definition names them."""
    who = [{"user": one} if isinstance(one, str) else one for one in people]
    return {"key": key, "name": key.capitalize(), "approvers": who, **said}


def test_all_must_say_yes_and_the_first_no_ends_it(asked):
    approval = asked.opened(node("a", "Bob", "Cid", mode="ALL"), node("b", "Dan"))
    assert asked.open(approval) == ["Bob", "Cid"]

    asked.says(approval, "Bob")
    assert (approval.state, asked.open(approval)) == (ApprovalState.RUNNING, ["Cid"])
    asked.says(approval, "Cid")
    assert asked.open(approval) == ["Dan"]
    asked.says(approval, "Dan", False)

    assert (approval.state, asked.open(approval)) == (ApprovalState.REJECTED, [])
    assert [one.outcome.name for one in asked.nodes(approval)] == ["APPROVED", "REJECTED"]


def test_of_any_the_first_decision_decides_whatever_it_is(asked):
    yes = asked.opened(node("a", "Bob", "Cid", mode="ANY"))
    asked.says(yes, "Cid")
    no = asked.opened(node("a", "Bob", "Cid", mode="ANY"))
    asked.says(no, "Bob", False)

    assert (yes.state, no.state) == (ApprovalState.APPROVED, ApprovalState.REJECTED)
    assert asked.task(yes, "Bob").state.name == "CANCELLED"
    with pytest.raises(WrongState):
        asked.says(yes, "Bob")


def test_in_a_sequence_each_waits_for_the_one_before(asked):
    approval = asked.opened(node("a", "Bob", "Cid", "Dan", mode="SEQUENCE"))

    for name in ("Bob", "Cid", "Dan"):
        assert asked.open(approval) == [name]
        asked.says(approval, name)

    assert approval.state is ApprovalState.APPROVED


@pytest.mark.parametrize(
    ("reject", "said", "state"),
    [
        ("ONE_VETO", [True, False], "REJECTED"),
        ("UNREACHABLE", [True, False], "RUNNING"),
        ("UNREACHABLE", [True, False, True], "APPROVED"),
        ("UNREACHABLE", [False, False], "REJECTED"),
    ],
)
def test_a_ratio_is_reached_vetoed_or_cannot_be_reached_any_more(asked, reject, said, state):
    names = ("Bob", "Cid", "Dan")
    approval = asked.opened(node("a", *names, mode="RATIO", percent=60, reject=reject))

    for name, yes in zip(names, said, strict=False):
        asked.says(approval, name, yes)

    assert approval.state.name == state


def test_advice_never_counts(asked):
    approval = asked.opened(node("a", "Bob", advisers=[{"user": "Eve"}]))
    asked.says(approval, "Eve", False)
    assert approval.state is ApprovalState.RUNNING
    asked.says(approval, "Bob")
    assert approval.state is ApprovalState.APPROVED


def test_S4_41_a_task_of_a_role_is_claimed_by_one_and_can_be_released(asked):
    asked.person("Bob")
    asked.person("Cid")
    approval = asked.opened(node("a", {"role": "flow.approver"}))
    (task,) = asked.tasks(approval)
    with pytest.raises(Refused, match="claim_it_first"):
        decide(task, asked.by("Bob"), decision=Decision.YES)
    claim(task, asked.by("Bob"))
    with pytest.raises(Forbidden, match="outside_rows"):
        claim(task, asked.by("Cid"))
    release(task, asked.by("Bob"))
    claim(task, asked.by("Cid"))
    with pytest.raises(Forbidden):
        decide(task, asked.by("Bob"), decision=Decision.YES)
    asked.says(approval, "Cid")
    assert approval.state is ApprovalState.APPROVED


def test_the_manager_is_the_one_of_the_nearest_unit_and_never_oneself(asked):
    office = asked.office
    top = office.unit("all")
    team = office.unit("team", parent=top)
    for name, unit in (("Ann", team), ("Mia", team), ("Boss", top)):
        office.belongs(asked.user(name), unit)
    office.assign(asked.user("Mia"), "flow.manager", team)
    office.assign(asked.user("Boss"), "flow.manager", top)

    of_ann = asked.opened(node("a", {"manager": True}))
    of_mia = asked.opened(node("a", {"manager": True}), by="Mia")

    assert (asked.open(of_ann), asked.open(of_mia)) == (["Mia"], ["Boss"])


def test_a_role_within_a_unit_is_asked_of_those_who_hold_it_there(asked):
    office = asked.office
    north, south = office.unit("north"), office.unit("south")
    office.belongs(asked.user("Ann"), north)
    office.assign(asked.user("Nia"), "flow.controller", north)
    office.assign(asked.user("Sam"), "flow.controller", south)

    role = {"role": "flow.controller", "each": True}
    mine = asked.opened(node("a", {**role, "initiator_unit": True}))
    theirs = asked.opened(node("a", {**role, "unit": "south"}))

    assert (asked.open(mine), asked.open(theirs)) == (["Nia"], ["Sam"])


def test_who_has_approved_another_node_is_asked_again_by_performer(asked):
    approval = asked.opened(node("a", "Bob", "Cid", mode="ANY"), node("b", {"performer": "a"}))
    asked.says(approval, "Cid")
    assert asked.open(approval) == ["Cid"]


@pytest.mark.parametrize(
    ("empty", "asks"), [("ADMIN", ["(dougong.administrator)"]), ("MANAGER", ["Boss"]), ("PASS", [])]
)
def test_an_empty_node_goes_to_whom_the_definition_says(asked, empty, asks):
    office = asked.office
    office.world.person("dougong.administrator")
    top = office.unit("all")
    office.belongs(asked.user("Ann"), top)
    office.assign(asked.user("Boss"), "flow.manager", top)

    approval = asked.opened(node("a", {"role": "flow.controller"}, empty=empty))

    assert asked.open(approval) == asks
    assert (approval.state is ApprovalState.APPROVED) == (empty == "PASS")
    assert (asked.nodes(approval)[0].decided_by is None) == (empty != "PASS")


def test_an_empty_node_fails_unless_the_definition_says_otherwise(asked):
    with pytest.raises(Refused, match="nobody_approves"):
        asked.opened(node("a", {"role": "flow.controller"}))
    with pytest.raises(Refused, match="nobody_approves"):
        asked.opened(node("a", "Ann"))


def test_S2_60_under_the_limit_the_rule_approves_and_nobody_is_asked(asked):
    rule = node("a", "Bob", auto={"amount": {"lt": 100}})
    small = asked.opened(rule, content={"amount": 99})
    large = asked.opened(rule, content={"amount": 100})

    assert small.state is ApprovalState.APPROVED
    assert {one.kind.name for one in asked.tasks(small)} == {"COPY"}
    assert asked.nodes(small)[0].decided_by.name == "RULE"
    assert asked.open(large) == ["Bob"]


CONTROL = {"key": "seen", "risk": "X", "objective": "ASSETS", "check": "Seen?", "mandatory": True}


@pytest.mark.parametrize(
    "said",
    [
        {"auto": {"amount": {"lt": 100}}},
        {"self_approval": True},
        {"skip_same": True},
        {"empty": "PASS"},
        {"timeout": {"hours": 1, "then": "APPROVE"}},
    ],
)
@pytest.mark.parametrize("where", ["node", "step"])
def test_a_mandatory_control_forbids_all_that_is_convenient(asked, said, where):
    controls = {"control_points": [CONTROL]}
    one = node("a", "Bob", **said, **(controls if where == "node" else {}))
    step = texts("ask") | {"kind": "APPROVAL", "approval": {"nodes": [one]}}

    with pytest.raises(Invalid, match="control_forbids"):
        asked.version(step | (controls if where == "step" else {}))


def test_a_yes_says_that_the_controls_are_kept(asked):
    approval = asked.opened(node("a", "Bob", control_points=[CONTROL]))

    with pytest.raises(Refused, match="controls_unchecked"):
        asked.says(approval, "Bob")
    asked.says(approval, "Bob", checked=["seen"])

    assert approval.state is ApprovalState.APPROVED


def test_whoever_approved_the_node_before_is_not_asked_twice_where_that_is_set(asked):
    approval = asked.opened(
        node("a", "Bob"), node("b", "Bob", "Cid", skip_same=True), node("c", "Bob")
    )
    asked.says(approval, "Bob")
    assert asked.open(approval) == ["Cid"]
    asked.says(approval, "Cid")
    assert asked.open(approval) == ["Bob"]


def test_oneself_is_asked_only_where_that_is_set(asked):
    approval = asked.opened(node("a", "Ann", self_approval=True))
    assert asked.open(approval) == ["Ann"]


def test_S1_34_who_is_consulted_gives_advice_that_changes_no_state(asked):
    approval = asked.opened(node("a", "Bob", advisers=[{"user": "Eve"}]))
    advice = asked.says(approval, "Eve", comment="I would wait")

    assert (advice.kind.name, advice.comment) == ("ADVICE", "I would wait")
    assert (approval.state, asked.open(approval)) == (ApprovalState.RUNNING, ["Bob"])


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"mode": "RATIO"}, "percent_of_a_ratio"),
        ({"percent": 5}, "percent_of_a_ratio"),
        ({"not_same_as": ["z"]}, "no_such_step"),
        ({"not_same_as": ["a"]}, "no_such_step"),
        ({"approvers": [{"performer": "a"}]}, "no_such_step"),
        ({"approvers": [{"performer": "ask"}]}, "no_such_step"),
        ({"approvers": [{"user": "x", "role": "a.b"}]}, "one_way_to_name"),
        ({"approvers": [{"user": "x", "each": True}]}, "only_of_a_role"),
        ({"auto": {}}, "no_condition"),
        ({"key": "ask"}, "key_taken"),
        ({"mode": "MOST"}, "bad_shape"),
    ],
)
def test_a_definition_says_what_is_wrong_with_its_nodes(said, code):
    one = {"key": "a", "name": "A", "approvers": [{"role": "flow.approver"}], **said}
    step = texts("ask") | {"kind": "APPROVAL", "approval": {"nodes": [one]}}
    found = faults_of({"steps": [step]})
    assert [fault.code for fault in found] == [code]
    assert found[0].at[:3] == ("body", "steps", 0)


def test_an_approval_and_its_kind_belong_together():
    lonely = [texts("ask") | {"kind": "APPROVAL"}]
    assert [one.code for one in faults_of({"steps": lonely})] == ["approval_and_kind"]
