"""Running checklists go to another version: by a map for every open step, or not at all."""

import pytest
from well_defined import KEY_STEP, TEXTS_OF_A_STEP

from dougong import Forbidden, Refused, WrongState
from dougong_flow import ChecklistState, cancel
from dougong_flow.actions import migrate_checklist
from dougong_flow.entities import StepRound


def step(key, *after, **said):
    texts = dict.fromkeys(TEXTS_OF_A_STEP, "As always")
    roles = {"responsible": ["flow.worker"], "accountable": ["flow.planner"]}
    named = {"key": key, "name": key.capitalize(), "outputs": ["A record"], "after": list(after)}
    return {**named, **texts, **roles, **KEY_STEP, **said}


def migrated(office, checklist, version, steps, reason="The law has changed"):
    return migrate_checklist(
        checklist, office.by("process_owner"), to=version, steps=steps, reason=reason
    )


@pytest.fixture
def running(lists):
    """Step a is done, b is ready, c waits."""
    checklist = lists.carried_out(step("a"), step("b", "a"), step("c", "b"))
    lists.do(lists.of(checklist)["a"])
    return checklist


def next_version(lists, checklist, *steps):
    return lists.version(*steps, definition=checklist.definition_version.definition)


def test_open_steps_become_those_of_the_map_and_what_was_done_stays(office, lists, running):
    old = running.definition_version
    new = next_version(lists, running, step("a"), step("write", "a"), step("check", "write"))
    b = lists.of(running)["b"]
    lists.give(b, "Will")

    migrated(office, running, new, {"b": "write", "c": "check"})

    assert running.definition_version is new
    assert lists.states(running) == {"a": "COMPLETED", "write": "READY", "check": "WAITING"}
    assert (b.key, b.name, b.assignee.name, b.round) == ("write", "Write", "Will", 1)
    for key in ("write", "check"):
        lists.do(lists.of(running)[key], "Will" if key == "write" else "Olga")
    assert running.state is ChecklistState.COMPLETED
    found = office.by("process_owner").find(StepRound)
    assert [(one.key, one.definition_version) for one in found] == [
        *[("a", old), ("write", new), ("check", new)],
    ]


def test_what_the_new_version_puts_before_a_ready_step_comes_first(office, lists, running):
    new = next_version(
        lists, running, step("a"), step("ask", "a"), step("b", "ask"), step("c", "b")
    )

    migrated(office, running, new, {"b": "b", "c": "c"})

    assert lists.states(running) == {
        "a": "COMPLETED",
        "ask": "READY",
        **dict.fromkeys("bc", "WAITING"),
    }
    assert lists.of(running)["b"].redo_reason == "The law has changed"
    lists.do(lists.of(running)["ask"])
    assert lists.states(running)["b"] == "READY"


def test_steps_can_swap_their_keys(office, lists, running):
    new = next_version(lists, running, step("a"), step("c", "a"), step("b", "c"))

    migrated(office, running, new, {"b": "c", "c": "b"})

    assert lists.states(running) == {"a": "COMPLETED", "c": "READY", "b": "WAITING"}


def test_all_gaps_are_told_at_once_and_nothing_changes(office, lists, running):
    new = next_version(lists, running, step("a"), step("x", "a"), step("y", "x"))

    with pytest.raises(Refused) as refused:
        migrated(office, running, new, {"a": "a", "b": "nowhere"})

    assert [(one.code, one.at) for one in refused.value.several] == [
        ("gap_no_step", ("steps",)),
        ("gap_not_open", ("steps", "a")),
        ("gap_already_over", ("steps", "a")),
        ("gap_unknown", ("steps", "b")),
    ]
    assert lists.states(running) == {"a": "COMPLETED", "b": "READY", "c": "WAITING"}
    with pytest.raises(Refused, match="gap_twice"):
        migrated(office, running, new, {"b": "x", "c": "x"})


def test_only_a_running_checklist_goes_to_a_version_of_its_definition_that_holds(
    office, lists, running
):
    other = lists.version(step("b"), step("c", "b"))
    old = running.definition_version
    new = next_version(lists, running, step("a"), step("b", "a"), step("c", "b", "a"))
    steps = {"b": "b", "c": "c"}

    with pytest.raises(Refused, match="other_definition"):
        migrated(office, running, other, steps)
    with pytest.raises(Refused, match="same_version"):
        migrated(office, running, old, steps)
    with pytest.raises(Refused, match="say_why"):
        migrated(office, running, new, steps, reason="")
    olga = office.by("worker", "Olga")
    with pytest.raises(Forbidden, match="needs_permission"):
        migrate_checklist(running, olga, to=new, steps=steps, reason="I like it")
    migrated(office, running, new, steps)
    with pytest.raises(WrongState, match="version_does_not_hold"):
        migrated(office, running, old, steps)
    cancel(running, office.by("worker", "Olga"), reason="Enough")
    with pytest.raises(Refused, match="checklist_is_over"):
        migrated(office, running, old, steps)
