"""The order of a definition's steps: what comes before a step, and what comes after it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dougong import Invalid
from dougong_flow import deadline_rule

Said = Mapping[str, Any]


def before(key: str, said: Mapping[str, Said]) -> set[str]:
    """The keys of all steps that come before a step, directly or not."""
    found: set[str] = set()
    waiting = list(said.get(key, {}).get("after", ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += said.get(one, {}).get("after", ())
    return found


def behind(key: str, said: Mapping[str, Said]) -> set[str]:
    """The keys of all steps that come after a step, directly or not."""
    return {one for one in said if key in before(one, said)}


def faults_of(step: Said, steps: Sequence[Said], *at: str | int) -> Iterator[Invalid]:
    """What is wrong with the earlier steps that a step names: only those before it are possible."""
    earlier = before(step["key"], {one["key"]: one for one in steps}) - {step["key"]}
    named: list[tuple[str, str | int, str]] = [
        ("returns_to", place, key) for place, key in enumerate(step.get("returns_to", ()))
    ]
    if "anchor" in step:
        named.append(("anchor", "step", step["anchor"]["step"]))
    if "performer" in step.get("assignee", {}):
        named.append(("assignee", "performer", step["assignee"]["performer"]))
    for word, place, key in named:
        if key not in earlier:
            yield Invalid("not_before_it", at=(*at, word, place), key=key)
    if "not_before" in step:
        yield from deadline_rule.faults_of(step["not_before"], *at, "not_before")
    fields = step.get("form", {}).get("properties", {})
    for place, name in enumerate(step.get("protected", ())):
        if name not in fields:
            yield Invalid("no_such_field", at=(*at, "protected", place), name=name)
    names = {one["name"] for one in step.get("evidence", ())}
    for place, point in enumerate(step.get("control_points", ())):
        if "evidence" in point and point["evidence"] not in names:
            here = (*at, "control_points", place, "evidence")
            yield Invalid("no_such_evidence", at=here, name=point["evidence"])
