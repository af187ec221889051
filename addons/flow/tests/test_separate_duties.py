"""Nobody holds two seats that must be separate: not by delegation, transfer or another round."""

from dataclasses import replace

import pytest

from dougong import Forbidden
from dougong_flow.actions import add_signer, claim, delegate_task, override_separation
from dougong_flow.entities import ApprovalState, Decision, SignerPlace
from dougong_flow.workflows import decide, resubmit, return_it, transfer


def node(key, *people, **said):
    """A node that these people decide, by name."""
    who = [{"user": one} if isinstance(one, str) else one for one in people]
    return {"key": key, "name": key.capitalize(), "approvers": who, **said}


def stand_in(asked, name, *others):
    """Somebody acts today for others, in their role as approvers."""
    users = frozenset((asked.user(one).id, "flow.approver") for one in others)
    asked.office.people[name] = replace(asked.person(name), stands_in=users)


def yes(asked, task, name):
    return decide(task, asked.by(name), decision=Decision.YES)


def test_vector_3_who_stands_in_for_the_initiator_may_not_approve(asked):
    approval = asked.opened(node("a", "B"), by="A")
    stand_in(asked, "B", "A")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        asked.says(approval, "B")


def test_vector_3_both_are_checked_who_approves_and_for_whom(asked):
    mine = asked.opened(node("a", "C"), by="A")
    stand_in(asked, "B", "C")
    done = yes(asked, asked.task(mine, "C"), "B")
    assert (done.decided_by, done.decided_for) == (asked.user("B"), asked.user("C"))
    assert mine.state is ApprovalState.APPROVED

    of_b = asked.opened(node("a", "C"), by="B")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        yes(asked, asked.task(of_b, "C"), "B")

    of_c = asked.opened(node("a", "D"), by="C")
    stand_in(asked, "B", "C", "D")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        yes(asked, asked.task(of_c, "D"), "B")


def test_S2_33_the_initiator_gets_no_seat_in_any_way(asked):
    approval = asked.opened(node("a", "Bob"))
    task, ann = asked.task(approval, "Bob"), asked.user("Ann")
    for refused in (
        lambda: transfer(task, asked.by("Bob"), to=ann, reason="Because"),
        lambda: delegate_task(task, asked.by("Bob"), to=ann),
        lambda: add_signer(task, asked.by("Bob"), signer=ann, place=SignerPlace.PARALLEL),
    ):
        with pytest.raises(Forbidden, match="duties_are_separate"):
            refused()
    pool = asked.opened(node("a", {"role": "flow.approver"}))
    with pytest.raises(Forbidden, match="duties_are_separate"):
        claim(asked.tasks(pool)[0], asked.by("Ann"))


def test_S2_34_nodes_that_must_be_separate_are_not_one_persons(asked):
    approval = asked.opened(
        node("a", "Bob"), node("b", {"role": "flow.approver"}, not_same_as=["a"])
    )
    asked.person("Cid")
    asked.says(approval, "Bob")
    (task,) = asked.tasks(approval, assignee=None)
    with pytest.raises(Forbidden, match="duties_are_separate"):
        claim(task, asked.by("Bob"))
    claim(task, asked.by("Cid"))
    with pytest.raises(Forbidden, match="duties_are_separate"):
        transfer(task, asked.by("Cid"), to=asked.user("Bob"), reason="Because")


def test_they_stay_separate_over_transfers_opinions_and_rounds(asked):
    approval = asked.opened(node("a", "Bob"), node("b", "Cid", not_same_as=["a"]))
    task, dan = asked.task(approval, "Bob"), asked.user("Dan")
    transfer(task, asked.by("Bob"), to=dan, reason="Away")
    delegate_task(asked.task(approval, "Dan"), asked.by("Dan"), to=asked.user("Eve"))
    asked.says(approval, "Eve")
    asked.says(approval, "Dan")
    return_it(asked.task(approval, "Cid"), asked.by("Cid"), reason="Again")
    resubmit(approval, asked.by("Ann"))
    asked.says(approval, "Bob")

    for name in ("Bob", "Dan", "Eve", "Ann"):
        with pytest.raises(Forbidden, match="duties_are_separate"):
            transfer(
                asked.task(approval, "Cid"), asked.by("Cid"), to=asked.user(name), reason="Away"
            )
    back = asked.opened(node("a", "Bob"), node("b", "Cid", not_same_as=["a"]))
    asked.says(back, "Bob")
    return_it(asked.task(back, "Cid"), asked.by("Cid"), reason="Again", to="a")
    with pytest.raises(Forbidden, match="duties_are_separate"):
        transfer(asked.task(back, "Bob"), asked.by("Bob"), to=asked.user("Cid"), reason="Away")


def test_a_deputy_has_not_two_votes_in_a_node(asked):
    approval = asked.opened(node("a", "B", "C"))
    stand_in(asked, "B", "C")
    yes(asked, asked.task(approval, "B"), "B")
    with pytest.raises(Forbidden, match="already_signs"):
        yes(asked, asked.task(approval, "C"), "B")
    asked.says(approval, "C")
    assert approval.state is ApprovalState.APPROVED


def test_a_third_person_lets_somebody_decide_for_a_reason_and_it_is_a_deviation(asked):
    approval = asked.opened(node("a", "Bob"), node("b", "Cid", not_same_as=["a"]))
    asked.says(approval, "Bob")
    task, bob = asked.task(approval, "Cid"), asked.user("Bob")
    asked.person("Max", "flow.controller")
    with pytest.raises(Forbidden):
        override_separation(task, asked.by("Eve"), assignee=bob, reason="Cid is ill")
    for name in ("Ann", "Bob", "Cid"):
        asked.office.people[name] = replace(
            asked.person(name), roles=asked.person(name).roles | {"flow.controller"}
        )
        with pytest.raises(Forbidden, match="third_person_needed"):
            override_separation(task, asked.by(name), assignee=bob, reason="Cid is ill")

    override_separation(task, asked.by("Max"), assignee=bob, reason="Cid is ill")
    asked.says(approval, "Bob")

    assert (task.deviation, task.overridden_by.name) == ("Cid is ill", "Max")
    assert approval.state is ApprovalState.APPROVED
