"""Statistics say what plain Python counts, sums and compares in the same rows."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from rows import customers, orders
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from dougong_shop import Customer

CUSTOMERS = [
    {**row, "stars": row["id"] % 6, "remark": None if row["id"] % 2 else f"r{row['id']}"}
    for row in customers()
]
((_, ORDERS), (_, LINES), (_, PAYMENTS)) = orders()
CENT = Decimal("0.01")
TOTALS = {order["id"]: Decimal("0.00") for order in ORDERS}
for line in LINES:
    line["amount"] = (line["quantity"] * line["price"]).quantize(CENT, ROUND_HALF_UP)
    TOTALS[line["order_id"]] += line["amount"]
MINE = {row["id"] for row in CUSTOMERS if row["owner_id"] == 2}
Row = dict[str, Any]
ASK = """query ($where: CustomerWhere, $by: [CustomerStatsGroup!], $of: [CustomerStatsMeasure!],
  $order: [StatsOrder!], $first: Int) {
  customerStats(where: $where, groupBy: $by, measures: $of, orderBy: $order, first: $first) {
    city rating points active since seenAt stars email name count values
    credit { amount currency } owner { id } parent { id name } } }"""


def stats(shop: Any, who: Any = None, **asked: Any) -> list[Row]:
    return shop.ask(ASK, who, **asked)["customerStats"]


def grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def average(values: list[Any]) -> str:
    mean = Decimal(sum(values)) / len(values)
    return str(mean.quantize(Decimal("0.000001"), ROUND_HALF_UP))


def per_currency(rows: list[Row], make: Callable[[list[Decimal]], Any]) -> list[Row]:
    found = grouped((row for row in rows if row["credit_currency"]), lambda c: c["credit_currency"])
    return [
        {"amount": str(make([row["credit_amount"] for row in some])), "currency": currency}
        for currency, some in sorted(found.items())
    ]


def said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else value


MEASURES: list[tuple[Row, Callable[[list[Row]], Any]]] = [
    ({"count": "rating"}, lambda rows: sum(r["rating"] is not None for r in rows)),
    ({"countDistinct": "city"}, lambda rows: len({r["city"] for r in rows} - {None})),
    ({"countDistinct": "owner"}, lambda rows: len({r["owner_id"] for r in rows} - {None})),
    ({"countDistinct": "active"}, lambda rows: len({r["active"] for r in rows})),
    (
        {"countDistinct": "credit"},
        lambda rows: len({(r["credit_amount"], r["credit_currency"]) for r in rows
                          if r["credit_amount"] is not None}),
    ),
    ({"count": "credit"}, lambda rows: sum(r["credit_amount"] is not None for r in rows)),
    ({"sum": "stars"}, lambda rows: sum(r["stars"] for r in rows)),
    ({"sum": "points"}, lambda rows: str(sum(r["points"] for r in rows))),
    ({"avg": "stars"}, lambda rows: average([r["stars"] for r in rows])),
    ({"avg": "points"}, lambda rows: average([r["points"] for r in rows])),
    ({"min": "points"}, lambda rows: str(min(r["points"] for r in rows))),
    ({"max": "stars"}, lambda rows: max(r["stars"] for r in rows)),
    ({"max": "since"}, lambda rows: max(filter(None, (said(r["since"]) for r in rows)), default=None)),
    ({"min": "seenAt"}, lambda rows: min(filter(None, (said(r["seen_at"]) for r in rows)), default=None)),
    ({"sum": "credit"}, lambda rows: per_currency(rows, lambda v: f"{sum(v):.4f}")),
    ({"avg": "credit"}, lambda rows: per_currency(rows, average)),
    ({"max": "credit"}, lambda rows: per_currency(rows, lambda v: f"{max(v):.4f}")),
]  # fmt: skip


def asked_for(value: Any) -> str:
    return " ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else ""


def week_start(row: Row) -> Any:
    return row["since"] and row["since"] - timedelta(days=row["since"].weekday())


KEYS: list[tuple[Row, Callable[[Row], Any]]] = [
    ({"key": "city"}, lambda c: c["city"]),
    ({"key": "rating"}, lambda c: c["rating"]),
    ({"key": "active"}, lambda c: c["active"]),
    ({"key": "stars"}, lambda c: c["stars"]),
    ({"key": "points"}, lambda c: str(c["points"])),
    ({"key": "name"}, lambda c: c["name"]),
    ({"key": "since"}, lambda c: said(c["since"])),
    ({"key": "since", "by": "DAY"}, lambda c: said(c["since"])),
    ({"key": "since", "by": "WEEK"}, lambda c: said(week_start(c))),
    ({"key": "since", "by": "MONTH"}, lambda c: c["since"] and said(c["since"].replace(day=1))),
    ({"key": "since", "by": "QUARTER"}, lambda c: c["since"] and said(date(2020, 1, 1))),
    ({"key": "since", "by": "YEAR"}, lambda c: c["since"] and said(date(2020, 1, 1))),
    ({"key": "seenAt"}, lambda c: said(c["seen_at"])),
    (
        {"key": "seenAt", "by": "MONTH"},
        lambda c: c["seen_at"] and said(datetime(2024, 1, 1, tzinfo=UTC)),
    ),
    ({"key": "owner"}, lambda c: c["owner_id"] and {"id": f"User:{c['owner_id']}"}),
    (
        {"key": "credit"},
        lambda c: (c["credit_amount"] is not None
        and {"amount": f"{c['credit_amount']:.4f}", "currency": c["credit_currency"]}) or None,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), KEYS, ids=asked_for)
def test_a_group_has_in_common_what_it_is_grouped_by(shop: Any, key: Row, value: Any) -> None:
    found = stats(shop, by=[key], of=[{"as": "credit_", "sum": "credit"}], first=1000)
    expected = grouped(CUSTOMERS, lambda c: repr(value(c)))
    assert len(found) == len(expected)
    for row in found:
        rows = expected[repr(row[key["key"]])]
        assert row["count"] == len(rows)
        assert row["values"]["credit_"] == per_currency(rows, lambda v: f"{sum(v):.4f}")


@pytest.mark.parametrize(("measure", "value"), MEASURES, ids=asked_for)
def test_measures_are_those_of_the_rows(shop: Any, measure: Row, value: Any) -> None:
    whole = stats(shop, of=[{"as": "x", **measure}])
    assert [row["values"] for row in whole] == [{"x": value(CUSTOMERS)}]
    assert whole[0]["count"] == len(CUSTOMERS)
    each = stats(shop, by=[{"key": "active"}, {"key": "stars"}], of=[{"as": "x", **measure}])
    rows = grouped(CUSTOMERS, lambda c: (c["active"], c["stars"]))
    assert len(each) == len(rows)
    for row in each:
        assert row["values"] == {"x": value(rows[row["active"], row["stars"]])}


def test_all_measures_at_once_are_the_same(shop: Any) -> None:
    asked = [{"as": f"m{i}", **one} for i, (one, _) in enumerate(MEASURES)]
    where = {"active": {"eq": True}, "stars": {"gt": 1}}
    found = stats(shop, where=where, by=[{"key": "rating"}], of=asked)
    rows = [row for row in CUSTOMERS if row["active"] and row["stars"] > 1]
    expected = grouped(rows, lambda c: c["rating"])
    assert {row["rating"] for row in found} == set(expected)
    for row in found:
        some = expected[row["rating"]]
        assert row["values"] == {f"m{i}": value(some) for i, (_, value) in enumerate(MEASURES)}


def test_sums_over_children_and_generated_columns_are_measured(shop: Any) -> None:
    found = shop.ask(
        """{ orderStats(groupBy: [{key: state}], measures: [{as: "turnover", sum: total}
            {as: "largest", max: total} {as: "mean", avg: total} {as: "buyers", count: customer}]) {
          state count values }
          lineStats(groupBy: [{key: article}], measures: [{as: "turnover", sum: amount}]) {
            article count values } }"""
    )
    for row in found["orderStats"]:
        some = [order for order in ORDERS if order["state"].name == row["state"]]
        totals = [TOTALS[order["id"]] for order in some]
        assert row["count"] == len(some)
        assert row["values"] == {
            "turnover": str(sum(totals)), "largest": str(max(totals)), "mean": average(totals),
            "buyers": len(some),
        }  # fmt: skip
    for row in found["lineStats"]:
        some = [line for line in LINES if line["article"] == row["article"]]
        amount = sum(line["amount"] for line in some)
        assert (row["count"], row["values"]) == (len(some), {"turnover": str(amount)})


def test_sums_over_two_kinds_of_children_do_not_multiply_each_other(shop: Any) -> None:
    found = shop.ask(
        """{ orderStats(groupBy: [{key: state}], measures: [{as: "turnover", sum: total}
            {as: "received", sum: paid} {as: "most", max: paid}]) { state values } }"""
    )
    for row in found["orderStats"]:
        some = [order["id"] for order in ORDERS if order["state"].name == row["state"]]
        paid = {i: Decimal("0.00") for i in some}
        for payment in PAYMENTS:
            if payment["order_id"] in paid:
                paid[payment["order_id"]] += payment["amount"]
        assert row["values"] == {
            "turnover": str(sum(TOTALS[i] for i in some)),
            "received": str(sum(paid.values())),
            "most": str(max(paid.values())),
        }


def test_sums_over_children_are_grouped_by_and_filtered(shop: Any) -> None:
    found = shop.ask(
        """{ orderStats(where: {total: {gt: "50"}, customer: {is: {active: {eq: true}}}},
            groupBy: [{key: total}, {key: customer}], measures: [{as: "x", min: total}]) {
          total customer { id } count values } }"""
    )["orderStats"]
    active = {row["id"] for row in CUSTOMERS if row["active"]}
    some = [o for o in ORDERS if TOTALS[o["id"]] > 50 and o["customer_id"] in active]
    expected = grouped(some, lambda o: (str(TOTALS[o["id"]]), f"Customer:{o['customer_id']}"))
    assert {(row["total"], row["customer"]["id"]): row["count"] for row in found} == {
        key: len(rows) for key, rows in expected.items()
    }
    assert all(row["values"] == {"x": row["total"]} for row in found)


def test_of_no_rows_there_is_one_row_and_no_group(shop: Any) -> None:
    nobody = {"name": {"eq": "nobody"}}
    asked = [
        {"as": "a", "sum": "stars"},
        {"as": "b", "sum": "credit"},
        {"as": "c", "count": "city"},
    ]
    (row,) = stats(shop, where=nobody, of=asked)
    assert (row["count"], row["values"]) == (0, {"a": None, "b": [], "c": 0})
    assert stats(shop, where=nobody, by=[], of=asked) == [row]
    assert stats(shop, where=nobody, by=[{"key": "city"}], of=asked) == []


def test_what_is_not_grouped_by_is_null(shop: Any) -> None:
    shown = ("city", "points", "since", "name", "credit", "owner", "parent")
    for row in stats(shop, by=[{"key": "rating"}]):
        assert [row[name] for name in shown] == [None] * len(shown)


# Order and number --------------------------------------------------------------------------------


def test_groups_come_in_the_order_asked_for(shop: Any) -> None:
    by, of = [{"key": "stars"}, {"key": "rating"}], [{"as": "p", "sum": "points"}]
    order = [{"by": "count", "direction": "DESC"}, {"by": "p"}]
    found = stats(shop, by=by, of=of, order=order)
    places = [(-row["count"], int(row["values"]["p"])) for row in found]
    assert places == sorted(places)
    assert stats(shop, by=by, of=of, order=order, first=3) == found[:3]


def test_groups_come_by_what_they_have_in_common_unless_said(shop: Any) -> None:
    found = stats(shop, by=[{"key": "stars"}, {"key": "rating"}])
    places = [(row["stars"], row["rating"] is None, row["rating"] or 0) for row in found]
    assert places == sorted(places)
    last = stats(shop, by=[{"key": "rating"}], order=[{"by": "rating", "direction": "DESC"}])
    assert [row["rating"] for row in last] == [None, 3, 2, 1, 0]


@contextmanager
def many_names(shop: Any, number: int) -> Iterator[None]:
    """So many different names of customers in all, for as long as it takes."""
    more = number - len({row["name"] for row in CUSTOMERS})
    with Session(shop.engine) as session, session.begin():
        session.execute(insert(Customer), [{"name": f"many {i}"} for i in range(more)])
    try:
        yield
    finally:
        with Session(shop.engine) as session, session.begin():
            session.execute(delete(Customer).where(Customer.name.like("many %")))


def test_more_groups_than_an_answer_may_have_are_an_error_unless_cut_on_purpose(shop: Any) -> None:
    query = "query ($n: Int) { n: customerStats(groupBy: [{key: name}], first: $n) { count } }"
    with many_names(shop, 1001):
        error = shop.error(query)
        assert error["extensions"]["code"] == "TOO_MANY_GROUPS"
        assert error["path"] == ["n"]
        assert len(shop.ask(query, n=1000)["n"]) == 1000
    with many_names(shop, 1000):
        assert len(shop.ask(query)["n"]) == 1000


# Row rules ---------------------------------------------------------------------------------------


def test_only_rows_that_the_asker_may_see_are_counted(shop: Any) -> None:
    of = [{"as": "p", "sum": "points"}, {"as": "credit_", "sum": "credit"}]
    (row,) = stats(shop, shop.clerk, of=of)
    mine = [c for c in CUSTOMERS if c["id"] in MINE]
    assert row["count"] == len(mine)
    assert row["values"]["p"] == str(sum(c["points"] for c in mine))
    assert row["values"]["credit_"] == per_currency(mine, lambda v: f"{sum(v):.4f}")
    (row,) = stats(shop, shop.nobody, of=of)
    assert (row["count"], row["values"]) == (0, {"p": None, "credit_": []})
    assert stats(shop, shop.nobody, by=[{"key": "city"}]) == []


def test_hidden_records_of_a_link_are_one_group_with_those_of_none(shop: Any) -> None:
    of = [{"as": "parents", "countDistinct": "parent"}, {"as": "with", "count": "parent"}]
    found = stats(shop, shop.clerk, by=[{"key": "parent"}], of=of)
    mine = [c for c in CUSTOMERS if c["id"] in MINE]
    assert any(c["parent_id"] and c["parent_id"] not in MINE for c in mine)
    expected = grouped(mine, lambda c: c["parent_id"] if c["parent_id"] in MINE else None)
    assert {row["parent"] and int(row["parent"]["id"][9:]): row["count"] for row in found} == {
        key: len(rows) for key, rows in expected.items()
    }
    for row in found:
        shown = row["parent"] is not None
        assert row["values"] == {"parents": int(shown), "with": row["count"] if shown else 0}


def test_nobody_learns_which_hidden_record_is_linked_to(shop: Any) -> None:
    of = [{"as": "parents", "countDistinct": "parent"}]
    asked: Row = {"by": [{"key": "parent"}, {"key": "city"}], "of": of}
    hidden = [c["id"] for c in CUSTOMERS if c["id"] not in MINE]
    changed = next(c for c in CUSTOMERS if c["id"] in MINE and c["parent_id"] in hidden)
    before = shop.answer(ASK, shop.clerk, **asked).body
    for other in (hidden[0], hidden[-1], None):
        with Session(shop.engine) as session, session.begin():
            one = update(Customer).where(Customer.id == changed["id"])
            session.execute(one.values(parent_id=other))
        try:
            assert shop.answer(ASK, shop.clerk, **asked).body == before
        finally:
            with Session(shop.engine) as session, session.begin():
                session.execute(one.values(parent_id=changed["parent_id"]))


def test_somebody_who_sees_no_customers_sees_one_group_of_orders(shop: Any) -> None:
    found = shop.ask(
        "{ orderStats(groupBy: [{key: customer}]) { customer { id } count } }", shop.packer
    )
    paid = sum(order["state"].name == "PAID" for order in ORDERS)
    assert found["orderStats"] == [{"customer": None, "count": paid}]


def test_a_group_s_record_is_shown_with_everything_below_it(shop: Any) -> None:
    before = len(shop.reads.statements)
    found = shop.ask(
        """{ orderStats(groupBy: [{key: customer}], first: 5) { __typename count
          customer { ...Who orders(first: 2) { totalCount nodes { id } } } } }
        fragment Who on Customer { id name }"""
    )["orderStats"]
    assert len(shop.reads.statements) == before + 1
    names = {f"Customer:{c['id']}": c["name"] for c in CUSTOMERS}
    for row in found:
        assert row["customer"]["name"] == names[row["customer"]["id"]]
        assert row["customer"]["orders"]["totalCount"] == row["count"]
        assert row["__typename"] == "OrderStats"


def test_nothing_is_joined_that_is_not_needed(shop: Any) -> None:
    shop.ask(
        '{ orderStats(groupBy: [{key: customer}], measures: [{as: "x", max: total}]) { count } }'
    )
    assert "shop.customer" not in shop.reads.statements[-1]
    shop.ask("{ customerStats(groupBy: [{key: owner}]) { owner { id } count } }")
    assert "stars.rated" not in shop.reads.statements[-1]


# What does not fit -------------------------------------------------------------------------------


def test_names_from_variables_are_those_of_the_results(shop: Any) -> None:
    query = """query ($as: ResultName!, $by: ResultName!) { customerStats(groupBy: [{key: city}],
      measures: [{as: $as, count: city}], orderBy: [{by: $by}]) { values } }"""
    for name in ("a", "b"):
        found = shop.ask(query, **{"as": name, "by": name})["customerStats"]
        assert {key for row in found for key in row["values"]} == {name}
    error = shop.error(query, **{"as": "a", "by": "c"})
    assert error["extensions"]["code"] == "BAD_ORDER"


MANY = " ".join(f'{{as: "m{i}", max: stars}}' for i in range(21))


@pytest.mark.parametrize(
    ("asked", "code", "says"),
    [
        ("groupBy: [{key: city}, {key: city}]", "DUPLICATE_NAME", "city twice"),
        ("groupBy: [{key: since, by: DAY}, {key: since, by: YEAR}]", "DUPLICATE_NAME", "since"),
        ("groupBy: [{key: name, by: MONTH}]", "BAD_GROUP", "name is no day or moment"),
        ("groupBy: [{key: owner, by: MONTH}]", "BAD_GROUP", "owner is no day or moment"),
        ('measures: [{as: "x"}]', "BAD_MEASURE", "exactly one of count, countDistinct"),
        ('measures: [{as: "x", sum: null}]', "BAD_MEASURE", "exactly one"),
        ('measures: [{as: "x", min: stars, max: stars}]', "BAD_MEASURE", "exactly one"),
        ('measures: [{as: "x", min: owner}]', "BAD_MEASURE", "in owner: count it"),
        ('measures: [{as: "x", max: active}]', "BAD_MEASURE", "in active: count it"),
        ('measures: [{as: "x", max: stars}, {as: "x", min: stars}]', "DUPLICATE_NAME", "x"),
        ('measures: [{as: "count", max: stars}]', "DUPLICATE_NAME", "count"),
        ('groupBy: [{key: city}] measures: [{as: "city", max: stars}]', "DUPLICATE_NAME", "city"),
        ('orderBy: [{by: "city"}]', "BAD_ORDER", "neither grouped by nor"),
        ('measures: [{as: "x", sum: credit}] orderBy: [{by: "x"}]', "BAD_ORDER", "currency"),
        ("first: 0", "BAD_PAGE_SIZE", "from 1 to 1,000"),
        ("first: 1001", "BAD_PAGE_SIZE", "it is 1001"),
        ('measures: [{as: "x", sum: name}]', "INVALID_DOCUMENT", "'CustomerStatsNumber' enum"),
        ('measures: [{as: "x y", sum: stars}]', "INVALID_DOCUMENT", "not a name for a result"),
        ("measures: [{as: x, sum: stars}]", "INVALID_DOCUMENT", "not a name for a result"),
        ("groupBy: [{key: notes}]", "INVALID_DOCUMENT", "'CustomerStatsKey' enum"),
        (f"measures: [{MANY}]", "TOO_MANY_MEASURES", "20"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(
    shop: Any, asked: str, code: str | None, says: str
) -> None:
    error = shop.error(f"{{ customerStats({asked}) {{ count }} }}")
    assert error.get("extensions", {}).get("code") == code
    assert says in error["message"]


def test_statistics_count_for_what_a_document_may_ask(shop: Any) -> None:
    measures = " ".join(f'{{as: "m{i}", countDistinct: name}}' for i in range(20))
    fields = "\n".join(f"s{i}: customerStats(measures: [{measures}]) {{ count }}" for i in range(3))
    error = shop.error(f"{{ {fields} }}")
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    below = (
        "customerStats(groupBy: [{key: parent}]) { parent { orders(first: 100) { nodes { id } } } }"
    )
    assert shop.error(f"{{ {below} }}")["extensions"]["code"] == "TOO_COMPLEX"
