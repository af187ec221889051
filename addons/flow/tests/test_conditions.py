"""Conditions as data."""

import pytest

from dougong_flow.conditions import faults_of, holds

FACTS = {"participants": 1000, "country": "CN", "online": False, "note": None}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({"participants": {"gte": 1000}}, True),
        ({"participants": {"gt": 1000}}, False),
        ({"participants": {"gte": 100, "lt": 1000}}, False),
        ({"country": {"in": ["CN", "AT"]}, "online": {"eq": False}}, True),
        ({"country": {"ne": "CN"}}, False),
        ({"or": [{"country": {"eq": "AT"}}, {"participants": {"lte": 1000}}]}, True),
        ({"and": [{"country": {"eq": "AT"}}, {"participants": {"lte": 1000}}]}, False),
        ({"not": {"country": {"eq": "AT"}}}, True),
        ({"note": {"isNull": True}}, True),
        ({"missing": {"isNull": False}}, False),
        ({"missing": {"ne": 1}}, False),
        ({"country": {"gt": 5}}, False),
        ({"online": {"eq": 0}}, False),
        ({"online": {"in": [False]}}, True),
    ],
)
def test_a_condition_holds_of_facts_or_not(condition, expected):
    assert condition is None or list(faults_of(condition)) == []
    assert holds(condition, FACTS) is expected


@pytest.mark.parametrize(
    ("condition", "code", "at"),
    [
        ("true", "no_condition", ()),
        ({"a": 5}, "no_comparison", ("a",)),
        ({"a": {"eq": None}}, "bad_comparison", ("a", "eq")),
        ({"a": {"in": 5}}, "bad_comparison", ("a", "in")),
        ({"or": []}, "no_conditions", ("or",)),
        ({"not": {"a": {}}}, "no_comparison", ("not", "a")),
    ],
)
def test_what_is_wrong_with_a_condition_is_said_at_its_place(condition, code, at):
    (fault,) = faults_of(condition)

    assert (fault.code, fault.at) == (code, at)
