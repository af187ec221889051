"""What a walk has done, compared: in the model, in the database, and with what never may be."""

from copy import deepcopy
from typing import Any

from approval_model import EVERYBODY, KEPT, No
from sqlalchemy import select
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Refused
from dougong_flow import ChecklistStep
from dougong_flow.entities import Approval, ApprovalNode, ApprovalTask

FORM = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}}
CONTROL = {"key": "seen", "risk": "X", "objective": "ASSETS", "check": "Seen?", "mandatory": True}
PROOF = [{"kind": "LINK", "name": "proof"}]
APPROVE, REJECT = ({"hours": 1, "then": then} for then in ("APPROVE", "REJECT"))
CASES = [
    [
        {"who": ["Bob", "Cid", "Dan"], "mode": "ALL"},
        {"who": ["Eve", EVERYBODY], "mode": "SEQUENCE", "not_same_as": ["a"]},
    ],
    [
        {"who": ["Bob", "Cid"], "mode": "ANY"},
        {"who": ["Cid", "Dan", "Eve", "Bob"], "mode": "RATIO", "percent": 50, "skip_same": True},
    ],
    [
        {"who": ["Bob", EVERYBODY, "Dan"], "mode": "SEQUENCE"},
        {"who": ["Cid", "Dan", "Eve"], "mode": "ALL", "reject": "UNREACHABLE", "timeout": APPROVE},
    ],
    [
        {
            "who": ["Bob", "Cid", "Dan"],
            "mode": "RATIO",
            "percent": 60,
            "reject": "UNREACHABLE",
            "timeout": REJECT,
        },
        {"who": [EVERYBODY, "Eve"], "mode": "ALL", "not_same_as": ["a"]},
    ],
]
MODELLED = (*("model", "steps", "assigned", "doers", "approvers", "form", "control", "proofs"),)
"""What of a walk is taken back where something is refused."""


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["X"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


def version_of(asked, case):
    """Do something, have it approved by others, and file it, which who approved it may not."""
    nodes = []
    for key, said in zip("ab", case, strict=True):
        who = [{"role": "flow.approver"} if n is EVERYBODY else {"user": n} for n in said["who"]]
        rest = {name: value for name, value in said.items() if name != "who"}
        nodes.append({"key": key, "name": key, "approvers": who, **rest})
    return asked.version(
        step("do", form=FORM, evidence=PROOF, control_points=[CONTROL]),
        step("look", "do", kind="APPROVAL", approval={"nodes": nodes}, not_same_as=["do"]),
        step("file", "look", not_same_as=["look"]),
    )


class Compared:
    """A checklist with three steps and its approval, in `asked`'s database, and what they must be."""

    asked: Any
    model: Any
    said: Any
    users: dict[int, str]
    steps: dict[str, Any]
    doers: dict[str, Any]
    numbers: dict[Any, Any]
    form: Any
    proofs: Any
    control: Any
    approval: Any
    approvers: set[Any]

    def by(self, name):
        return self.asked.by(name)

    def look(self):
        return self.asked.office.by("process_owner")

    def step(self, key):
        return self.look().get(ChecklistStep, self.numbers[key])

    def both(self, expected, real, then=lambda: None):
        """The same in the model and in the database: done in both, or refused in both."""
        kept = deepcopy({n: v for n, v in vars(self).items() if n in MODELLED})
        refused = really_refused = False
        try:
            expected()
        except No:
            vars(self).update(kept)
            refused = True
        session = self.asked.office.world.session
        try:
            with session.begin_nested():
                real()
        except Refused:
            really_refused = True
        then()
        session.expire_all()
        assert really_refused is refused
        if self.model is not None and self.model.state == "APPROVED" and not refused:
            self.settled()
        self.compare(session)

    def settled(self):
        """The approval completes its step, for whoever asked for it."""
        if self.steps["look"] == "READY":
            self.over("look", {self.model.initiator})

    def compare(self, session):
        """What there is, and what must be; and what never may be, whatever the model says."""
        where = ChecklistStep.id.in_(self.numbers.values())
        steps = session.execute(select(ChecklistStep.key, ChecklistStep.state).where(where)).all()
        assert {key: state.name for key, state in steps} == self.steps
        if self.steps["do"] == "COMPLETED":
            assert self.form
            assert self.proofs
            assert self.control
        if self.model is None or self.approval is None:
            return
        columns = ApprovalNode.__table__.c
        mine = columns.approval_id == self.approval
        nodes = session.execute(select(*columns).where(mine).order_by(columns.id)).all()
        shown = [(n.place, n.round, _name(n.outcome), _name(n.decided_by)) for n in nodes]
        assert shown == [one.shown for one in self.model.nodes]
        state = select(Approval.__table__.c.state).where(Approval.__table__.c.id == self.approval)
        assert session.scalar(state).name == self.model.state
        found = self.tasks_there(session, {one.id: place for place, one in enumerate(nodes)})
        assert found == [one.shown for one in self.model.tasks]
        self.approvers |= set().union(*(one.people for _, one in self.model.past))
        self.keeps_apart(found)

    def tasks_there(self, session, places):
        columns = ApprovalTask.__table__.c
        mine = columns.approval_id == self.approval
        tasks = session.execute(select(*columns).where(mine).order_by(columns.id)).all()
        self.numbers_of_tasks = [one.id for one in tasks]
        who = self.users.get
        return [
            (places[t.node_id], t.seat, t.kind.name, who(t.assignee_id), t.state.name,
             _name(t.decision), who(t.decided_by_id), who(t.decided_for_id), _name(t.added))
            for t in tasks
        ]  # fmt: skip

    def keeps_apart(self, tasks):
        held = [set(), set()]
        for place, seats in self.seats_in(tasks).items():
            people = [one for some in seats for one in some]
            assert len(people) == len(set(people)), "somebody has two seats of a node"
            held[self.model.nodes[place].place] |= set(people)
        every = held[0] | held[1]
        assert not every & ({self.model.initiator, self.model.asked_by} | self.doers["do"])
        assert "not_same_as" not in self.said[1] or not held[0] & held[1]

    @staticmethod
    def seats_in(tasks):
        """Who has each seat of each node, and who has decided for them."""
        seats = {}
        for place, seat, kind, who, state, _said, by, behalf, _added in tasks:
            if kind == "VOTE" and state in KEPT:
                people = {who, by, behalf} - {None}
                seats.setdefault(place, {}).setdefault(seat, set()).update(people)
        return {place: list(some.values()) for place, some in seats.items()}

    def over(self, key, doers):
        self.steps[key], self.doers[key] = "COMPLETED", set(doers)
        following = {"do": "look", "look": "file"}.get(key)
        if following:
            self.steps[following] = "READY"


def must(holds):
    """Refused unless it holds."""
    if not holds:
        raise No


def _name(value):
    return None if value is None else value.name
