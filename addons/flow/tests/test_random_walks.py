"""Random walks over a checklist and its approvals, each step compared with a model in plain Python.

People fill in, prove, complete, ask for approval, decide, claim, transfer, add signers, delegate,
return, withdraw, stand in for each other, and let the time pass. After each of these, what the
database holds is what the model holds, and what was refused is what the model refuses.
"""

from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest
from approval_model import EVERYBODY, KEPT, Model, No
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from dougong import Refused
from dougong_flow import ChecklistStep, Evidence, EvidenceKind, StepForm, assign, start_checklist
from dougong_flow.actions import (
    add_signer,
    claim,
    delegate_task,
    execute_control,
    release,
    request_approval,
)
from dougong_flow.entities import (
    Approval,
    ApprovalNode,
    ApprovalTask,
    Decision,
    ResumeFrom,
    SignerPlace,
)
from dougong_flow.overdue import time_out_nodes
from dougong_flow.workflows import complete, decide, resubmit, return_it, transfer, withdraw

NAMES = ("Ann", "Bob", "Cid", "Dan", "Eve", "Fay")
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
SOME = st.integers(0, 99)
WHO = st.sampled_from(NAMES)


def step(key, *after, **said):
    texts = dict.fromkeys(("description", "guide", "standard"), "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["X"], "after": list(after)}
    return {**named, **texts, **roles, "is_key": True, **said}


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


class Walk(RuleBasedStateMachine):
    """People do whatever comes to their minds."""

    asked = None
    versions = ()

    @initialize(case=st.integers(0, len(CASES) - 1), doer=WHO, begun=st.integers(0, 4))
    def begin(self, case, doer, begun):
        session = self.asked.office.world.session
        self.savepoint = session.begin_nested()
        self.lenders = {}
        self.users = {self.asked.user(name).id: name for name in NAMES}
        self.said = [{"key": k, **said} for k, said in zip("ab", CASES[case], strict=True)]
        self.model = None
        self.steps = {"do": "READY", "look": "WAITING", "file": "WAITING"}
        self.assigned, self.doers, self.approvers = {}, {}, set()
        self.form = self.control = None
        self.proofs = []
        checklist = start_checklist(self.versions[case], self.by("Ann"), about="X")
        self.numbers = dict(
            session.execute(
                select(ChecklistStep.key, ChecklistStep.id).where(
                    ChecklistStep.checklist == checklist
                )
            ).all()
        )
        if begun:
            self.assign("do", doer)
            for each in (self.fill_in, self.control_it):
                each(True)
            self.prove(0)
            self.complete("do", doer)
            self.assign("look", "Ann")
            self.ask("Ann")

    def teardown(self):
        if hasattr(self, "savepoint"):
            self.asked.office.world.session.expire_all()
            self.savepoint.rollback()
            for name in NAMES:
                self.stands_in(name, None)

    # A checklist -------------------------------------------------------------------------------

    @rule(key=st.sampled_from(("do", "look", "file")), to=WHO)
    def assign(self, key, to):
        def expected():
            must(self.steps[key] in ("WAITING", "READY"))
            self.assigned[key] = to

        user = self.asked.user(to)
        self.both(expected, lambda: assign(self.step(key), self.by("Ann"), assignee=user))

    @rule(good=st.booleans())
    def fill_in(self, good):
        def expected():
            must(self.steps["do"] == "READY")
            self.form = good

        values = {"amount": 1} if good else {"amount": "much"}

        def real():
            step, ctx = self.step("do"), self.by("Ann")
            there = ctx.find(StepForm, StepForm.step == step)
            if there:
                StepForm.update(there[0], ctx, values=values)
            else:
                ctx.create(StepForm(step=step, values=values))

        self.both(expected, real)

    @rule(number=SOME)
    def prove(self, number):
        def expected():
            must(self.steps["do"] == "READY")
            self.proofs.append(number)

        def real():
            said = {
                "name": "proof",
                "kind": EvidenceKind.LINK,
                "url": f"https://x.example/{number}",
            }
            step = self.step("do")
            self.by("Ann").create(Evidence(step=step, **said, sha256="0" * 64))

        self.both(expected, real)

    @precondition(lambda self: self.proofs)
    @rule(number=SOME)
    def take_proof_away(self, number):
        place = number % len(self.proofs)

        def expected():
            must(self.steps["do"] == "READY")
            del self.proofs[place]

        def real():
            step, ctx = self.step("do"), self.by("Ann")
            Evidence.delete(ctx.find(Evidence, Evidence.step == step)[place], ctx)

        self.both(expected, real)

    @rule(passed=st.booleans())
    def control_it(self, passed):
        def expected():
            must(self.steps["do"] == "READY")
            self.control = passed

        said = {"control": "seen", "passed": passed}
        self.both(expected, lambda: execute_control(self.step("do"), self.by("Ann"), **said))

    @rule(key=st.sampled_from(("do", "look", "file", "file")), who=WHO)
    def complete(self, key, who):
        def expected():
            actors = self.acting(key, who)
            must(key != "do" or (self.form and self.control and self.proofs))
            must(key != "look" or (self.model is not None and self.model.state == "APPROVED"))
            must(key != "file" or not actors & (self.doers["look"] | self.approvers))
            must(key != "do" or not actors & self.approvers)
            must(key != "look" or not actors & self.doers["do"])
            self.over(key, actors)

        self.both(expected, lambda: complete(self.step(key), self.by(who)))

    def acting(self, key, who):
        """Who acts where somebody works on a step; Ann, whose checklist it is, may by herself."""
        must(self.steps[key] == "READY")
        lender, assignee = self.lenders.get(who), self.assigned.get(key)
        actors = {who}
        if who not in (assignee, "Ann"):
            must(lender is not None and lender in (assignee, "Ann"))
            actors.add(lender)
        must(assignee in actors)
        return actors

    def over(self, key, doers):
        self.steps[key], self.doers[key] = "COMPLETED", set(doers)
        following = {"do": "look", "look": "file"}.get(key)
        if following:
            self.steps[following] = "READY"

    # An approval -------------------------------------------------------------------------------

    @precondition(
        lambda self: self.model is None or self.model.state not in ("RUNNING", "RETURNED")
    )
    @rule(who=WHO)
    def ask(self, who):
        before, made = self.model, []

        def expected():
            actors = self.acting("look", who)
            lender = next(iter(actors - {who}), None)
            self.model = Model(
                self.said,
                lender or who,
                who if lender else None,
                self.lenders,
                set(self.doers["do"]),
                before.past if before else [],
            ).start()

        def real():
            made.append(request_approval(self.step("look"), self.by(who)).id)

        self.approval, kept = None, getattr(self, "approval", None)
        self.both(expected, real, lambda: setattr(self, "approval", made[0] if made else kept))

    def task(self, number):
        """The number of an open task, mostly; None where there is no task at all."""
        tasks = [] if self.model is None else self.model.tasks
        opened = [place for place, one in enumerate(tasks) if one.state == "OPEN"]
        some = opened if opened and number % 10 else range(len(tasks))
        return some[number % len(some)] if some else None

    def actor(self, task, who, number):
        """Mostly whose task it is, or who stands in for them; sometimes anybody."""
        whose = self.model.tasks[task].who
        stands_in = [one for one, other in self.lenders.items() if other == whose]
        return [whose, whose, *stands_in, who][number % (3 + len(stands_in))] or who

    def does(self, number, who, expected, real):
        """Somebody does something with a task."""
        task = self.task(number)
        if task is not None:
            actor = self.actor(task, who, number // 10)
            found = self.numbers_of_tasks[task]

            def done():
                task = self.look().get(ApprovalTask, found)
                real(task, self.by(actor))

            self.both(lambda: expected(self.model, task, actor), done)

    @rule(number=SOME, who=WHO, yes=st.sampled_from((True, True, True, False)))
    def decide(self, number, who, yes):
        said = Decision.YES if yes else Decision.NO
        self.does(
            *(number, who, lambda model, task, actor: model.decide(task, actor, yes)),
            lambda task, ctx: decide(task, ctx, decision=said),
        )

    @rule(number=SOME, who=WHO)
    def claim(self, number, who):
        self.does(number, who, lambda model, task, actor: model.claim(task, actor), claim)

    @rule(number=SOME, who=WHO)
    def release(self, number, who):
        self.does(number, who, lambda model, task, actor: model.release(task, actor), release)

    @rule(number=SOME, who=WHO, to=WHO)
    def transfer(self, number, who, to):
        user = self.asked.user(to)
        self.does(
            *(number, who, lambda model, task, actor: model.transfer(task, actor, to)),
            lambda task, ctx: transfer(task, ctx, to=user, reason="X"),
        )

    @rule(number=SOME, who=WHO, to=WHO, place=st.sampled_from(SignerPlace))
    def add_signer(self, number, who, to, place):
        user = self.asked.user(to)
        self.does(
            *(number, who),
            lambda model, task, actor: model.add_signer(task, actor, to, place.name),
            lambda task, ctx: add_signer(task, ctx, signer=user, place=place),
        )

    @rule(number=SOME, who=WHO, to=WHO)
    def delegate(self, number, who, to):
        user = self.asked.user(to)
        self.does(
            *(number, who, lambda model, task, actor: model.delegate(task, actor, to)),
            lambda task, ctx: delegate_task(task, ctx, to=user),
        )

    @rule(number=SOME, who=WHO, to=st.sampled_from((None, 0, 1)), back=st.booleans())
    def return_it(self, number, who, to, back):
        resume = ResumeFrom.BACK_TO_RETURNER if back else ResumeFrom.FROM_START
        key = None if to is None else "ab"[to]
        self.does(
            *(number, who, lambda model, task, actor: model.return_it(task, actor, to, back)),
            lambda task, ctx: return_it(task, ctx, reason="X", to=key, resume=resume),
        )

    @precondition(lambda self: self.model is not None and self.model.state == "RETURNED")
    @rule(who=st.sampled_from(("Ann", "Ann", *NAMES)), anew=st.booleans())
    def resubmit(self, who, anew):
        self.both(
            lambda: self.model.resubmit(who, changed=False, anew=anew),
            lambda: resubmit(
                self.look().get(Approval, self.approval), self.by(who), from_start=anew
            ),
        )

    @precondition(lambda self: self.model is not None)
    @rule(who=WHO, really=st.integers(0, 3))
    def withdraw(self, who, really):
        if not really:
            self.both(
                lambda: self.model.withdraw(who),
                lambda: withdraw(
                    self.look().get(Approval, self.approval), self.by(who), reason="X"
                ),
            )

    @rule(really=st.integers(0, 3))
    def time_passes(self, really):
        def expected():
            if self.model is not None and self.model.state == "RUNNING":
                before = deepcopy(self.model)
                try:
                    self.model.time_out()
                except No:
                    self.model = before

        def real():
            ctx = self.look()
            with ctx.acting_as("flow"):
                time_out_nodes(ctx)

        if not really:
            self.asked.office.now += timedelta(hours=2)
            self.both(expected, real)

    @rule(who=WHO, to=st.sampled_from((None, *NAMES)))
    def stands_in(self, who, to):
        """Somebody acts for somebody else from now on."""
        to = None if to == who else to
        self.lenders[who] = to
        roles = ("flow.approver", "flow.worker")
        user = None if to is None else self.asked.person(to).user_id
        lent = frozenset() if to is None else frozenset((user, role) for role in roles)
        people = self.asked.office.people
        people[who] = replace(people[who], stands_in=lent)

    # Both at once ------------------------------------------------------------------------------

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
        nodes = session.execute(select(columns).where(mine).order_by(columns.id)).all()
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
        tasks = session.execute(select(columns).where(mine).order_by(columns.id)).all()
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


MODELLED = (*("model", "steps", "assigned", "doers", "approvers", "form", "control", "proofs"),)


def must(holds):
    """Refused unless it holds."""
    if not holds:
        raise No


def _name(value):
    return None if value is None else value.name


@pytest.fixture
def walk(asked):
    for name in NAMES:
        asked.person(name)
    versions = [version_of(asked, case) for case in CASES]
    return type("WalkHere", (Walk,), {"asked": asked, "versions": versions})


def test_random_walks_do_what_the_model_does(walk):
    quick = settings(
        phases=[Phase.explicit, Phase.generate],
        max_examples=40,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        derandomize=True,
        database=None,
    )
    with suppress(StopIteration):
        run_state_machine_as_test(walk, settings=quick)
