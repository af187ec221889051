"""Which day a deadline's rule gives, and the days that may be chosen instead."""

from typing import Any

from dougong import Context, Invalid, Refused
from dougong_flow.deadline_rule import due_on, faults_of
from dougong_flow.entities import Deadline
from dougong_flow.hours import hours_of
from dougong_flow.working_time import WorkingTime

RULES = {"rule": "rule", "not_before_rule": "notBeforeRule", "not_after_rule": "notAfterRule"}


def compute(deadline: Deadline, changed: dict[str, Any]) -> None:
    """Set the days of a deadline as its rules give them, from its fields or what they shall be.

    A day that was overridden stays. Raises Refused for all that is wrong with the rules.
    """
    said = {name: changed.get(name, getattr(deadline, name)) for name in (*RULES, "facts")}
    refuse([one for name in RULES if said[name] is not None for one in _faults(name, said[name])])
    facts = said["facts"] or {}
    if not isinstance(facts, dict):
        raise Invalid("facts_are_no_object", at="facts")
    calendar = changed.get("calendar", deadline.calendar)
    hours = None if calendar is None else hours_of(calendar)
    anchor = changed.get("anchor_on", deadline.anchor_on)
    days = {
        name: None if said[name] is None else due_on(said[name], anchor, facts, hours)
        for name in RULES
    }
    deadline.not_before, deadline.not_after = days["not_before_rule"], days["not_after_rule"]
    if deadline.override_reason is None:
        deadline.due_on = days["rule"]


def _faults(name: str, rule: Any) -> list[Invalid]:
    return list(faults_of(rule, RULES[name]))


def refuse(faults: list[Invalid]) -> None:
    """Raise all that is wrong at once, if anything is."""
    if faults:
        raise Refused.all(faults)


def compute_all(deadlines: list[Deadline], hours: WorkingTime) -> int:
    """Compute open deadlines anew for a calendar that has changed; how many days are others."""
    moved = 0
    for deadline in deadlines:
        due = due_on(deadline.rule, deadline.anchor_on, deadline.facts or {}, hours)
        if deadline.override_reason is None and due != deadline.due_on:
            deadline.due_on = due
            moved += 1
    return moved


def check_window(deadline: Deadline, on: Any) -> None:
    """Raise Invalid where a day may not be chosen instead of the rule's."""
    first, last = deadline.not_before, deadline.not_after
    if (first is not None and on < first) or (last is not None and on > last):
        raise Invalid("outside_window", at="on", first=first, last=last)


def today(ctx: Context) -> Any:
    """The day it is, in UTC."""
    return ctx.now.date()
