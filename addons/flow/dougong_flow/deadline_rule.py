"""Deadline rules: from an anchor date to the day on which something is due, as data.

A rule is one of

- a distance from the anchor, `{"months": -3, "weeks": -12, "roll": "PREVIOUS"}`: months first (the
  last day of a month that is too short), then weeks and days, then `working_days`; `roll` moves
  what is no working day to the NEXT or the PREVIOUS one;
- a day of the year, `{"month": 10, "day": 31, "years": -1}`, `years` counted from the anchor's;
- `{"earliest": [rule, …]}` or `{"latest": [rule, …]}`;
- `{"cases": [{"when": condition, "then": rule}, …, {"then": rule}]}`: the first that holds of the
  facts, among which are `anchor_year`, `anchor_month` and `anchor_day`.

Everything is counted from the anchor itself, never from another rule's day: three months back and
then one month back is not always four months back.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from dougong import Invalid
from dougong_flow import conditions
from dougong_flow.working_time import NoWorkingTime, WorkingTime

DISTANCE = {"months": 1200, "weeks": 5200, "days": 36_500, "working_days": 5000}
"""What a distance is made of, and how far each may lead."""
ROLLS = ("NONE", "NEXT", "PREVIOUS")
DAY_OF_YEAR = {"month": (1, 12), "day": (1, 31), "years": (-20, 20)}
SEVERAL = {"earliest": min, "latest": max}
DEPTH = 4
FIRST, LAST = date(1900, 1, 1), date(2999, 12, 31)
"""Between which days an anchor lies."""


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last one of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_on(
    rule: Mapping[str, Any], anchor: date, facts: Mapping[str, Any], hours: WorkingTime | None
) -> date:
    """The day that a rule without faults gives.

    Raises Invalid where it needs a calendar and there is none, where no case holds, and where
    nothing is worked any more.
    """
    known = {
        **facts,
        "anchor_year": anchor.year,
        "anchor_month": anchor.month,
        "anchor_day": anchor.day,
    }
    try:
        return _due_on(rule, anchor, known, hours)
    except NoWorkingTime:
        raise Invalid("nothing_is_worked", at="calendar") from None


def _due_on(
    rule: Mapping[str, Any], anchor: date, facts: Mapping[str, Any], hours: WorkingTime | None
) -> date:
    for word, choose in SEVERAL.items():
        if word in rule:
            return choose(_due_on(one, anchor, facts, hours) for one in rule[word])
    if "cases" in rule:
        for case in rule["cases"]:
            if conditions.holds(case.get("when"), facts):
                return _due_on(case["then"], anchor, facts, hours)
        raise Invalid("no_case_holds", at="facts")
    if "month" in rule:
        year = anchor.year + rule.get("years", 0)
        last = monthrange(year, rule["month"])[1]
        return _rolled(date(year, rule["month"], min(rule["day"], last)), rule, hours)
    return _rolled(_shifted(anchor, rule, hours), rule, hours)


def _shifted(anchor: date, rule: Mapping[str, Any], hours: WorkingTime | None) -> date:
    day = add_months(anchor, rule.get("months", 0))
    day += timedelta(weeks=rule.get("weeks", 0), days=rule.get("days", 0))
    number = rule.get("working_days", 0)
    return _needed(hours).nth_working_day(day, number) if number else day


def _rolled(day: date, rule: Mapping[str, Any], hours: WorkingTime | None) -> date:
    match rule.get("roll", "NONE"):
        case "NEXT":
            return _needed(hours).next_working_day(day)
        case "PREVIOUS":
            return _needed(hours).previous_working_day(day)
    return day


def _needed(hours: WorkingTime | None) -> WorkingTime:
    if hours is None:
        raise Invalid("needs_calendar", at="calendar")
    return hours


# Faults ----------------------------------------------------------------------------------------


def faults_of(rule: Any, *at: str | int, depth: int = 0) -> Iterator[Invalid]:
    """What is wrong with a rule, each with the place in it."""
    if not isinstance(rule, dict) or not rule:
        yield Invalid("no_rule", at=at)
        return
    kind = next((word for word in (*SEVERAL, "cases") if word in rule), None)
    if kind is None:
        yield from _faults_of_day(rule, *at)
    elif len(rule) > 1:
        yield Invalid("rule_says_two_things", at=at, word=kind)
    elif depth >= DEPTH:
        yield Invalid("rule_too_deep", at=at, depth=DEPTH)
    elif not isinstance(rule[kind], list) or not 0 < len(rule[kind]) <= 20:
        yield Invalid("no_rules", at=(*at, kind))
    else:
        for place, one in enumerate(rule[kind]):
            inner = _faults_of_case if kind == "cases" else faults_of
            yield from inner(one, *at, kind, place, depth=depth + 1)


def _faults_of_case(case: Any, *at: str | int, depth: int) -> Iterator[Invalid]:
    if not isinstance(case, dict) or "then" not in case or case.keys() - {"when", "then"}:
        yield Invalid("no_case", at=at)
        return
    if "when" in case:
        yield from conditions.faults_of(case["when"], *at, "when")
    yield from faults_of(case["then"], *at, "then", depth=depth)


def _faults_of_day(rule: Mapping[str, Any], *at: str | int) -> Iterator[Invalid]:
    bounds = {name: (-most, most) for name, most in DISTANCE.items()}
    if "month" in rule:
        bounds = DAY_OF_YEAR
        if "day" not in rule:
            yield Invalid("no_day_of_month", at=at)
    for name, value in rule.items():
        if name == "roll":
            if value not in ROLLS:
                yield Invalid("bad_roll", at=(*at, name), rolls=", ".join(ROLLS))
        elif name not in bounds:
            known = ", ".join((*bounds, "roll"))
            yield Invalid("unknown_word", at=(*at, name), word=name, known=known)
        elif type(value) is not int or not bounds[name][0] <= value <= bounds[name][1]:
            least, most = bounds[name]
            yield Invalid("number_out_of_bounds", at=(*at, name), least=least, most=most)
