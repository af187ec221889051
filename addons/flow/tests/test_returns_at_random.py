"""Checklists that are returned, repeated and completed at random, and by several people at once."""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from sqlalchemy import text
from well_defined import KEY_STEP, MEANT, TEXTS_OF_A_STEP

from dougong import Refused
from dougong.db.session import in_transaction
from dougong_flow import (
    Checklist,
    ChecklistState,
    ChecklistStep,
    DefinitionVersion,
    Evidence,
    EvidenceKind,
    StepState,
    assign,
    complete,
    make_effective,
    start_checklist,
)
from dougong_flow.entities import (
    Definition,
    ResumeFrom,
    ReturnCode,
    RoundOutcome,
    ServedParty,
    StepRound,
)
from dougong_flow.workflows import approve, hand_back, repeat, submit

PROOF = {"evidence": [{"kind": "RECORD", "name": "Receipt"}]}
PEOPLE = ("Olga", "Will", "Ann", "Ben", "Eve")


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


@pytest.mark.parametrize("seed", range(4))
def test_no_sequence_completes_a_step_without_its_proof_or_gives_one_person_separate_duties(
    office, lists, seed
):
    dice = Random(seed)
    checklist = lists.carried_out(
        step("a", repeat=True, **PROOF),
        step("b", "a", not_same_as=["a"], **PROOF),
        step("c", "a"),
        step("d", "b", "c", not_same_as=["b"]),
    )

    def walk(one, name):
        match dice.choice(("do", "prove", "prove", "do", "back", "again")):
            case "do":
                lists.do(one, name)
            case "prove":
                said = {"kind": EvidenceKind.RECORD, "name": "Receipt", "record": "R"}
                office.by("process_owner")
                lists.give(one, name).create(Evidence(step=one, **said))
            case "back":
                said = {"reason": "No", "resume": dice.choice(list(ResumeFrom))}
                hand_back(one, lists.give(one, name), to=dice.choice("abc"), **said)
            case "again":
                repeat(one, lists.give(one, name), reason="Once more")

    done = 0
    for _ in range(60):
        if checklist.state is not ChecklistState.RUNNING:
            break
        one, name = dice.choice(list(lists.of(checklist).values())), dice.choice(PEOPLE)
        try:
            with office.by("worker", name).attempt():
                walk(one, name)
            done += 1
        except Refused:
            office.world.session.expire_all()

    owner = office.by("process_owner")
    rounds = owner.find(StepRound, StepRound.outcome == RoundOutcome.COMPLETED)
    proofs = {(one.step.key, one.round) for one in owner.find(Evidence)}
    doers = {}
    for one in rounds:
        doers.setdefault(one.key, set()).add(one.ended_by.name)
        assert one.key in "cd" or (one.key, one.round) in proofs
    assert not doers.get("a", set()) & doers.get("b", set())
    assert not doers.get("b", set()) & doers.get("d", set())
    assert done >= 5
    for one in lists.of(checklist).values():
        before = owner.find(StepRound, StepRound.step == one)
        assert [two.round for two in before] == list(range(1, len(before) + 1))
        assert one.round == len(before) + (
            one.state not in (StepState.COMPLETED, StepState.SKIPPED)
        )


def test_returns_and_completions_at_the_same_moment_are_one_after_another(live_world):
    served = live_world("flow")
    roles = ("worker", "designer", "process_owner")
    olga = served.person(*(f"flow.{one}" for one in roles), name="Olga").principal
    rea = served.person("flow.reviewer").principal
    served.person("flow.planner")

    def run(work, who=olga):
        return in_transaction(served.engine, served.runtime.generation, who, work)

    def draft(ctx):
        said: dict[str, Any] = {
            "key": "test.one",
            "name": "Test",
            "purpose": "To be done well",
            **MEANT,
        }
        definition = Definition(serves=ServedParty.INTERNAL, needs_trial=False, **said)
        ctx.create(definition)
        middle = [step(f"m{number}", "a") for number in range(6)]
        body = {"steps": [step("a"), *middle]}
        submit(ctx.create(DefinitionVersion(definition=definition, body=body)), ctx)

    def begin(ctx):
        version = make_effective(ctx.find(DefinitionVersion)[0], ctx, reason="It works")
        start_checklist(version, ctx, about="An order")
        for one in ctx.find(ChecklistStep):
            assign(one, ctx, assignee=ctx.me)
        complete(ctx.find(ChecklistStep)[0], ctx)

    run(draft)
    run(lambda ctx: approve(ctx.find(DefinitionVersion)[0], ctx), rea)
    run(begin)

    def act(number):
        def work(ctx):
            one = ctx.find(ChecklistStep, ChecklistStep.key == f"m{number % 6}")[0]
            if number % 3:
                complete(one, ctx)
            else:
                hand_back(one, ctx, to="a", reason="No", code=ReturnCode.WRONG)

        try:
            run(work)
        except Refused as refused:
            return refused.code
        return None

    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(act, range(12)))

    def look(ctx):
        deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
        steps = {one.key: one.state.name for one in ctx.find(ChecklistStep)}
        returned = ctx.find(StepRound, StepRound.outcome == RoundOutcome.RETURNED)
        state = ctx.find(Checklist)[0].state
        return steps, len(returned), state, ctx.session.scalar(text(deadlocks))

    steps, returned, state, deadlocks = run(look)
    assert (returned, deadlocks, state) == (1, 0, ChecklistState.RUNNING)
    assert steps.pop("a") == "READY"
    assert set(steps.values()) == {"WAITING"}
    assert said.count(None) + said.count("wrong_state") == 12
