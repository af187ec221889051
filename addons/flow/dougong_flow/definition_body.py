"""The body of a definition: the steps as data, and what must be right about them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from typing import TYPE_CHECKING, Any

from dougong import Invalid
from dougong_flow import approval_body, automatic_body, conditions, deadline_rule, step_order

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

LARGEST = 256 * 1024
"""So many bytes may a body have, as JSON."""
MOST_FAULTS = 20
"""So many are told at once."""
EACH_SAYS = ("description", "guide", "standard", "outputs", "key_points")
"""What each step says before it can hold (S0-07, S0-43, S2-06)."""
KEY_STEPS_SAY = ("goal", "control_points", "assessment")
"""What a key step says besides (S2-16)."""
Body = Mapping[str, Any]
Step = Mapping[str, Any]


def canonical(body: Any) -> str:
    """The one way in which a body is written: two bodies that say the same are the same text."""
    return json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def hash_of(body: Any) -> str:
    """The SHA-256 of what a body says, in hexadecimal digits."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()


def faults_of(body: Any) -> list[Invalid]:
    """What is wrong with a body, each with its place: its form first, then its order (S0-08)."""
    if len(canonical(body).encode()) > LARGEST:
        return [Invalid("body_too_large", at="body", bytes=LARGEST)]
    found = [
        Invalid("bad_shape", at=("body", *one.absolute_path), what=one.message[:200])
        for one in sorted(_validator().iter_errors(body), key=lambda one: list(map(str, one.path)))
    ]
    return found[:MOST_FAULTS] or [*_faults_of_steps(body["steps"])][:MOST_FAULTS]


def gaps_in(body: Body) -> list[Invalid]:
    """What a sound body lacks before it can hold: what to do and who does it, in each step.

    A key step besides has a goal, a control point and how it is assessed (S2-16).
    """
    steps = body.get("steps", ())
    found = [fault for number, step in enumerate(steps) for fault in _gaps(number, step)]
    if not any(step.get("is_key") for step in steps):
        found.append(Invalid("no_key_step", at=("body", "steps")))
    return found[:MOST_FAULTS]


@cache
def _validator() -> Draft202012Validator:
    import yaml  # neither is needed by a server that starts
    from jsonschema import Draft202012Validator

    text = (resources.files("dougong_flow") / "data" / "definition_body.yaml").read_text("utf-8")
    return Draft202012Validator(yaml.safe_load(text))


def _faults_of_steps(steps: Sequence[Step]) -> Iterator[Invalid]:
    keys = [step["key"] for step in steps]
    names = [step["name"] for step in steps]
    for number, step in enumerate(steps):
        at = ("body", "steps", number)
        if step["key"] in keys[:number]:
            yield Invalid("key_taken", at=(*at, "key"), key=step["key"])
        if step["name"] in names[:number]:
            yield Invalid("name_taken", at=(*at, "name"), name=step["name"])
        for word in ("after", "not_same_as", "not_same_unit_as"):
            for place, key in enumerate(step.get(word, ())):
                if key not in keys or key == step["key"]:
                    yield Invalid("no_such_step", at=(*at, word, place), key=key)
        yield from _faults_of_step(step, *at)
        yield from approval_body.faults_of(step, keys, *at)
        yield from automatic_body.faults_of(step, *at)
        yield from automatic_body.faults_of_names(step, steps, *at)
        yield from step_order.faults_of(step, steps, *at)
    yield from _faults_of_order(steps)


def _faults_of_step(step: Step, *at: str | int) -> Iterator[Invalid]:
    if "condition" in step:
        yield from conditions.faults_of(step["condition"], *at, "condition")
    if "deadline" in step:
        yield from deadline_rule.faults_of(step["deadline"], *at, "deadline")
    form = step.get("form", {"properties": {}})
    score = step.get("satisfaction")
    if score is not None:
        asked = form["properties"].get(score, {}).get("type") in ("integer", "number")
        if not asked or score not in form.get("required", ()):
            yield Invalid("no_score", at=(*at, "satisfaction"), name=score)
    for place, name in enumerate(form.get("required", ())):
        if name not in form["properties"]:
            yield Invalid("no_such_field", at=(*at, "form", "required", place), name=name)


def _faults_of_order(steps: Sequence[Step]) -> Iterator[Invalid]:
    starts = [step["key"] for step in steps if not step.get("after")]
    if len(starts) > 1:
        yield Invalid("several_starts", at=("body", "steps"), steps=", ".join(starts))
    try:
        TopologicalSorter({step["key"]: step.get("after", ()) for step in steps}).prepare()
    except CycleError as circle:
        yield Invalid("cycle", at=("body", "steps"), steps=" ← ".join(circle.args[1]))


def _gaps(number: int, step: Step) -> Iterator[Invalid]:
    at = ("body", "steps", number)
    for word in (*EACH_SAYS, *(KEY_STEPS_SAY if step.get("is_key") else ())):
        if not step.get(word):
            yield Invalid("step_lacks", at=at, step=step["key"], what=word)
    if len(step.get("accountable", ())) != 1:
        yield Invalid("one_accountable", at=(*at, "accountable"), step=step["key"])
    if not step.get("responsible"):
        yield Invalid("nobody_responsible", at=(*at, "responsible"), step=step["key"])
