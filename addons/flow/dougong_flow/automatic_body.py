"""What a definition says of steps that nobody does: an effect, what is waited for, a subprocess."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dougong import Invalid

Said = Mapping[str, Any]
Place = tuple[str | int, ...]
SYSTEM, WAIT, SUBPROCESS = "SYSTEM", "WAIT", "SUBPROCESS"
AUTOMATIC = {SYSTEM: "effect", WAIT: "wait", SUBPROCESS: "subprocess"}
"""The kinds of steps that go on by themselves, and the word in which each says how."""
OF_PEOPLE = ("assignee", "skills", "evidence", "not_same_as", "not_same_unit_as")
"""What only a step says that somebody does."""


def is_automatic(said: Said) -> bool:
    """Whether nobody does a step: it goes on by itself."""
    return said.get("kind") in AUTOMATIC


def faults_of(step: Said, *at: str | int) -> Iterator[Invalid]:
    """What is wrong with how a step goes on by itself."""
    kind = step.get("kind")
    for known, word in AUTOMATIC.items():
        if (kind == known) != (word in step):
            yield Invalid("kind_and_word", at=(*at, word), kind=known, word=word)
    if not is_automatic(step):
        return
    for word in (*OF_PEOPLE, *([] if kind == SYSTEM else ["form"])):
        if step.get(word):
            yield Invalid("nobody_does_it", at=(*at, word), word=word)
    for place, point in enumerate(step.get("control_points", ())):
        if point.get("mandatory"):
            yield Invalid("nobody_looks", at=(*at, "control_points", place))
    if kind == WAIT and ("definition" in step.get("wait", ())) == (
        "states" in step.get("wait", ())
    ):
        yield Invalid("waits_for_one_thing", at=(*at, "wait"))


def faults_of_names(step: Said, steps: Sequence[Said], *at: str | int) -> Iterator[Invalid]:
    """Where a step, or a node of its approval, names as somebody's what nobody does.

    A subprocess is done by people, so duties can be separate from it; but it has no one performer.
    """
    kinds = {one["key"]: one.get("kind") for one in steps}
    named: list[tuple[Place, str]] = []
    performers: list[tuple[Place, str]] = []
    if "performer" in step.get("assignee", {}):
        performers.append((("assignee", "performer"), step["assignee"]["performer"]))
    people: list[tuple[Place, Said]] = [((), step)]
    for place, node in enumerate(step.get("approval", {}).get("nodes", ())):
        people.append((("approval", "nodes", place), node))
    for here, said in people:
        for word in ("not_same_as", "not_same_unit_as"):
            named += [((*here, word, place), key) for place, key in enumerate(said.get(word, ()))]
        for word in ("approvers", "advisers"):
            for place, one in enumerate(said.get(word, ())):
                if "performer" in one:
                    performers.append(((*here, word, place, "performer"), one["performer"]))
    wrong = [(where, key) for where, key in named if kinds.get(key) in (SYSTEM, WAIT)]
    wrong += [(where, key) for where, key in performers if kinds.get(key) in AUTOMATIC]
    for where, key in wrong:
        yield Invalid("nobody_did_it", at=(*at, *where), key=key)


def subprocesses_in(body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The definitions that the steps of a sound body start, each with the step's place."""
    for number, step in enumerate(body.get("steps", ())):
        if step.get("kind") == SUBPROCESS:
            yield number, step["subprocess"]["definition"]


def effects_in(body: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The effects that the steps of a sound body name, each with the step's place."""
    for number, step in enumerate(body.get("steps", ())):
        if step.get("kind") == SYSTEM:
            yield number, step["effect"]["name"]
