"""Deadline rules: always from the anchor, and the dates of the conference seed."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dougong import Invalid
from dougong_flow.deadline_rule import add_months, due_on, faults_of
from dougong_flow.working_time import WorkingTime

LARGE = {"participants": {"gte": 1000}}
REGISTRATION = {"cases": [{"when": LARGE, "then": {"months": -3}}, {"then": {"months": -2}}]}
BEFORE_REGISTRATION = {  # eight weeks of review and four of funding before it
    "cases": [
        {"when": LARGE, "then": {"months": -3, "weeks": -12}},
        {"then": {"months": -2, "weeks": -12}},
    ]
}
END_OF_THE_YEAR_BEFORE = {
    "cases": [
        {"when": {"anchor_month": {"lte": 6}}, "then": {"month": 10, "day": 31, "years": -1}},
        {"then": {"month": 12, "day": 31, "years": -1}},
    ]
}
SUBMISSION = {"earliest": [END_OF_THE_YEAR_BEFORE, BEFORE_REGISTRATION]}
CALL_FOR_PAPERS = {"months": -20}
WEEK = WorkingTime(ZoneInfo("UTC"), dict.fromkeys(range(5), ((540, 1020),)))


def on(rule, anchor, hours=None, **facts):
    assert list(faults_of(rule)) == []
    return due_on(rule, date.fromisoformat(anchor), facts, hours).isoformat()


@pytest.mark.parametrize(
    ("start", "participants", "submission", "registration"),
    [
        ("2027-01-15", 1500, "2026-07-23", "2026-10-15"),
        ("2027-03-22", 300, "2026-10-30", "2027-01-22"),
        ("2027-03-23", 300, "2026-10-31", "2027-01-23"),
        ("2027-04-22", 1000, "2026-10-30", "2027-01-22"),
        ("2027-04-23", 1000, "2026-10-31", "2027-01-23"),
        ("2027-06-30", 1000, "2026-10-31", "2027-03-30"),
        ("2027-07-01", 999, "2026-12-31", "2027-05-01"),
        ("2027-12-10", 1000, "2026-12-31", "2027-09-10"),
        ("2028-02-29", 999, "2027-10-06", "2027-12-29"),
    ],
)
def test_the_dates_of_a_conference_come_out(start, participants, submission, registration):
    assert on(SUBMISSION, start, participants=participants) == submission
    assert on(REGISTRATION, start, participants=participants) == registration


def test_papers_are_called_for_twenty_months_before():
    assert on(CALL_FOR_PAPERS, "2028-02-29") == "2026-06-29"


def test_months_are_counted_from_the_anchor_and_not_from_one_another():
    assert on({"months": 3}, "2026-11-30") == "2027-02-28"
    assert on({"months": -4}, "2027-05-31") == "2027-01-31"
    chained = add_months(add_months(date(2027, 5, 31), -3), -1)
    assert chained == date(2027, 1, 28)


def test_a_day_that_is_not_worked_is_rolled_to_one_that_is():
    assert on({"days": 1}, "2026-01-02", WEEK) == "2026-01-03"
    assert on({"days": 1, "roll": "NEXT"}, "2026-01-02", WEEK) == "2026-01-05"
    assert on({"days": 1, "roll": "PREVIOUS"}, "2026-01-02", WEEK) == "2026-01-02"
    assert on({"working_days": 6}, "2026-01-02", WEEK) == "2026-01-12"
    assert on({"months": 1, "working_days": -1}, "2026-01-02", WEEK) == "2026-01-30"


def test_a_day_of_the_year_that_is_missing_is_the_last_of_its_month():
    assert on({"month": 2, "day": 30, "years": 1}, "2027-06-01") == "2028-02-29"


@pytest.mark.parametrize(
    ("rule", "code", "at"),
    [
        ({"days": 1, "roll": "NEXT"}, "needs_calendar", ("calendar",)),
        ({"working_days": 1}, "needs_calendar", ("calendar",)),
        ({"cases": [{"when": LARGE, "then": {"days": 1}}]}, "no_case_holds", ("facts",)),
    ],
)
def test_a_rule_says_what_it_lacks(rule, code, at):
    with pytest.raises(Invalid) as refused:
        on(rule, "2026-01-02")

    assert (refused.value.code, refused.value.at) == (code, at)


@pytest.mark.parametrize(
    ("rule", "code", "at"),
    [
        (None, "no_rule", ()),
        ({}, "no_rule", ()),
        ({"month": 10}, "no_day_of_month", ()),
        ({"months": 1.5}, "number_out_of_bounds", ("months",)),
        ({"months": True}, "number_out_of_bounds", ("months",)),
        ({"days": 10**9}, "number_out_of_bounds", ("days",)),
        ({"fortnights": 1}, "unknown_word", ("fortnights",)),
        ({"days": 1, "roll": "UP"}, "bad_roll", ("roll",)),
        ({"earliest": []}, "no_rules", ("earliest",)),
        ({"earliest": [{"days": 1}], "days": 2}, "rule_says_two_things", ()),
        ({"latest": [{"days": 1}, {"day": 1}]}, "unknown_word", ("latest", 1, "day")),
        ({"cases": [{"when": LARGE}]}, "no_case", ("cases", 0)),
        ({"cases": [{"when": {}, "then": {"days": 1}}]}, "no_condition", ("cases", 0, "when")),
        (
            {"cases": [{"when": {"a": {"like": 1}}, "then": {"days": 1}}]},
            "bad_comparison",
            ("cases", 0, "when", "a", "like"),
        ),
        (
            {"earliest": [{"earliest": [{"earliest": [{"earliest": [{"earliest": []}]}]}]}]},
            "rule_too_deep",
            ("earliest", 0, "earliest", 0, "earliest", 0, "earliest", 0),
        ),
    ],
)
def test_what_is_wrong_with_a_rule_is_said_at_its_place(rule, code, at):
    (fault,) = faults_of(rule)

    assert (fault.code, fault.at) == (code, at)


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), st.integers(-1200, 1200))
def test_months_later_is_in_that_month_and_on_that_day_or_its_last(day, months):
    there = add_months(day, months)

    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
    assert there.day == day.day or (there.day < day.day and add_months(there, 1).month)
    assert there.day == day.day or (there.day >= 28)
