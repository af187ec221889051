"""What a definition says of an approval: its nodes, and what must be right about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dougong import Invalid
from dougong_flow import conditions
from dougong_flow.votes import Mode, Reject

Said = Mapping[str, Any]
APPROVAL = "APPROVAL"
"""The kind of a step that is completed by an approval."""
WHO = ("user", "role", "manager", "performer")
"""How an approver is named: by exactly one of these."""
CONVENIENT = ("self_approval", "skip_same", "auto", "timeout")
"""What a node with a mandatory control point may not have; nor may nobody approve it."""
OPERATIONS = (
    *("ADD_BEFORE", "ADD_AFTER", "ADD_PARALLEL"),
    *("TRANSFER", "DELEGATE", "RETURN", "URGE", "COPY"),
)


def mandatory_controls(step: Said, node: Said) -> list[str]:
    """The keys of the control points that hold in a node: its own, and those of its step."""
    points = [*step.get("control_points", ()), *node.get("control_points", ())]
    return [one["key"] for one in points if one.get("mandatory")]


def allows(node: Said, operation: str) -> bool:
    """Whether an operation is possible in a node: all are, where it does not say which."""
    return operation in node.get("operations", OPERATIONS)


def mode_of(node: Said) -> Mode:
    """Whose votes a node needs."""
    return Mode[node.get("mode", "ALL")]


def reject_of(node: Said) -> Reject:
    """When votes against decide a node."""
    return Reject[node.get("reject", "ONE_VETO")]


def faults_of(step: Said, steps: Sequence[str], *at: str | int) -> Iterator[Invalid]:
    """What is wrong with the approval of a step; `steps` are the keys of all steps."""
    if (step.get("kind") == APPROVAL) != ("approval" in step):
        yield Invalid("approval_and_kind", at=(*at, "kind"))
        return
    nodes = step.get("approval", {}).get("nodes", ())
    keys = [node["key"] for node in nodes]
    for number, node in enumerate(nodes):
        here = (*at, "approval", "nodes", number)
        if node["key"] in keys[:number] or node["key"] in steps:
            yield Invalid("key_taken", at=(*here, "key"), key=node["key"])
        yield from _faults_of_node(node, *here)
        others = [key for key in steps if key != step["key"]]
        yield from _faults_of_people(node, [*keys, *others], [*keys[:number], *others], *here)
        if mandatory_controls(step, node):
            yield from _conveniences(node, *here)


def _faults_of_node(node: Said, *at: str | int) -> Iterator[Invalid]:
    if (mode_of(node) is Mode.RATIO) != ("percent" in node):
        yield Invalid("percent_of_a_ratio", at=(*at, "percent"))
    if "auto" in node:
        yield from conditions.faults_of(node["auto"], *at, "auto")


def _faults_of_people(
    node: Said, known: Sequence[str], before: Sequence[str], *at: str | int
) -> Iterator[Invalid]:
    for word in ("approvers", "advisers"):
        for place, one in enumerate(node.get(word, ())):
            here = (*at, word, place)
            if len([name for name in WHO if name in one]) != 1:
                yield Invalid("one_way_to_name", at=here, ways=", ".join(WHO))
            elif "role" not in one and one.keys() & {"each", "unit", "initiator_unit"}:
                yield Invalid("only_of_a_role", at=here)
            performer = one.get("performer")
            if performer is not None and performer not in before:
                yield Invalid("no_such_step", at=(*here, "performer"), key=performer)
    for place, key in enumerate(node.get("not_same_as", ())):
        if key not in known or key == node["key"]:
            yield Invalid("no_such_step", at=(*at, "not_same_as", place), key=key)


def _conveniences(node: Said, *at: str | int) -> Iterator[Invalid]:
    for word in CONVENIENT:
        if node.get(word):
            yield Invalid("control_forbids", at=(*at, word), what=word)
    if node.get("empty") == "PASS":
        yield Invalid("control_forbids", at=(*at, "empty"), what="empty: PASS")
