"""Checklists: steps in their order, and none completed without all that it asks for."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_flow import (
    ChecklistState,
    ChecklistStep,
    DefinitionVersion,
    Evidence,
    EvidenceKind,
    StepForm,
    StepState,
    assign,
    cancel,
    complete,
    make_effective,
    skip,
    start_checklist,
    start_trial,
)
from dougong_flow.actions import execute_control
from dougong_flow.workflows import approve, finish, make_ready, pass_over, submit

FORM = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "integer", "minimum": 1}, "note": {"type": "string"}},
}
CONTROL = {"key": "seen", "risk": "Nobody looked", "objective": "ASSETS", "check": "It was seen"}


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


def carried_out(office, *steps):
    """A checklist of these steps, and its owner's context."""
    definition = office.definition({"steps": list(steps)}, needs_trial=False)
    designer = office.by("designer")
    (version,) = designer.find(DefinitionVersion, DefinitionVersion.definition == definition)
    submit(version, designer)
    approve(version, office.by("reviewer"))
    make_effective(version, office.by("process_owner"), reason="It works")
    return start_checklist(version, office.by("worker", "Olga"), about="An order")


def of(office, checklist):
    found = office.by("worker", "Olga").find(ChecklistStep, ChecklistStep.checklist == checklist)
    return {one.key: one for one in found}


def do(office, one, who="Olga", **form):
    """Assign a step to somebody, fill it in and complete it."""
    ctx = office.by("worker", who)
    assign(one, office.by("worker", "Olga"), assignee=ctx.me)
    ctx = office.by("worker", who)
    if form:
        fill_in(one, ctx, form)
    return complete(one, ctx)


def fill_in(one, ctx, values):
    """Save what was filled in so far."""
    for saved in ctx.find(StepForm, StepForm.step == one):
        return StepForm.update(saved, ctx, values=values)
    return ctx.create(StepForm(step=one, values=values))


def states(office, checklist):
    return {key: one.state.name for key, one in of(office, checklist).items()}


def codes(refused):
    return [one.code for one in refused.value.several]


def test_S2_07_steps_are_ready_in_the_order_of_the_definition(office):
    checklist = carried_out(office, step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c"))
    assert states(office, checklist) == {
        "a": "READY",
        "b": "WAITING",
        "c": "WAITING",
        "d": "WAITING",
    }

    missing = []
    for key in "abc":
        with pytest.raises(Refused, match="wrong_state") as refused:
            complete(of(office, checklist)["d"], office.by("worker", "Olga"))
        missing += [one.params["first"] for one in refused.value.several if "first" in one.params]
        do(office, of(office, checklist)[key])
    assert missing == ["B, C", "B, C", "C"]

    assert states(office, checklist)["d"] == "READY"
    assert checklist.state is ChecklistState.RUNNING
    do(office, of(office, checklist)["d"])
    assert checklist.state is ChecklistState.COMPLETED
    assert checklist.ended_at == office.now


def test_a_step_whose_condition_does_not_hold_is_passed_over_with_what_follows_it(office):
    checklist = carried_out(
        office,
        step("a", form=FORM),
        step("large", "a", condition={"a.amount": {"gte": 100}}),
        step("end", "large"),
    )

    do(office, of(office, checklist)["a"], amount=99)

    assert states(office, checklist) == {"a": "COMPLETED", "large": "SKIPPED", "end": "READY"}


def test_a_hundred_steps_in_a_row_are_passed_over(office):
    never = {"a.amount": {"lt": 0}}
    rest = [step(f"s{n}", f"s{n - 1}" if n else "a", condition=never) for n in range(99)]
    checklist = carried_out(office, step("a", form=FORM), *rest)

    do(office, of(office, checklist)["a"], amount=1)

    assert checklist.state is ChecklistState.COMPLETED


def test_nobody_opens_passes_over_or_finishes_by_hand(office):
    checklist = carried_out(office, step("a"), step("b", "a", condition={"a.x": {"eq": 1}}))
    b, olga = of(office, checklist)["b"], office.by("worker", "Olga")

    with pytest.raises(Refused, match="step_waits"):
        make_ready(b, olga)
    with pytest.raises(Refused, match="step_waits"):
        pass_over(b, olga)
    with pytest.raises(Refused, match="steps_are_left"):
        finish(checklist, olga)


def test_S0_49_all_that_is_missing_is_said_at_once_and_nothing_changes(office):
    checklist = carried_out(
        office,
        step(
            "a",
            form=FORM,
            evidence=[{"kind": "LINK", "name": "Photo", "min": 2}],
            control_points=[{**CONTROL, "mandatory": True}],
        ),
    )
    a, olga = of(office, checklist)["a"], office.by("worker", "Olga")
    assign(a, olga, assignee=olga.me)
    fill_in(a, olga, {"amount": "many", "colour": "red"})

    with pytest.raises(Refused) as refused:
        complete(a, office.by("worker", "Will"))
    assert codes(refused) == ["outside_rows"]

    with pytest.raises(Refused) as refused:
        complete(a, office.by("worker", "Olga"))
    assert codes(refused) == ["form_invalid", "form_invalid", "evidence_missing", "control_missing"]
    assert {one.at for one in refused.value.several} == {("form",), ("form", "amount"), ()}
    assert (a.state, a.completed_at) == (StepState.READY, None)


def test_with_all_that_it_asks_for_it_is_completed(office):
    checklist = carried_out(
        office,
        step(
            "a",
            form=FORM,
            evidence=[{"kind": "LINK", "name": "Photo"}],
            control_points=[{**CONTROL, "mandatory": True}],
        ),
    )
    a, olga = of(office, checklist)["a"], office.by("worker", "Olga")
    photo = {"step": a, "kind": EvidenceKind.LINK, "name": "Photo"}
    olga.create(Evidence(url="https://files.example/1", **photo))
    execute_control(a, olga, control="seen", passed=True)
    execute_control(a, olga, control="seen", passed=False, note="It was not")

    with pytest.raises(Refused) as refused:
        do(office, a, amount=5)
    assert codes(refused) == ["control_missing"]
    execute_control(a, office.by("worker", "Olga"), control="seen", passed=True)
    do(office, a)

    assert (a.state, a.completed_by.name) == (StepState.COMPLETED, "Olga")


def test_S0_51_a_draft_is_saved_whatever_it_says_and_completed_only_when_it_is_right(office):
    checklist = carried_out(office, step("a", form=FORM), step("b", "a"))
    a = of(office, checklist)["a"]

    with pytest.raises(Invalid, match="form_invalid"):
        do(office, a, note="I do not know yet")
    do(office, a, amount=5)

    with pytest.raises(WrongState, match="step_is_not_ready"):
        fill_in(a, office.by("worker", "Olga"), {"amount": 6})


def test_evidence_of_a_completed_step_stays_and_is_corrected_by_a_revision(office):
    checklist = carried_out(office, step("a"), step("b", "a"))
    a, olga = of(office, checklist)["a"], office.by("worker", "Olga")
    said = {"step": a, "kind": EvidenceKind.RECORD, "name": "Receipt"}
    first = olga.create(Evidence(record="R-1", **said))
    do(office, a)
    olga = office.by("worker", "Olga")

    for change in (
        lambda: Evidence.update(first, olga, record="R-2"),
        lambda: Evidence.delete(first, olga),
        lambda: olga.create(Evidence(record="R-2", **said)),
    ):
        with pytest.raises(WrongState, match=r"evidence_is_frozen|step_is_not_ready"):
            change()
    second = olga.create(Evidence(record="R-2", corrects=first, **said))

    assert second.revision == 2
    with pytest.raises(Invalid, match="corrects_something_else"):
        olga.create(Evidence(record="R-3", corrects=second, **{**said, "name": "Other"}))


def test_duties_that_are_separate_are_not_one_persons_whichever_comes_first(office):
    checklist = carried_out(
        office, step("a"), step("b", "a", not_same_as=["c"]), step("c", "a", not_same_as=["a"])
    )
    steps = of(office, checklist)
    do(office, steps["a"], "Will")

    with pytest.raises(Forbidden, match="duties_are_separate"):
        do(office, steps["c"], "Will")
    do(office, steps["c"], "Olga")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        do(office, steps["b"], "Olga")
    do(office, steps["b"], "Will")


def test_they_are_separate_for_whoever_stands_in_and_for_whom(office):
    checklist = carried_out(office, step("a"), step("b", "a", not_same_as=["a"]))
    steps = of(office, checklist)
    do(office, steps["a"], "Will")
    will, eve = office.people["Will"], office.world.person("flow.reviewer", name="Eve")
    office.people["Eve"] = replace(eve, stands_in=frozenset({(will.user_id, "flow.worker")}))
    b = steps["b"]
    assign(b, office.by("worker", "Olga"), assignee=office.by("worker", "Will").me)

    with pytest.raises(Forbidden, match="duties_are_separate"):
        complete(b, office.by("worker", "Eve"))


def test_what_is_done_for_somebody_is_done_by_both(office):
    checklist = carried_out(office, step("a"), step("b", "a", not_same_as=["a"]))
    steps = of(office, checklist)
    office.by("worker", "Will")
    will, eve = office.people["Will"], office.world.person("flow.reviewer", name="Eve")
    office.people["Eve"] = replace(eve, stands_in=frozenset({(will.user_id, "flow.worker")}))
    assign(steps["a"], office.by("worker", "Olga"), assignee=office.by("worker", "Will").me)

    complete(steps["a"], office.by("worker", "Eve"))

    assert (steps["a"].completed_by.name, steps["a"].completed_for.name) == ("Eve", "Will")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        do(office, steps["b"], "Will")


def test_only_the_assignee_completes_and_only_in_a_role_that_is_responsible(office):
    checklist = carried_out(office, step("a"), step("b", "a", responsible=["flow.planner"]))
    steps, olga = of(office, checklist), office.by("worker", "Olga")

    with pytest.raises(Forbidden, match="not_assigned_to_you"):
        complete(steps["a"], olga)
    do(office, steps["a"])
    with pytest.raises(Forbidden, match="not_responsible"):
        do(office, steps["b"])


def test_S0_14_an_optional_step_is_left_out_with_a_reason_and_a_control_never(office):
    control = {"control_points": [{**CONTROL, "mandatory": True}]}
    checklist = carried_out(
        office, step("a"), step("b", "a", optional=True), step("c", "b", optional=True, **control)
    )
    steps, olga = of(office, checklist), office.by("worker", "Olga")

    with pytest.raises(Refused, match="step_is_needed"):
        skip(steps["a"], olga, reason="No time")
    do(office, steps["a"])
    olga = office.by("worker", "Olga")
    with pytest.raises(Refused, match="say_why"):
        skip(steps["b"], olga, reason="")
    skip(steps["b"], olga, reason="Not asked for")
    assert steps["c"].state is StepState.READY
    with pytest.raises(Refused, match="step_has_a_control"):
        skip(steps["c"], olga, reason="No time")


def test_nothing_is_done_in_a_cancelled_checklist(office):
    checklist = carried_out(office, step("a"))
    a, olga = of(office, checklist)["a"], office.by("worker", "Olga")
    assign(a, olga, assignee=olga.me)
    cancel(checklist, olga, reason="The order is gone")

    with pytest.raises(Refused, match="checklist_is_over"):
        complete(a, olga)
    with pytest.raises(Refused, match="checklist_is_over"):
        olga.create(Evidence(step=a, kind=EvidenceKind.RECORD, name="X", record="1"))


def test_a_checklist_stays_with_its_version(office):
    checklist = carried_out(office, step("a"), step("b", "a"))
    version, designer = checklist.definition_version, office.by("designer")
    other = designer.create(
        DefinitionVersion(
            definition=version.definition, body={"steps": [step("z")]}, change_reason="Shorter"
        )
    )
    submit(other, designer)
    approve(other, office.by("reviewer"))
    make_effective(other, office.by("process_owner"), reason="It works")

    do(office, of(office, checklist)["a"])

    assert states(office, checklist) == {"a": "COMPLETED", "b": "READY"}
    with pytest.raises(WrongState, match="version_does_not_hold"):
        start_checklist(version, office.by("worker", "Olga"), about="Another")


def test_a_start_after_the_trial_is_over_says_so(office):
    definition = office.definition({"steps": [step("a")]})
    designer = office.by("designer")
    (version,) = designer.find(DefinitionVersion)
    submit(version, designer)
    approve(version, office.by("reviewer"))
    start_trial(version, office.by("process_owner"), months=6)
    olga = office.by("worker", "Olga")
    assert start_checklist(version, olga, about="In time").trial_was_over is False
    office.now = datetime(2026, 8, 13, tzinfo=UTC)
    olga = office.by("worker", "Olga")
    assert start_checklist(version, olga, about="Late").trial_was_over is True
    assert definition.needs_trial


def test_people_see_what_they_own_and_what_is_assigned_to_them(office):
    checklist = carried_out(office, step("a"), step("b", "a"))
    steps, olga = of(office, checklist), office.by("worker", "Olga")
    assign(steps["a"], olga, assignee=office.by("worker", "Will").me)

    assert steps["a"].assignee.name == "Will"
    with pytest.raises(Forbidden):
        cancel(checklist, office.by("worker", "Stranger"), reason="Because")
    with pytest.raises(Forbidden):
        assign(steps["b"], office.by("worker", "Will"), assignee=office.by("worker", "Will").me)
