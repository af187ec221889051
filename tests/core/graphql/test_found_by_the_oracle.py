"""Differences that the oracle found between the planner and the plain resolvers, each as a test."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dougong.graphql.scalars import DATE_TIME, DECIMAL
from dougong_shop import Customer

NOTHING = "{name: {eq: “nobody is called so”}}".replace("“", '"').replace("”", '"')


@pytest.mark.parametrize("who", ["boss", "nobody"])
@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (
            "($ids: [ID!]) { orders(where: {id: {in: $ids}}) { totalCount } }",
            {"ids": "7"},
            "BAD_ID",
        ),
        (
            "($after: String) { orders(after: $after) { nodes { id } } }",
            {"after": "7"},
            "BAD_CURSOR",
        ),
        ("($after: String) { orders(after: $after) { totalCount } }", {"after": "7"}, "BAD_CURSOR"),
        (
            "($null: String) { customers(where: {name: {eq: $null}}) { __typename } }",
            {"null": None},
            "NULL_OPERAND",
        ),
        (
            "($name: String) { customers(where: {name: {eq: $name}}) { totalCount } }",
            {"name": "\x00"},
            "BAD_TEXT",
        ),
    ],
)
def test_what_a_variable_cannot_be_is_refused_whoever_asks(
    shop: Any, who: str, query: str, variables: dict[str, Any], code: str
) -> None:
    error = shop.error(f"query {query}", getattr(shop, who), **variables)
    assert error["extensions"]["code"] == code


@pytest.mark.parametrize("where", ["{}", NOTHING])
@pytest.mark.parametrize("asked", ["hasPreviousPage", "__typename"])
def test_what_is_the_same_for_any_page_is_said_once(shop: Any, where: str, asked: str) -> None:
    found = shop.ask(f"{{ customers(where: {where}) {{ pageInfo {{ {asked} }} }} }}")
    assert found == {
        "customers": {"pageInfo": {asked: {"hasPreviousPage": False}.get(asked, "PageInfo")}}
    }


@pytest.mark.parametrize("said", ["$words", '"Customer 01"'])
def test_what_is_searched_for_is_also_counted(shop: Any, said: str) -> None:
    head = "query ($words: SearchWords)" if said == "$words" else ""
    page = "totalCount nodes { name } pageInfo { hasNextPage }"
    query = f"{head} {{ customers(where: {{search: {said}}}) {{ {page} }} }}"
    found = shop.ask(query, words="Customer 01")["customers"]
    assert found["totalCount"] == len(found["nodes"]) == 3


@pytest.mark.parametrize("day", [date.min, date(2000, 1, 1), date.max])
@pytest.mark.parametrize("kind", ["Date", "DateTime"])
def test_the_first_and_the_last_day_are_days_like_any_other(
    shop: Any, day: date, kind: str
) -> None:
    moment = datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=UTC)
    if day == date.min:
        moment = datetime.min.replace(tzinfo=UTC)
    field = {"Date": "since", "DateTime": "seenAt"}[kind]
    said = day.isoformat() if kind == "Date" else DATE_TIME.coerce_output_value(moment)
    ask = f"query ($x: {kind}!) {{ customers(where: {{%s: {{%s: $x}}}}) {{ nodes {{ %s }} }} }}"
    with Session(shop.engine) as session, session.begin():
        one = session.get_one(Customer, 1)
        kept = one.since, one.seen_at
        one.since, one.seen_at = day, moment
    try:
        for operator in ("eq", "gte", "lte"):
            found = shop.ask(ask % (field, operator, field), x=said)["customers"]["nodes"]
            assert {field: said} in found
        found = shop.ask(ask.replace("$x}", "[$x]}") % (field, "in", field), x=said)
        assert found["customers"]["nodes"] == [{field: said}]
    finally:
        with Session(shop.engine) as session, session.begin():
            one = session.get_one(Customer, 1)
            one.since, one.seen_at = kept


def test_scalars_show_early_moments_and_small_numbers_as_the_database_does(shop: Any) -> None:
    moment = datetime(1, 1, 1, tzinfo=UTC)
    number = Decimal("0.00000000")
    with Session(shop.engine) as session:
        said = session.scalar(select(func.to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')))
        shown = session.scalar(select(func.format("%s", number)))
    assert DATE_TIME.coerce_output_value(moment) == said
    assert DECIMAL.coerce_output_value(number) == shown
