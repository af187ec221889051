"""Steps that are done again: returned, called back, repeated; rounds are counted and nothing is lost."""

from datetime import timedelta

import pytest
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_flow import ChecklistState, Evidence, EvidenceKind, assign, cancel, complete, skip
from dougong_flow.actions import (
    begin_step,
    execute_control,
    interrupt_step,
    rate_step,
    redo_what_follows,
    take_up_step,
)
from dougong_flow.entities import ResumeFrom, ReturnCode, StepRating, StepRound
from dougong_flow.reports import returns_by_step
from dougong_flow.workflows import call_back, hand_back, reopen, repeat

FORM = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "integer", "minimum": 1}, "note": {"type": "string"}},
}
CONTROL = {"key": "seen", "risk": "Nobody looked", "objective": "ASSETS", "check": "It was seen"}
BACK = ResumeFrom.BACK_TO_RETURNER


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


def returned(lists, one, to, who="Olga", **said):
    """Somebody gives a step back to an earlier one."""
    said = {"reason": "It will not do", **said}
    return hand_back(one, lists.give(one, who), to=to, **said)


def rounds(office):
    found = office.by("process_owner").find(StepRound)
    return [(one.key, one.round, one.outcome.name) for one in found]


def four(lists, **said):
    """A → b → c → d, and e beside them after a; done up to c."""
    checklist = lists.carried_out(
        step("a", form=FORM),
        step("b", "a"),
        step("c", "b"),
        step("d", "c", **said),
        step("e", "a"),
    )
    for key in "abc":
        lists.do(lists.of(checklist)[key], **({"amount": 5} if key == "a" else {}))
    return checklist


def test_a_return_reopens_the_earlier_step_and_what_follows_waits(office, lists):
    checklist = four(lists)
    returned(lists, lists.of(checklist)["d"], "b", code=ReturnCode.INCOMPLETE)

    steps = lists.of(checklist)
    assert lists.states(checklist) == {
        "a": "COMPLETED",
        "b": "READY",
        "c": "WAITING",
        "d": "WAITING",
        "e": "READY",
    }
    assert {key: one.round for key, one in steps.items()} == {
        "a": 1,
        "b": 2,
        "c": 2,
        "d": 2,
        "e": 1,
    }
    assert steps["b"].redo_reason == "It will not do"
    for key in "bcd":
        lists.do(lists.of(checklist)[key])
    lists.do(lists.of(checklist)["e"])
    assert checklist.state is ChecklistState.COMPLETED
    assert rounds(office) == [
        *[("a", 1, "COMPLETED"), ("b", 1, "COMPLETED"), ("c", 1, "COMPLETED")],
        *[("d", 1, "RETURNED"), ("b", 2, "COMPLETED"), ("c", 2, "COMPLETED")],
        *[("d", 2, "COMPLETED"), ("e", 1, "COMPLETED")],
    ]


def test_what_is_ready_beside_the_return_is_called_back_too(office, lists):
    checklist = four(lists)
    returned(lists, lists.of(checklist)["d"], "a")

    assert lists.states(checklist) == {
        "a": "READY",
        **dict.fromkeys("bcde", "WAITING"),
    }
    assert ("e", 1, "CALLED_BACK") in rounds(office)
    lists.do(lists.of(checklist)["a"], amount=6)
    assert lists.states(checklist)["e"] == "READY"


def test_it_comes_straight_back_where_nothing_has_changed_that_others_rely_on(office, lists):
    checklist = four(lists)
    returned(lists, lists.of(checklist)["d"], "a", resume=BACK)

    assert lists.states(checklist) == {
        "a": "READY",
        "b": "COMPLETED",
        "c": "COMPLETED",
        "d": "WAITING",
        "e": "READY",
    }
    lists.do(lists.of(checklist)["a"])
    assert lists.states(checklist)["d"] == "READY"
    assert lists.of(checklist)["d"].waits_for is None


def test_a_protected_field_that_changed_keeps_it_from_going_straight_back(office, lists):
    checklist = four(lists)
    returned(lists, lists.of(checklist)["d"], "a", resume=BACK)
    a = lists.of(checklist)["a"]

    with pytest.raises(Refused, match="changed_for_others"):
        lists.do(a, amount=6)
    redo_what_follows(a, office.by("worker", "Olga"))
    complete(a, office.by("worker", "Olga"))

    assert lists.states(checklist) == {
        "a": "COMPLETED",
        "b": "READY",
        "c": "WAITING",
        "d": "WAITING",
        "e": "READY",
    }


def test_only_what_the_definition_protects_counts(office, lists):
    checklist = lists.carried_out(
        step("a", form=FORM, protected=["amount"]), step("b", "a"), step("c", "b")
    )
    lists.do(lists.of(checklist)["a"], amount=5)
    lists.do(lists.of(checklist)["b"])
    returned(lists, lists.of(checklist)["c"], "a", resume=BACK)

    lists.do(lists.of(checklist)["a"], amount=5, note="Said more")

    assert lists.states(checklist)["c"] == "READY"


def test_a_step_goes_back_only_to_a_completed_one_that_its_definition_allows(office, lists):
    checklist = four(lists, returns_to=["b"], resume=["FROM_START"])
    d = lists.of(checklist)["d"]

    for to in ("a", "d", "e", "nowhere"):
        with pytest.raises(Invalid, match="no_return_there"):
            returned(lists, d, to)
    with pytest.raises(Invalid, match="resumes_otherwise"):
        returned(lists, d, "b", resume=BACK)
    with pytest.raises(Invalid, match="reason_missing"):
        returned(lists, d, "b", reason=" ")
    with pytest.raises(Forbidden, match="not_assigned_to_you"):
        hand_back(lists.of(checklist)["e"], office.by("worker", "Olga"), to="a", reason="x")


def test_nobody_reopens_or_calls_back_by_hand(office, lists):
    checklist = four(lists)
    steps, olga = lists.of(checklist), office.by("worker", "Olga")

    for verb, key in ((reopen, "a"), (call_back, "a"), (call_back, "d")):
        with pytest.raises(Refused, match="follows_a_return"):
            verb(steps[key], olga)
    returned(lists, steps["d"], "b")
    with pytest.raises(Refused, match="follows_a_return"):
        call_back(lists.of(checklist)["b"], office.by("worker", "Olga"))


def test_evidence_and_controls_of_an_earlier_round_stay_and_do_not_count_again(office, lists):
    control = {"control_points": [{**CONTROL, "mandatory": True}]}
    proof = {"evidence": [{"kind": "RECORD", "name": "Receipt"}]}
    checklist = lists.carried_out(step("a", **control, **proof), step("b", "a"))
    a, olga = lists.of(checklist)["a"], office.by("worker", "Olga")
    said = {"step": a, "kind": EvidenceKind.RECORD, "name": "Receipt"}
    first = olga.create(Evidence(record="R-1", **said))
    execute_control(a, olga, control="seen", passed=True)
    lists.do(a)
    returned(lists, lists.of(checklist)["b"], "a")

    with pytest.raises(Refused) as refused:
        lists.do(a)
    assert [one.code for one in refused.value.several] == ["evidence_missing", "control_missing"]
    olga = office.by("worker", "Olga")
    with pytest.raises(WrongState, match="evidence_is_frozen"):
        Evidence.delete(first, olga)
    second = olga.create(Evidence(record="R-2", corrects=first, **said))
    execute_control(a, olga, control="seen", passed=True)
    lists.do(a)

    assert [(one.record, one.round) for one in olga.find(Evidence)] == [("R-1", 1), ("R-2", 2)]
    assert second.revision == 2


def test_duties_are_separate_over_all_rounds(office, lists):
    checklist = lists.carried_out(step("a"), step("b", "a", not_same_as=["a"]))
    lists.do(lists.of(checklist)["a"], "Will")
    returned(lists, lists.of(checklist)["b"], "a")
    lists.do(lists.of(checklist)["a"], "Olga")

    with pytest.raises(Forbidden, match="duties_are_separate"):
        lists.do(lists.of(checklist)["b"], "Will")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        lists.do(lists.of(checklist)["b"], "Olga")


def test_a_step_that_may_be_repeated_is_done_once_more_and_what_followed_stays(office, lists):
    checklist = lists.carried_out(step("a", repeat=True), step("b", "a"), step("c", "b"))
    for key in "ab":
        lists.do(lists.of(checklist)[key])

    with pytest.raises(Refused, match="never_repeated"):
        repeat(lists.of(checklist)["b"], office.by("worker", "Olga"), reason="Again")
    repeat(lists.of(checklist)["a"], office.by("worker", "Olga"), reason="A new colleague")
    assert lists.states(checklist) == {"a": "READY", "b": "COMPLETED", "c": "READY"}
    lists.do(lists.of(checklist)["c"])
    assert checklist.state is ChecklistState.RUNNING
    lists.do(lists.of(checklist)["a"])

    assert checklist.state is ChecklistState.COMPLETED
    assert lists.of(checklist)["a"].round == 2


def test_how_long_it_waited_was_worked_on_and_was_interrupted_is_written_down(office, lists):
    checklist = lists.carried_out(step("a"))
    a = lists.of(checklist)["a"]
    assign(a, office.by("worker", "Olga"), assignee=office.by("worker", "Olga").me)

    def then(verb, minutes, **form):
        office.now += timedelta(minutes=minutes)
        return verb(a, office.by("worker", "Olga"), **form)

    then(interrupt_step, 10, reason="The file is away")
    with pytest.raises(Refused, match="step_is_interrupted"):
        then(begin_step, 1)
    then(take_up_step, 4)
    then(begin_step, 20)
    with pytest.raises(WrongState, match="begun_already"):
        then(begin_step, 0)
    then(interrupt_step, 30, reason="Asked the customer")
    then(take_up_step, 60)
    then(complete, 7)

    (ended,) = office.by("process_owner").find(StepRound)
    minutes = [ended.waiting_seconds, ended.working_seconds, ended.paused_seconds]
    assert [one // 60 for one in minutes] == [30, 37, 65]
    assert ended.definition_version is checklist.definition_version


def test_skipped_and_cancelled_rounds_are_written_down_too(office, lists):
    checklist = lists.carried_out(step("a"), step("b", "a", optional=True), step("c", "b"))
    lists.do(lists.of(checklist)["a"])
    skip(lists.of(checklist)["b"], office.by("worker", "Olga"), reason="Not asked for")
    cancel(checklist, office.by("worker", "Olga"), reason="The order is gone")

    found = office.by("process_owner").find(StepRound)
    assert [(one.key, one.outcome.name, one.reason) for one in found] == [
        ("a", "COMPLETED", None),
        ("b", "SKIPPED", "Not asked for"),
        ("c", "CANCELLED", "The order is gone"),
    ]


def test_S4_43_returns_are_counted_for_the_step_to_which_they_went(office, lists):
    checklist = four(lists)
    returned(lists, lists.of(checklist)["d"], "b", code=ReturnCode.WRONG)
    lists.do(lists.of(checklist)["b"])

    owner = office.by("process_owner")
    owner.session.flush()
    rows = owner.session.execute(returns_by_step.build(owner)).all()

    assert [tuple(row)[1:] for row in rows] == [("a", 1, 0), ("b", 2, 1), ("c", 1, 0)]
    (code,) = [one.return_code for one in owner.find(StepRound) if one.return_code]
    assert code is ReturnCode.WRONG


def test_S4_42_whoever_works_on_with_it_rates_what_came_from_an_earlier_step(office, lists):
    checklist = four(lists)
    d = lists.of(checklist)["d"]
    assign(d, office.by("worker", "Olga"), assignee=office.by("worker", "Will").me)
    will = office.by("worker", "Will")

    with pytest.raises(Refused, match="nothing_came_from_there"):
        rate_step(d, will, earlier="e", score=1)
    with pytest.raises(Refused, match="score"):
        rate_step(d, will, earlier="b", score=6)


def test_S4_42_a_rating_is_kept_with_the_round_that_it_is_about(office, lists):
    checklist = four(lists)
    d = lists.of(checklist)["d"]
    assign(d, office.by("worker", "Olga"), assignee=office.by("worker", "Will").me)

    rate_step(d, office.by("worker", "Will"), earlier="b", score=2, note="Half of it")

    (rating,) = office.by("process_owner").find(StepRating)
    assert (rating.rated.key, rating.rated_round, rating.score) == ("b", 1, 2)
