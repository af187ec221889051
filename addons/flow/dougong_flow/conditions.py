"""Conditions as data: what must hold of some facts, in the words that the API filters with.

`{"participants": {"gte": 1000}, "or": [{"country": {"eq": "CN"}}, {"abroad": {"isNull": true}}]}`:
all members hold together. No fact that is missing fulfils anything but `{"isNull": true}`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dougong import Invalid

DEPTH = 6
"""So deep may conditions stand in one another."""
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
WORDS = ("eq", "ne", "in", "isNull", *ORDERED)


def faults_of(condition: Any, *at: str | int, depth: int = 0) -> Iterator[Invalid]:
    """What is wrong with a condition, each with the place in it."""
    if not isinstance(condition, dict) or not condition:
        yield Invalid("no_condition", at=at)
    elif depth > DEPTH:
        yield Invalid("condition_too_deep", at=at, depth=DEPTH)
    else:
        for name, said in condition.items():
            yield from _faults_of_member(name, said, *at, name, depth=depth)


def _faults_of_member(name: str, said: Any, *at: str | int, depth: int) -> Iterator[Invalid]:
    if name == "not":
        yield from faults_of(said, *at, depth=depth + 1)
    elif name in ("and", "or"):
        if not isinstance(said, list) or not said:
            yield Invalid("no_conditions", at=at)
            return
        for place, one in enumerate(said):
            yield from faults_of(one, *at, place, depth=depth + 1)
    elif not isinstance(said, dict) or not said:
        yield Invalid("no_comparison", at=at, words=", ".join(WORDS))
    else:
        for word, value in said.items():
            if not _is_comparison(word, value):
                yield Invalid("bad_comparison", at=(*at, word), words=", ".join(WORDS))


def _is_comparison(word: str, value: Any) -> bool:
    if word == "isNull":
        return isinstance(value, bool)
    if word == "in":
        return isinstance(value, list) and all(map(_is_plain, value))
    return word in WORDS and _is_plain(value)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool)


def holds(condition: Mapping[str, Any] | None, facts: Mapping[str, Any]) -> bool:
    """Whether a condition without faults holds of some facts; none always holds."""
    return all(_member_holds(name, said, facts) for name, said in (condition or {}).items())


def _member_holds(name: str, said: Any, facts: Mapping[str, Any]) -> bool:
    match name:
        case "not":
            return not holds(said, facts)
        case "and":
            return all(holds(one, facts) for one in said)
        case "or":
            return any(holds(one, facts) for one in said)
    return all(_compare(word, facts.get(name), value) for word, value in said.items())


def _compare(word: str, fact: Any, value: Any) -> bool:
    if word == "isNull":
        return (fact is None) is bool(value)
    if fact is None:
        return False
    if word in ORDERED:
        comparable = isinstance(fact, str) == isinstance(value, str) and _is_plain(fact)
        return comparable and bool(ORDERED[word](fact, value))
    if word == "in":
        return any(_same(fact, one) for one in value)
    return _same(fact, value) == (word == "eq")


def _same(fact: Any, value: Any) -> bool:
    """Whether both are the same; a number is never true or false."""
    return isinstance(fact, bool) == isinstance(value, bool) and bool(fact == value)
