"""Values arrive as they are: unicode, control characters, nulls, exact numbers."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from graphql import GraphQLError, parse_value
from rows import ODD_NAMES, customers

from dougong.entity.model import Kind
from dougong.graphql.mutations.run import as_json
from dougong.graphql.scalars import SCALARS


def test_every_field_of_every_row_is_shown_exactly(shop: Any) -> None:
    shown: list[Any] = []
    after = None
    while after is not False:
        page = shop.ask(
            """query ($after: String) { customers(first: 100, after: $after) {
              nodes { id version name city email rating points active since seenAt notes stars
                remark credit { amount currency __typename } owner { id } parent { id }
                createdBy { id } __typename }
              pageInfo { hasNextPage endCursor } } }""",
            after=after,
        )["customers"]
        shown += page["nodes"]
        after = page["pageInfo"]["hasNextPage"] and page["pageInfo"]["endCursor"]
    assert shown == [expected(row) for row in customers()]


def expected(row: dict[str, Any]) -> dict[str, Any]:
    number = row["id"]
    moment = row["seen_at"]
    return {
        "id": f"Customer:{number}",
        "version": 1,
        "name": row["name"],
        "city": row["city"],
        "email": row["email"],
        "rating": row["rating"],
        "points": str(row["points"]),
        "active": row["active"],
        "since": row["since"] and row["since"].isoformat(),
        "seenAt": moment and moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "notes": row["notes"],
        "stars": number % 6,
        "remark": None if number % 2 else f"r{number}",
        "credit": row["credit_amount"]
        and {
            "amount": f"{row['credit_amount']:.4f}",
            "currency": row["credit_currency"],
            "__typename": "Money",
        },
        "owner": row["owner_id"] and {"id": f"User:{row['owner_id']}"},
        "parent": row["parent_id"] and {"id": f"Customer:{row['parent_id']}"},
        "createdBy": None,
        "__typename": "Customer",
    }


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_text_is_found_by_literal_and_by_variable(shop: Any, name: str) -> None:
    wanted = [f"Customer:{row['id']}" for row in customers() if row["name"] == name]
    query = (
        "query ($n: String!) { customers(first: 100, where: {name: {eq: $n}}) { nodes { id } } }"
    )
    assert [n["id"] for n in shop.ask(query, n=name)["customers"]["nodes"]] == wanted
    literal = '"' + "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else c for c in name) + '"'
    query = f"{{ customers(first: 100, where: {{name: {{eq: {literal}}}}}) {{ nodes {{ id }} }} }}"
    assert [n["id"] for n in shop.ask(query)["customers"]["nodes"]] == wanted


@pytest.mark.parametrize("operator", ["eq", "ne", "contains", "startsWith", "endsWith"])
def test_nothing_that_is_said_becomes_sql(shop: Any, operator: str) -> None:
    attacks = [
        "' or '1'='1",
        "'; drop table shop.customer; --",
        "%' or true --",
        "$2",
        "%(p1)s",
        "\\'",
    ]
    query = (
        f"query ($n: String!) {{ customers(where: {{name: {{{operator}: $n}}}}) {{ totalCount }} }}"
    )
    for attack in attacks:
        found = shop.ask(query, n=attack)["customers"]["totalCount"]
        assert found == (len(customers()) if operator == "ne" else 0)


def test_the_character_nul_gets_a_sentence(shop: Any) -> None:
    query = "query ($n: String!) { customers(where: {name: {eq: $n}}) { totalCount } }"
    error = shop.error(query, n="a\x00b")
    assert error["extensions"]["code"] == "BAD_TEXT"
    assert error["path"] == ["customers"]


GOOD = [
    (Kind.DECIMAL, "12.50", Decimal("12.50")),
    (Kind.DECIMAL, 7, Decimal(7)),
    (Kind.BIGINT, "9223372036854775807", 2**63 - 1),
    (Kind.EMAIL, " ann@example.com ", "ann@example.com"),
    (Kind.PHONE, "+43 (1) 234-56", "+43 (1) 234-56"),
    (Kind.JSON, {"a": [1, None]}, {"a": [1, None]}),
]


@pytest.mark.parametrize(("kind", "given", "read"), GOOD)
def test_a_scalar_reads_what_it_should(kind: Kind, given: Any, read: Any) -> None:
    assert SCALARS[kind].coerce_input_value(given) == read


BAD = [
    (Kind.DECIMAL, "12,50"), (Kind.DECIMAL, 12.5), (Kind.DECIMAL, "NaN"), (Kind.DECIMAL, True),
    (Kind.DECIMAL, "1e9999"), (Kind.DECIMAL, "9" * 41), (Kind.DECIMAL, 10**50),
    (Kind.BIGINT, 2**63), (Kind.BIGINT, "1.0"), (Kind.DATE, "2026-02-30"), (Kind.DATE, "20260101"),
    (Kind.DATETIME, "2026-01-01T00:00:00"), (Kind.DATETIME, "2026-01-01"), (Kind.DATETIME, 5),
    (Kind.DATETIME, "0001-01-01T00:00:00+14:00"),
    (Kind.EMAIL, "ann"), (Kind.EMAIL, "a b@example.com"), (Kind.EMAIL, "ann@"),
    (Kind.PHONE, "call me"), (Kind.PHONE, "--"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given"), BAD)
def test_a_scalar_says_what_is_wrong(kind: Kind, given: Any) -> None:
    with pytest.raises(GraphQLError, match=r"“.*” is not "):
        SCALARS[kind].coerce_input_value(given)


def test_a_decimal_in_a_document_is_read_from_its_digits() -> None:
    read: Any = SCALARS[Kind.DECIMAL].coerce_input_literal
    assert read(parse_value("0.1000")) == Decimal("0.1000")
    assert str(read(parse_value("0.1000"))) == "0.1000"


def test_values_of_payloads_are_written_as_values_of_records_are() -> None:
    moment = datetime(2026, 1, 31, 9, 0, tzinfo=timezone(timedelta(hours=1)))

    assert as_json(moment) == b'"2026-01-31T08:00:00.000000Z"'
    assert as_json(Decimal("0E-4")) == b'"0.0000"'
    assert as_json(date(999, 1, 2)) == b'"0999-01-02"'
