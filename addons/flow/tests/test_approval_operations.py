"""What people do with their tasks: add signers, transfer, delegate, return, withdraw, urge, copy."""

from datetime import timedelta

import pytest

from dougong import Forbidden, Invalid, Refused, WrongState
from dougong_flow.actions import add_signer, claim, delegate_task, send_copy, urge
from dougong_flow.entities import ApprovalState, ResumeFrom, SignerPlace
from dougong_flow.workflows import resubmit, return_it, transfer, withdraw


def node(key, *people, **said):
    """A node that these people decide, by name."""
    who = [{"user": one} if isinstance(one, str) else one for one in people]
    return {"key": key, "name": key.capitalize(), "approvers": who, **said}


def add(asked, approval, who, signer, place, **form):
    task = asked.task(approval, who)
    return add_signer(
        task, asked.by(who), signer=asked.user(signer), place=SignerPlace[place], **form
    )


def hand_over(asked, approval, who, to):
    return transfer(asked.task(approval, who), asked.by(who), to=asked.user(to), reason="I am away")


def give_back(asked, approval, who, **form):
    return return_it(asked.task(approval, who), asked.by(who), reason="Not yet", **form)


def test_who_is_added_before_signs_first_and_then_it_is_ones_turn_again(asked):
    approval = asked.opened(node("a", "Bob"))
    add(asked, approval, "Bob", "Cid", "BEFORE")
    assert asked.open(approval) == ["Cid"]
    asked.says(approval, "Cid")
    assert (asked.open(approval), approval.state) == (["Bob"], ApprovalState.RUNNING)
    asked.says(approval, "Bob")
    assert approval.state is ApprovalState.APPROVED


def test_adding_somebody_after_says_yes_for_oneself(asked):
    approval = asked.opened(node("a", "Bob"))
    add(asked, approval, "Bob", "Cid", "AFTER")
    assert (asked.open(approval), approval.state) == (["Cid"], ApprovalState.RUNNING)
    assert asked.task(approval, "Bob").decision.name == "YES"
    asked.says(approval, "Cid", False)
    assert approval.state is ApprovalState.REJECTED


def test_who_is_added_in_parallel_signs_beside_and_both_are_one_seat(asked):
    approval = asked.opened(node("a", "Bob", "Dan", mode="RATIO", percent=50))
    add(asked, approval, "Bob", "Cid", "PARALLEL")
    asked.says(approval, "Bob")
    assert approval.state is ApprovalState.RUNNING
    asked.says(approval, "Cid")
    assert approval.state is ApprovalState.APPROVED


def test_a_no_of_an_added_signer_is_the_seats_and_calls_off_the_rest_of_it(asked):
    approval = asked.opened(
        node("a", "Bob", "Dan", "Eve", mode="RATIO", percent=60, reject="UNREACHABLE")
    )
    add(asked, approval, "Bob", "Cid", "BEFORE")
    asked.says(approval, "Cid", False)
    assert (asked.open(approval), approval.state) == (["Dan", "Eve"], ApprovalState.RUNNING)
    assert asked.task(approval, "Bob").state.name == "CANCELLED"


def test_added_signers_add_nobody(asked):
    approval = asked.opened(node("a", "Bob"))
    add(asked, approval, "Bob", "Cid", "PARALLEL")
    with pytest.raises(Refused, match="added_signers_sign"):
        add(asked, approval, "Cid", "Dan", "PARALLEL")
    with pytest.raises(Refused, match="added_signers_sign"):
        delegate_task(asked.task(approval, "Cid"), asked.by("Cid"), to=asked.user("Dan"))


def test_vector_4_add_before_then_transfer_is_refused_with_the_hint_parallel(asked):
    approval = asked.opened(node("a", "Bob"))
    add(asked, approval, "Bob", "Cid", "BEFORE")

    for turn in (lambda: None, lambda: asked.says(approval, "Cid")):
        turn()
        with pytest.raises(Refused, match="signers_before") as refused:
            hand_over(asked, approval, "Bob", "Dan")
        assert refused.value.params["place"] == "PARALLEL"

    other = asked.opened(node("a", "Bob"))
    add(asked, other, "Bob", "Cid", "PARALLEL")
    hand_over(asked, other, "Bob", "Dan")
    assert asked.open(other) == ["Cid", "Dan"]


def test_vector_4_back_to_the_returner_is_refused_once_a_protected_field_has_changed(asked):
    content = {"amount": 5, "note": "x"}
    approval = asked.opened(
        node("a", "Bob"), node("b", "Cid"), protected=["amount"], content=content
    )
    asked.says(approval, "Bob")
    give_back(asked, approval, "Cid", resume=ResumeFrom.BACK_TO_RETURNER)
    assert (approval.state, asked.open(approval)) == (ApprovalState.RETURNED, [])

    with pytest.raises(Refused, match="content_changed"):
        resubmit(approval, asked.by("Ann"), content={"amount": 6, "note": "x"})
    asked.office.world.session.expire(approval)
    resubmit(approval, asked.by("Ann"), content={"amount": 5, "note": "y"})
    assert (asked.open(approval), approval.round) == (["Cid"], 2)

    give_back(asked, approval, "Cid", resume=ResumeFrom.BACK_TO_RETURNER)
    resubmit(approval, asked.by("Ann"), content={"amount": 6}, from_start=True)
    assert asked.open(approval) == ["Bob"]
    asked.says(approval, "Bob")
    assert asked.open(approval) == ["Cid"]


def test_what_is_returned_to_the_initiator_goes_through_all_nodes_again(asked):
    approval = asked.opened(node("a", "Bob"), node("b", "Cid"))
    asked.says(approval, "Bob")
    give_back(asked, approval, "Cid")
    with pytest.raises(Forbidden):
        resubmit(approval, asked.by("Bob"))
    resubmit(approval, asked.by("Ann"))
    for name in ("Bob", "Cid"):
        assert asked.open(approval) == [name]
        asked.says(approval, name)
    assert approval.state is ApprovalState.APPROVED
    assert [(one.key, one.round) for one in asked.nodes(approval)] == [
        *(("a", 1), ("b", 1)),
        *(("a", 2), ("b", 2)),
    ]


@pytest.mark.parametrize(
    ("resume", "then"),
    [("FROM_START", ["Bob", "Cid", "Dan"]), ("BACK_TO_RETURNER", ["Bob", "Dan"])],
)
def test_what_is_returned_to_a_node_goes_on_as_the_returner_says(asked, resume, then):
    approval = asked.opened(node("a", "Bob"), node("b", "Cid"), node("c", "Dan"))
    asked.says(approval, "Bob")
    asked.says(approval, "Cid")
    with pytest.raises(Refused, match="not_approved_there"):
        give_back(asked, approval, "Dan", to="c")
    give_back(asked, approval, "Dan", to="a", resume=ResumeFrom[resume])
    for name in then:
        assert asked.open(approval) == [name]
        asked.says(approval, name)
    assert approval.state is ApprovalState.APPROVED


def test_a_node_says_what_is_possible_in_it_and_how_it_resumes(asked):
    approval = asked.opened(
        node("a", "Bob", operations=["RETURN"], resume=["FROM_START"]), withdraw=False
    )
    task, bob = asked.task(approval, "Bob"), asked.by("Bob")
    for refused in (
        lambda: add(asked, approval, "Bob", "Cid", "BEFORE"),
        lambda: add(asked, approval, "Bob", "Cid", "AFTER"),
        lambda: hand_over(asked, approval, "Bob", "Cid"),
        lambda: delegate_task(task, bob, to=asked.user("Cid")),
        lambda: send_copy(task, asked.by("Bob"), to=asked.user("Cid")),
        lambda: urge(task, asked.by("Ann")),
    ):
        with pytest.raises(Refused, match="not_in_this_node"):
            refused()
    with pytest.raises(Refused, match="never_withdrawn"):
        withdraw(approval, asked.by("Ann"), reason="Enough")
    with pytest.raises(Invalid, match="resumes_otherwise"):
        give_back(asked, approval, "Bob", resume=ResumeFrom.BACK_TO_RETURNER)
    assert asked.open(approval) == ["Bob"]


def test_what_is_transferred_is_the_others_for_good(asked):
    approval = asked.opened(node("a", "Bob"))
    hand_over(asked, approval, "Bob", "Cid")
    with pytest.raises(WrongState):
        asked.says(approval, "Bob")
    asked.says(approval, "Cid")
    assert approval.state is ApprovalState.APPROVED
    assert [one.state.name for one in asked.tasks(approval)] == ["TRANSFERRED", "DECIDED"]


def test_what_is_delegated_comes_back_and_the_opinion_does_not_count(asked):
    approval = asked.opened(node("a", "Bob"))
    delegate_task(asked.task(approval, "Bob"), asked.by("Bob"), to=asked.user("Cid"))
    assert asked.open(approval) == ["Cid"]
    asked.says(approval, "Cid", False, comment="I would not")
    assert (asked.open(approval), approval.state) == (["Bob"], ApprovalState.RUNNING)
    asked.says(approval, "Bob")
    assert approval.state is ApprovalState.APPROVED


def test_the_initiator_withdraws_until_it_is_decided_and_nobody_else(asked):
    approval = asked.opened(node("a", "Bob"))
    with pytest.raises(Forbidden):
        withdraw(approval, asked.by("Bob"), reason="I do not like it")
    with pytest.raises(Invalid, match="reason_missing"):
        withdraw(approval, asked.by("Ann"), reason=" ")
    withdraw(approval, asked.by("Ann"), reason="Not needed")
    assert (approval.state, asked.open(approval)) == (ApprovalState.WITHDRAWN, [])
    assert asked.nodes(approval)[0].outcome.name == "WITHDRAWN"
    decided = asked.opened(node("a", "Bob"))
    asked.says(decided, "Bob")
    with pytest.raises(WrongState):
        withdraw(decided, asked.by("Ann"), reason="Too late")


def test_the_initiator_urges_once_a_day(asked):
    approval = asked.opened(node("a", "Bob"))
    task = asked.task(approval, "Bob")
    urge(task, asked.by("Ann"))
    asked.office.now += timedelta(hours=23, minutes=59)
    with pytest.raises(Refused, match="urged_already"):
        urge(task, asked.by("Ann"))
    asked.office.now += timedelta(minutes=1)
    urge(task, asked.by("Ann"))
    assert task.urged_at == asked.office.now


def test_a_copy_lets_somebody_see_it_and_asks_nothing(asked):
    approval = asked.opened(node("a", "Bob"))
    send_copy(asked.task(approval, "Bob"), asked.by("Bob"), to=asked.user("Eve"))
    assert asked.open(approval) == ["Bob"]
    asked.says(approval, "Bob")
    assert approval.state is ApprovalState.APPROVED


def test_one_person_has_one_vote_in_a_node(asked):
    approval = asked.opened(node("a", "Bob", "Cid", {"role": "flow.approver"}))
    for refused in (
        lambda: hand_over(asked, approval, "Bob", "Cid"),
        lambda: add(asked, approval, "Bob", "Cid", "PARALLEL"),
        lambda: claim(asked.tasks(approval)[-1], asked.by("Bob")),
    ):
        with pytest.raises(Forbidden, match="already_signs"):
            refused()
