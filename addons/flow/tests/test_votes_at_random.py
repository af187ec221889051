"""Random walks over approvals: seats stay separate, no vote counts twice, and the mode decides."""

from contextlib import suppress
from dataclasses import replace
from math import ceil
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from dougong import Refused
from dougong_flow.actions import add_signer, claim, delegate_task, open_approval, release
from dougong_flow.entities import (
    ApprovalState,
    ApprovalTaskKind,
    ApprovalTaskState,
    Decision,
    NodeOutcome,
    ResumeFrom,
    SignerPlace,
)
from dougong_flow.workflows import decide, resubmit, return_it, transfer, withdraw

NAMES = ("Ann", "Bob", "Cid", "Dan", "Eve", "Fay")
LIVE = (ApprovalTaskState.WAITING, ApprovalTaskState.OPEN)
KEPT = (*LIVE, ApprovalTaskState.DECIDED)
MODES = [
    {"mode": "ALL"},
    {"mode": "ANY"},
    {"mode": "SEQUENCE"},
    {"mode": "RATIO", "percent": 50},
    {"mode": "RATIO", "percent": 67, "reject": "UNREACHABLE"},
    {"mode": "ALL", "reject": "UNREACHABLE"},
]
APPROVERS = [["Bob", "Cid", "Dan"], ["Cid", "Dan"], ["Bob", None], ["Eve", "Dan", None]]


def texts(key):
    said = dict.fromkeys(("description", "guide", "standard"), "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    return {"key": key, "name": key, "outputs": ["X"], "is_key": True, **said, **roles}


def expected(said, seats):
    """The model: what a node with these seats has decided; each seat is a list of yes, no, None."""
    votes = [False if False in one else None if None in one else True for one in seats]
    yes, no, n = votes.count(True), votes.count(False), len(votes)
    if said["mode"] == "ANY":
        return next((one for one in votes if one is not None), None)
    needed = ceil(n * said.get("percent", 100) / 100)
    if yes >= needed:
        return True
    if no > n - needed or (no and said.get("reject", "ONE_VETO") == "ONE_VETO"):
        return False
    return None


class Walk(RuleBasedStateMachine):
    """People do to an approval whatever comes to their minds."""

    asked: Any = None

    @initialize(first=st.sampled_from(MODES), second=st.sampled_from(MODES), data=st.data())
    def open(self, first, second, data):
        asked = self.asked
        self.savepoint = asked.office.world.session.begin_nested()
        asked.office.people.clear()
        for name in NAMES:
            asked.person(name)
        nodes = []
        for key, mode in (("a", first), ("b", second)):
            names = data.draw(st.sampled_from(APPROVERS))
            who = [{"role": "flow.approver"} if one is None else {"user": one} for one in names]
            apart = {"not_same_as": ["a"]} if key == "b" and data.draw(st.booleans()) else {}
            nodes.append({"key": key, "name": key, "approvers": who, **mode, **apart})
        self.said = {one["key"]: one for one in nodes}
        step = texts("ask") | {"kind": "APPROVAL", "approval": {"nodes": nodes}}
        version = asked.version(step)
        self.approval = open_approval(version, asked.by("Ann"), about="X", content={"amount": 1})
        self.decided = set()

    def does(self, work):
        """Somebody tries something; what is refused leaves all as it was."""
        session = self.asked.office.world.session
        with suppress(Refused), session.begin_nested():
            work()
        session.expire_all()

    def some_task(self, data, state=ApprovalTaskState.OPEN):
        tasks = [one for one in self.asked.tasks(self.approval) if one.state is state]
        return data.draw(st.sampled_from(tasks)) if tasks else None

    def actor(self, data, task):
        """Mostly whose task it is, sometimes anybody."""
        whose = task.assignee.name if task.assignee else "Bob"
        return data.draw(st.sampled_from((whose, whose, whose, *NAMES)))

    @rule(data=st.data(), yes=st.sampled_from((True, True, True, False)))
    def decide(self, data, yes):
        if task := self.some_task(data):
            who, said = self.actor(data, task), Decision.YES if yes else Decision.NO
            self.does(lambda: decide(task, self.asked.by(who), decision=said))

    @rule(data=st.data(), who=st.sampled_from(NAMES))
    def claim(self, data, who):
        if task := self.some_task(data):
            self.does(lambda: claim(task, self.asked.by(who)))

    @rule(data=st.data())
    def release(self, data):
        if task := self.some_task(data):
            who = self.actor(data, task)
            self.does(lambda: release(task, self.asked.by(who)))

    @rule(data=st.data(), to=st.sampled_from(NAMES), kind=st.sampled_from(LIVE))
    def transfer(self, data, to, kind):
        if task := self.some_task(data, kind):
            who, user = self.actor(data, task), self.asked.user(to)
            self.does(lambda: transfer(task, self.asked.by(who), to=user, reason="X"))

    @rule(data=st.data(), to=st.sampled_from(NAMES), place=st.sampled_from(SignerPlace))
    def add(self, data, to, place):
        if task := self.some_task(data):
            who, user = self.actor(data, task), self.asked.user(to)
            self.does(lambda: add_signer(task, self.asked.by(who), signer=user, place=place))

    @rule(data=st.data(), to=st.sampled_from(NAMES))
    def delegate(self, data, to):
        if task := self.some_task(data):
            who, user = self.actor(data, task), self.asked.user(to)
            self.does(lambda: delegate_task(task, self.asked.by(who), to=user))

    @rule(
        data=st.data(),
        to=st.sampled_from((None, "a", "b")),
        resume=st.sampled_from(ResumeFrom),
    )
    def return_it(self, data, to, resume):
        if task := self.some_task(data):
            who, said = self.actor(data, task), {"to": to, "resume": resume, "reason": "X"}
            self.does(lambda: return_it(task, self.asked.by(who), **said))

    @rule(amount=st.sampled_from((1, 2)), anew=st.booleans())
    def resubmit(self, amount, anew):
        said = {"content": {"amount": amount}, "from_start": anew}
        self.does(lambda: resubmit(self.approval, self.asked.by("Ann"), **said))

    @rule(who=st.sampled_from(NAMES), really=st.sampled_from((False, False, False, True)))
    def withdraw(self, who, really):
        if really:
            self.does(lambda: withdraw(self.approval, self.asked.by(who), reason="X"))

    @rule(who=st.sampled_from(NAMES), to=st.sampled_from(NAMES))
    def stand_in(self, who, to):
        """Somebody acts for somebody else from now on."""
        people = self.asked.office.people
        for_whom = frozenset({(people[to].user_id, "flow.approver")}) if to != who else frozenset()
        people[who] = replace(people[who], stands_in=for_whom)

    @invariant()
    def nobody_holds_two_seats_that_must_be_separate(self):
        held = {"a": set(), "b": set()}
        for task in self.counting():
            people = (task.assignee, task.decided_by, task.decided_for)
            names = {one.name for one in people if one is not None}
            if task.state is not ApprovalTaskState.CANCELLED:
                held[task.node.key] |= names
        assert "Ann" not in held["a"] | held["b"]
        if "not_same_as" in self.said["b"]:
            assert held["a"] & held["b"] == set()

    @invariant()
    def no_vote_counts_twice(self):
        for node in self.asked.nodes(self.approval):
            tasks = [one for one in self.counting() if one.node is node and one.state in KEPT]
            owners = [one.assignee for one in tasks if one.assignee is not None]
            assert len(owners) == len(set(owners))
            signers = [{one.decided_by, one.decided_for} - {None} for one in tasks]
            assert len(set().union(*signers)) == sum(map(len, signers))

    @invariant()
    def the_mode_decides(self):
        nodes = self.asked.nodes(self.approval)
        for node in nodes:
            seats = {}
            for task in self.counting():
                if task.node is node and task.kind is ApprovalTaskKind.VOTE:
                    decided = task.state is ApprovalTaskState.DECIDED
                    said = task.decision is Decision.YES if decided else None
                    if task.state in (*KEPT, ApprovalTaskState.CANCELLED):
                        seats.setdefault(task.seat, []).append(said)
            result = expected(self.said[node.key], list(seats.values()))
            outcome = {NodeOutcome.APPROVED: True, NodeOutcome.REJECTED: False}.get(node.outcome)
            assert result is outcome or node.outcome in (
                NodeOutcome.RETURNED,
                NodeOutcome.WITHDRAWN,
            ), (node.key, result, outcome)
        last = nodes[-1].outcome
        state = self.approval.state
        if state is ApprovalState.APPROVED:
            assert (nodes[-1].key, last) == ("b", NodeOutcome.APPROVED)
        assert (state is ApprovalState.REJECTED) == (last is NodeOutcome.REJECTED)

    @invariant()
    def what_is_over_asks_nobody_and_what_goes_on_asks_somebody(self):
        live = [one for one in self.asked.tasks(self.approval) if one.state in LIVE]
        running = self.approval.state is ApprovalState.RUNNING
        opened = [one for one in live if one.state is ApprovalTaskState.OPEN]
        assert bool(live) is running
        assert bool(opened) is running
        ended = {one for one in self.asked.nodes(self.approval) if one.outcome is not None}
        assert not [one for one in live if one.node in ended]

    def counting(self):
        kinds = (ApprovalTaskKind.VOTE, ApprovalTaskKind.OPINION)
        return [one for one in self.asked.tasks(self.approval) if one.kind in kinds]

    def teardown(self):
        if hasattr(self, "savepoint"):
            self.asked.office.world.session.expire_all()
            self.savepoint.rollback()


def test_random_walks_over_approvals_keep_seats_separate_and_count_each_vote_once(asked):
    machine = type("WalkHere", (Walk,), {"asked": asked})
    quick = settings(
        phases=[Phase.explicit, Phase.generate],
        max_examples=10,
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        derandomize=True,
        database=None,
    )
    run_state_machine_as_test(machine, settings=quick)
