"""When a checklist's step is to be done, and by whom it may be: deadlines, clocks, qualifications, units."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Forbidden, Refused
from dougong_flow import (
    ChecklistState,
    DeadlineState,
    ServiceLevel,
    StepState,
    assign,
    complete,
    override_deadline,
)
from dougong_flow.actions import escalate_clocks, interrupt_step, override_duties, take_up_step
from dougong_flow.entities import (
    AlarmKind,
    ClockState,
    EscalationLevel,
    Qualification,
    ReturnCode,
    StepRound,
    Tells,
)
from dougong_flow.workflows import hand_back

SHANGHAI = ZoneInfo("Asia/Shanghai")


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


@pytest.fixture
def four_hours(office):
    """Four hours in China, a warning at three quarters, and two levels of escalation."""
    calendar = office.calendar()
    boss = office.by("planner", "boss").me
    levels = [
        EscalationLevel(level=1, percent=100, tells=Tells.ASSIGNEE),
        EscalationLevel(level=2, percent=150, tells=Tells.MANAGER),
    ]
    said = {"key": "ANSWER", "name": "Answer", "target_minutes": 240, "warn_percent": 75}
    level = ServiceLevel(calendar=calendar, manager=boss, levels=levels, **said)
    return office.by("planner").create(level)


def test_a_deadline_counts_from_the_day_on_which_the_step_became_ready(office, lists):
    checklist = lists.carried_out(step("a"), step("b", "a", deadline={"days": 10}, grace_days=2))
    assert lists.of(checklist)["b"].deadline is None
    office.now += timedelta(days=3)
    lists.do(lists.of(checklist)["a"])
    deadline = lists.of(checklist)["b"].deadline
    assert (deadline.due_on, deadline.state) == (date(2026, 2, 26), DeadlineState.OPEN)

    office.now += timedelta(days=13)
    lists.do(lists.of(checklist)["b"])

    assert (deadline.state, deadline.late) == (DeadlineState.MET, True)
    assert deadline.assignee.name == "Olga"


def test_a_hard_deadline_that_is_over_is_told_beside_all_else_until_it_is_overridden(office, lists):
    proof = {"evidence": [{"kind": "LINK", "name": "Photo"}]}
    checklist = lists.carried_out(step("a", deadline={"days": 1}, hard=True, **proof))
    office.now += timedelta(days=2)

    with pytest.raises(Refused) as refused:
        lists.do(lists.of(checklist)["a"])
    assert [one.code for one in refused.value.several] == ["step_is_too_late", "evidence_missing"]


def test_a_day_that_was_chosen_instead_lets_it_be_completed(office, lists):
    checklist = lists.carried_out(step("a", deadline={"days": 1}, hard=True))
    office.now += timedelta(days=2)
    a = lists.of(checklist)["a"]

    planner = office.by("planner")
    override_deadline(a.deadline, planner, on=office.now.date(), reason="The mail was late")
    lists.do(a)

    assert (a.state, a.deadline.state) == (StepState.COMPLETED, DeadlineState.MET)


def ip_checklist(lists, first_or_last):
    """Three months of operation between the order that issues the manual and the application."""
    return lists.carried_out(
        step("issue"),
        step(
            "apply",
            "issue",
            not_before={"months": 3},
            anchor={"step": "issue", "round": first_or_last},
        ),
    )


@pytest.mark.parametrize(
    ("first_or_last", "day"), [("FIRST", date(2027, 2, 28)), ("LAST", date(2027, 4, 10))]
)
def test_three_months_of_operation_count_from_the_order_and_again_only_if_that_is_said(
    office, lists, first_or_last, day
):
    checklist = ip_checklist(lists, first_or_last)
    office.now = datetime(2026, 11, 30, 9, tzinfo=SHANGHAI)
    lists.do(lists.of(checklist)["issue"])
    office.now = datetime(2027, 1, 10, 9, tzinfo=SHANGHAI)
    apply = lists.of(checklist)["apply"]
    hand_back(apply, lists.give(apply), to="issue", reason="A misprint", code=ReturnCode.WRONG)
    lists.do(lists.of(checklist)["issue"])

    office.now = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI) - timedelta(days=1)
    with pytest.raises(Refused, match="too_early") as refused:
        lists.do(lists.of(checklist)["apply"])
    assert refused.value.params["first"] == day
    office.now += timedelta(days=1)
    lists.do(lists.of(checklist)["apply"])

    assert checklist.state is ChecklistState.COMPLETED


def test_a_clock_warns_and_escalates_each_level_once_and_stands_still_when_interrupted(
    office, lists, four_hours
):
    office.now = shanghai("2026-02-13 17:00")
    checklist = lists.carried_out(step("a", service_level="ANSWER"))
    a = lists.of(checklist)["a"]
    assert a.clock.due_at == shanghai("2026-02-14 12:00")
    lists.give(a)
    told = {(one.kind, one.level): one.told.name for one in a.clock.alarms}
    assert told[AlarmKind.ESCALATION, 1] == "Olga"
    assert told[AlarmKind.ESCALATION, 2] == "boss"

    office.now = shanghai("2026-02-14 10:00")
    interrupt_step(a, office.by("worker", "Olga"), reason="Asked the customer")
    assert (a.clock.state, a.clock.due_at) == (ClockState.PAUSED, None)
    office.now = shanghai("2026-02-14 14:00")
    take_up_step(a, office.by("worker", "Olga"))
    assert a.clock.due_at == shanghai("2026-02-14 16:00")

    office.now = shanghai("2026-02-14 17:00")
    assert escalate_clocks(office.by("planner")).raised == 3
    assert escalate_clocks(office.by("planner")).raised == 0
    complete(a, office.by("worker", "Olga"))
    office.world.session.refresh(a.clock)
    assert (a.clock.state, a.clock.breached_at is None) == (ClockState.STOPPED, False)
    (ended,) = office.by("process_owner").find(StepRound)
    assert (ended.waiting_seconds, ended.paused_seconds) == (20 * 3600, 4 * 3600)


def test_with_a_deadline_the_clock_runs_until_the_end_of_its_day(office, lists, four_hours):
    office.now = shanghai("2026-02-13 09:00")
    said = {"service_level": "ANSWER", "deadline": {"days": 1}}
    checklist = lists.carried_out(step("a", **said))
    a = lists.of(checklist)["a"]
    assert a.clock.target_seconds == 16 * 3600  # Friday, and the Saturday that makes up

    override_deadline(a.deadline, office.by("planner"), on=date(2026, 2, 13), reason="At once")

    assert a.clock.target_seconds == 8 * 3600
    assert a.clock.due_at == shanghai("2026-02-13 18:00")


def test_a_return_ends_clock_and_deadline_and_the_next_round_has_its_own(office, lists, four_hours):
    said = {"service_level": "ANSWER", "deadline": {"days": 5}}
    checklist = lists.carried_out(step("a"), step("b", "a", **said))
    lists.do(lists.of(checklist)["a"])
    b = lists.of(checklist)["b"]
    clock, deadline = b.clock, b.deadline
    hand_back(b, lists.give(b), to="a", reason="A page is missing")

    assert (clock.state, deadline.state) == (ClockState.STOPPED, DeadlineState.WAIVED)
    assert deadline.waive_reason == "A page is missing"
    lists.do(lists.of(checklist)["a"])
    b = lists.of(checklist)["b"]
    assert b.clock is not clock
    assert b.deadline is not deadline


def test_what_the_definition_names_must_be_there(lists):
    with pytest.raises(Refused, match="nothing_has_that_key"):
        lists.carried_out(step("a", service_level="NOWHERE"))


# Who ------------------------------------------------------------------------------------------


def qualified(office, name, since, until):
    user = office.by("worker", name).me
    said = {"skill": "Welding", "valid_from": since, "valid_until": until}
    return office.by("planner").create(Qualification(user=user, **said))


def test_S2_19_only_somebody_with_a_qualification_that_counts_today_does_the_step(office, lists):
    checklist = lists.carried_out(step("a", skills=["Welding"]))
    a = lists.of(checklist)["a"]
    with pytest.raises(Forbidden, match="not_qualified"):
        lists.give(a, "Will")
    qualified(office, "Will", date(2026, 2, 14), None)
    with pytest.raises(Forbidden, match="not_qualified"):
        lists.give(a, "Will")
    qualified(office, "Will", date(2026, 1, 1), date(2026, 2, 20))
    complete(a, lists.give(a, "Will"))

    assert a.completed_by.name == "Will"


def test_S2_19_a_qualification_that_has_run_out_is_told_when_it_is_completed(office, lists):
    checklist = lists.carried_out(step("a", skills=["Welding"]))
    a = lists.of(checklist)["a"]
    qualified(office, "Will", date(2026, 1, 1), date(2026, 2, 20))
    lists.give(a, "Will")
    office.now += timedelta(days=8)

    with pytest.raises(Forbidden, match="not_qualified"):
        complete(a, office.by("worker", "Will"))


def test_whoever_audits_is_of_another_unit_on_the_day_of_the_audit(office, lists):
    checklist = lists.carried_out(step("run"), step("audit", "run", not_same_unit_as=["run"]))
    works, quality = office.unit("works"), office.unit("quality")
    for name, unit in (("Olga", works), ("Will", works), ("Ada", quality)):
        office.belongs(office.by("worker", name).me, unit)
    lists.do(lists.of(checklist)["run"], "Olga")

    with pytest.raises(Forbidden, match="units_are_separate"):
        lists.do(lists.of(checklist)["audit"], "Will")
    lists.do(lists.of(checklist)["audit"], "Ada")

    assert checklist.state is ChecklistState.COMPLETED


def test_a_third_person_lets_somebody_do_what_should_be_separate_and_it_is_kept(office, lists):
    checklist = lists.carried_out(step("a"), step("b", "a", not_same_as=["a"]))
    lists.do(lists.of(checklist)["a"], "Will")
    b = lists.of(checklist)["b"]
    will = office.by("worker", "Will").me

    with pytest.raises(Forbidden, match="needs_permission"):
        override_duties(b, office.by("worker", "Olga"), assignee=will, reason="Nobody else")
    with pytest.raises(Refused, match="say_why"):
        override_duties(b, office.by("controller"), assignee=will, reason=" ")
    override_duties(b, office.by("controller"), assignee=will, reason="Nobody else is here")
    complete(b, office.by("worker", "Will"))

    found = office.by("process_owner").find(StepRound)
    assert [one.deviation for one in found] == [None, "Nobody else is here"]
    assert b.overridden_by.name == "controller"


def test_nobody_overrides_for_themselves_and_another_assignment_ends_it(office, lists):
    checklist = lists.carried_out(step("a"), step("b", "a", not_same_as=["a"]))
    lists.do(lists.of(checklist)["a"], "Will")
    b = lists.of(checklist)["b"]
    controller = office.by("controller").me
    with pytest.raises(Forbidden, match="third_person_needed"):
        override_duties(b, office.by("controller"), assignee=controller, reason="I am here")
    override_duties(b, office.by("controller"), assignee=lists.give(b, "Will").me, reason="So")
    assign(b, office.by("worker", "Olga"), assignee=office.by("worker", "Will").me)

    with pytest.raises(Forbidden, match="duties_are_separate"):
        complete(b, office.by("worker", "Will"))
