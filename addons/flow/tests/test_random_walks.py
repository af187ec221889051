"""Random walks over a checklist and its approvals, each step compared with a model in plain Python.

People fill in, prove, complete, ask for approval, decide, claim, transfer, add signers, delegate,
return, withdraw, stand in for each other, and let the time pass. After each of these, what the
database holds is what the model holds, and what was refused is what the model refuses.

Faults that were planted in the add-on, and found: a seat says yes once one of its signers does; whom
somebody stands in for today is not looked at; a new signer may be somebody who must be separate.
"""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from approval_model import Model, No
from compared import CASES, Compared, must, version_of
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

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
    ApprovalTask,
    Decision,
    ResumeFrom,
    SignerPlace,
)
from dougong_flow.overdue import time_out_nodes
from dougong_flow.workflows import complete, decide, resubmit, return_it, transfer, withdraw

NAMES = ("Ann", "Bob", "Cid", "Dan", "Eve", "Fay", "Gus", "Hal")
WITH_TASKS = (
    *("decide", "decide", "decide", "claim", "claim", "release", "transfer", "transfer"),
    *("add_signer", "add_signer", "delegate", "return_it"),
)
AROUND = ("stands_in", "stands_in", "stands_in", "time_passes", "withdraw")
WORK = ("assign", "complete", "complete", "fill_in", "prove", "take_proof_away", "control_it")
SOME = st.integers(0, 99)
WHO = st.sampled_from(NAMES)
DOER = st.sampled_from(("Fay", "Fay", "Fay", *NAMES))
"""Mostly somebody whom no node names, for nobody approves what they have done."""


class Walk(Compared, RuleBasedStateMachine):
    """People do whatever comes to their minds."""

    asked: Any = None
    versions: Any = ()

    @initialize(
        case=st.integers(0, len(CASES) - 1),
        doer=DOER,
        begun=st.integers(0, 4),
        loans=st.lists(st.tuples(WHO, st.sampled_from(("Ann", "Ann", *NAMES))), max_size=3),
    )
    def begin(self, case, doer, begun, loans):
        self.savepoint = self.asked.office.world.session.begin_nested()
        self.lenders = {}
        self.users = {self.asked.user(name).id: name for name in NAMES}
        self.start_anew(case, doer, begun < 4)
        for who, to in loans:
            self.stands_in(who, to)

    def start_anew(self, case, doer, begun):
        """Another checklist; mostly the first step is done, and its approval is asked for."""
        self.said = [{"key": k, **said} for k, said in zip("ab", CASES[case], strict=True)]
        self.model = self.approval = None
        self.steps = {"do": "READY", "look": "WAITING", "file": "WAITING"}
        self.assigned, self.doers, self.approvers = {}, {}, set()
        self.form = self.control = None
        self.proofs = []
        checklist = start_checklist(self.versions[case], self.by("Ann"), about="X")
        steps = select(ChecklistStep.key, ChecklistStep.id)
        mine = ChecklistStep.checklist == checklist
        self.numbers = dict(self.asked.office.world.session.execute(steps.where(mine)).all())
        if begun:
            self.assign("do", doer)
            self.fill_in(True)
            self.control_it(True)
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

    # What comes to their minds: mostly something with a task -----------------------------------

    @rule(op=st.sampled_from(WITH_TASKS), number=SOME, who=WHO, to=WHO, more=SOME)
    def with_a_task(self, op, number, who, to, more):
        if self.model is not None and self.model.state == "RUNNING":
            other = NAMES[(NAMES.index(to) + more) % len(NAMES)]
            getattr(self, op)(number, who, other, more)
        elif self.model is not None and self.model.state == "RETURNED":
            self.resubmit(who if more % 4 == 0 else self.model.initiator, more % 2 == 0)
        elif self.steps["look"] == "READY" and more % 3:
            self.ask(who if more % 4 == 0 else self.assigned.get("look", "Ann"))
        elif self.steps["do"] == "COMPLETED" or more % 3 == 0:
            self.start_anew(number % len(CASES), who if more % 4 == 0 else "Fay", begun=True)

    @rule(op=st.sampled_from(WITH_TASKS), number=SOME, who=WHO, to=WHO, more=SOME)
    def with_another(self, op, number, who, to, more):
        self.with_a_task(op, number, who, to, more)

    @rule(op=st.sampled_from(AROUND), who=WHO, to=st.sampled_from((None, "Ann", *NAMES)), more=SOME)
    def around(self, op, who, to, more):
        if op == "withdraw":
            if self.model is not None:
                self.withdraw(who if more % 2 else self.model.initiator)
        elif op == "time_passes":
            self.time_passes()
        else:
            self.stands_in(who, to)

    @rule(op=st.sampled_from(WORK), key=st.sampled_from(("do", "look", "file")), who=WHO, more=SOME)
    def with_the_checklist(self, op, key, who, more):
        if op == "assign":
            self.assign(key, who)
        elif op == "complete":
            key = next((one for one, state in self.steps.items() if state == "READY"), key)
            self.complete(key, self.assigned.get(key, who) if more % 3 else who)
        elif op == "take_proof_away" and not self.proofs:
            self.prove(more)
        else:
            getattr(self, op)(more if op in ("prove", "take_proof_away") else more % 4 > 0)

    # A checklist -------------------------------------------------------------------------------

    def assign(self, key, to):
        def expected():
            must(self.steps[key] in ("WAITING", "READY"))
            self.assigned[key] = to

        user = self.asked.user(to)
        self.both(expected, lambda: assign(self.step(key), self.by("Ann"), assignee=user))

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

    def take_proof_away(self, number):
        place = number % len(self.proofs)

        def expected():
            must(self.steps["do"] == "READY")
            del self.proofs[place]

        def real():
            step, ctx = self.step("do"), self.by("Ann")
            Evidence.delete(ctx.find(Evidence, Evidence.step == step)[place], ctx)

        self.both(expected, real)

    def control_it(self, passed):
        def expected():
            must(self.steps["do"] == "READY")
            self.control = passed

        said = {"control": "seen", "passed": passed}
        self.both(expected, lambda: execute_control(self.step("do"), self.by("Ann"), **said))

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

    # An approval -------------------------------------------------------------------------------

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

    def decide(self, number, who, to, more):
        yes = more % 4 > 0
        said = Decision.YES if yes else Decision.NO
        self.does(
            *(number, who, lambda model, task, actor: model.decide(task, actor, yes)),
            lambda task, ctx: decide(task, ctx, decision=said),
        )

    def claim(self, number, who, to, more):
        self.does(number, who, lambda model, task, actor: model.claim(task, actor), claim)

    def release(self, number, who, to, more):
        self.does(number, who, lambda model, task, actor: model.release(task, actor), release)

    def transfer(self, number, who, to, more):
        user = self.asked.user(to)
        self.does(
            *(number, who, lambda model, task, actor: model.transfer(task, actor, to)),
            lambda task, ctx: transfer(task, ctx, to=user, reason="X"),
        )

    def add_signer(self, number, who, to, more):
        place = list(SignerPlace)[more % 3]
        user = self.asked.user(to)
        self.does(
            *(number, who),
            lambda model, task, actor: model.add_signer(task, actor, to, place.name),
            lambda task, ctx: add_signer(task, ctx, signer=user, place=place),
        )

    def delegate(self, number, who, to, more):
        user = self.asked.user(to)
        self.does(
            *(number, who, lambda model, task, actor: model.delegate(task, actor, to)),
            lambda task, ctx: delegate_task(task, ctx, to=user),
        )

    def return_it(self, number, who, to, more):
        to, back = (None, 0, 1)[more % 3], more % 2 == 0
        resume = ResumeFrom.BACK_TO_RETURNER if back else ResumeFrom.FROM_START
        key = None if to is None else "ab"[to]
        self.does(
            *(number, who, lambda model, task, actor: model.return_it(task, actor, to, back)),
            lambda task, ctx: return_it(task, ctx, reason="X", to=key, resume=resume),
        )

    def resubmit(self, who, anew):
        self.both(
            lambda: self.model.resubmit(who, changed=False, anew=anew),
            lambda: resubmit(
                self.look().get(Approval, self.approval), self.by(who), from_start=anew
            ),
        )

    def withdraw(self, who):
        self.both(
            lambda: self.model.withdraw(who),
            lambda: withdraw(self.look().get(Approval, self.approval), self.by(who), reason="X"),
        )

    def time_passes(self):
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

        self.asked.office.now += timedelta(hours=2)
        self.both(expected, real)

    def stands_in(self, who, to):
        """Somebody acts for somebody else from now on."""
        to = None if to == who else to
        self.lenders[who] = to
        roles = ("flow.approver", "flow.worker")
        user = None if to is None else self.asked.person(to).user_id
        lent = frozenset() if to is None else frozenset((user, role) for role in roles)
        people = self.asked.office.people
        people[who] = replace(people[who], stands_in=lent)


@pytest.fixture
def walk(asked):
    for name in NAMES:
        asked.person(name)
    versions = [version_of(asked, case) for case in CASES]
    return type("WalkHere", (Walk,), {"asked": asked, "versions": versions})


def test_random_walks_do_what_the_model_does(walk):
    quick = settings(
        phases=[Phase.explicit, Phase.generate],
        max_examples=15,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        derandomize=True,
        database=None,
    )
    run_state_machine_as_test(walk, settings=quick)
