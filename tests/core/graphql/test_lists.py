"""Lists answer what plain Python finds in the same rows."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from rows import customers, orders

ALL = customers()
ORDERS = orders()[0][1]
LINES = orders()[1][1]
Row = dict[str, Any]


def ids_where(shop: Any, where: Any, who: Any = None) -> set[int]:
    """The customers that a condition finds, by variable; all pages."""
    found: set[int] = set()
    after, total = None, None
    while True:
        data = shop.ask(
            """query ($where: CustomerWhere, $after: String) {
              customers(first: 100, where: $where, after: $after) {
                totalCount nodes { id } pageInfo { hasNextPage endCursor } } }""",
            who,
            where=where,
            after=after,
        )["customers"]
        found |= {int(node["id"].split(":")[1]) for node in data["nodes"]}
        total = data["totalCount"]
        if not data["pageInfo"]["hasNextPage"]:
            break
        after = data["pageInfo"]["endCursor"]
    assert total == len(found)
    return found


def lower(text: Any) -> str:
    return str(text).lower()


def some_order(row: Row, test: Callable[[Row], bool]) -> bool:
    return any(order["customer_id"] == row["id"] and test(order) for order in ORDERS)


def total(order: Row) -> Decimal:
    return sum(
        (round(line["quantity"] * line["price"] + Decimal("1e-9"), 2) for line in LINES
         if line["order_id"] == order["id"]),
        Decimal(0),
    )  # fmt: skip


BY_ID = {row["id"]: row for row in ALL}
CONDITIONS: list[tuple[Any, Callable[[Row], bool]]] = [
    ({}, lambda c: True),
    ({"name": {"eq": "'; drop table x; --"}}, lambda c: c["name"] == "'; drop table x; --"),
    ({"name": {"contains": "CUSTOMER 1"}}, lambda c: "customer 1" in c["name"].lower()),
    ({"name": {"contains": "%"}}, lambda c: "%" in c["name"]),
    ({"name": {"contains": "_"}}, lambda c: "_" in c["name"]),
    ({"name": {"contains": "\\"}}, lambda c: "\\" in c["name"]),
    ({"name": {"startsWith": "斗拱"}}, lambda c: c["name"].startswith("斗拱")),
    ({"name": {"endsWith": "9"}}, lambda c: c["name"].endswith("9")),
    ({"name": {"in": ["Zoë", "ß", "nobody"]}}, lambda c: c["name"] in ("Zoë", "ß")),
    ({"name": {"in": []}}, lambda c: False),
    ({"city": {"ne": "Graz"}}, lambda c: c["city"] != "Graz"),
    ({"city": {"notIn": ["Graz", "Åbo"]}}, lambda c: c["city"] not in ("Graz", "Åbo")),
    ({"city": {"isNull": True}}, lambda c: c["city"] is None),
    ({"city": {"isNull": False, "startsWith": "gr"}}, lambda c: lower(c["city"]).startswith("gr")),
    ({"not": {"city": {"eq": "Graz"}}}, lambda c: c["city"] != "Graz"),
    ({"not": {"rating": {"lt": 2}}}, lambda c: not (c["rating"] is not None and c["rating"] < 2)),
    ({"rating": {"gte": 1, "lte": 2}}, lambda c: c["rating"] in (1, 2)),
    ({"rating": {"in": [0, 3]}}, lambda c: c["rating"] in (0, 3)),
    ({"points": {"gt": "9007199254740993"}}, lambda c: c["points"] > 9007199254740993),
    ({"points": {"eq": "9007199254740994"}}, lambda c: c["points"] == 9007199254740994),
    ({"active": {"eq": False}}, lambda c: not c["active"]),
    ({"active": {"ne": False}}, lambda c: c["active"]),
    ({"since": {"lt": "2020-01-04"}}, lambda c: c["since"] and c["since"].day < 4),
    (
        {"seenAt": {"gt": "2024-01-01T05:00:00+01:00"}},
        lambda c: c["seen_at"]
        and (c["seen_at"].hour > 4 or (c["seen_at"].hour == 4 and c["seen_at"].microsecond > 0)),
    ),
    ({"credit": {"amount": {"gte": "10.125"}}}, lambda c: (c["credit_amount"] or 0) >= 10.125),
    ({"credit": {"currency": {"eq": "USD"}}}, lambda c: c["credit_currency"] == "USD"),
    ({"credit": {"isNull": True}}, lambda c: c["credit_amount"] is None),
    ({"id": {"in": ["Customer:3", "Customer:5"]}}, lambda c: c["id"] in (3, 5)),
    ({"id": {"eq": "Customer:3"}}, lambda c: c["id"] == 3),
    ({"stars": {"gt": 3}}, lambda c: c["id"] % 6 > 3),
    ({"remark": {"eq": "r8"}}, lambda c: c["id"] == 8),
    ({"or": []}, lambda c: False),
    ({"and": []}, lambda c: True),
    (
        {"or": [{"rating": {"eq": 1}}, {"and": [{"city": {"eq": "Graz"}}, {"active": {"eq": True}}]}]},
        lambda c: c["rating"] == 1 or (c["city"] == "Graz" and c["active"]),
    ),
    ({"owner": {"isNull": True}}, lambda c: c["owner_id"] is None),
    ({"owner": {"isNull": False}}, lambda c: c["owner_id"] is not None),
    ({"owner": {"is": {"name": {"eq": "clerk"}}}}, lambda c: c["owner_id"] == 2),
    (
        {"parent": {"is": {"parent": {"isNull": True}, "name": {"contains": "0"}}}},
        lambda c: c["parent_id"]
        and BY_ID[c["parent_id"]]["parent_id"] is None
        and "0" in BY_ID[c["parent_id"]]["name"],
    ),
    ({"parent": {"is": {"stars": {"eq": 1}}}}, lambda c: (c["parent_id"] or 0) % 6 == 1),
    ({"orders": {"some": {}}}, lambda c: some_order(c, lambda o: True)),
    ({"orders": {"none": {"state": {"eq": "PAID"}}}},
     lambda c: not some_order(c, lambda o: o["state"].name == "PAID")),
    ({"orders": {"every": {"state": {"ne": "PAID"}}}},
     lambda c: not some_order(c, lambda o: o["state"].name == "PAID")),
    ({"orders": {"some": {"total": {"gt": "60"}, "lines": {"some": {"article": {"endsWith": "7"}}}}}},
     lambda c: some_order(c, lambda o: total(o) > 60 and any(
         line["article"].endswith("7") for line in LINES if line["order_id"] == o["id"]))),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_a_condition_finds_what_python_finds(shop: Any, number: int) -> None:
    where, test = CONDITIONS[number]
    assert ids_where(shop, where) == {row["id"] for row in ALL if test(row)}


@pytest.mark.parametrize("number", range(len(CONDITIONS)))
def test_not_is_the_exact_opposite(shop: Any, number: int) -> None:
    where, test = CONDITIONS[number]
    assert ids_where(shop, {"not": where}) == {row["id"] for row in ALL if not test(row)}


# What is behind links and lists differs for a clerk: test_row_rules.py has that.
OWN = [n for n, (where, _) in enumerate(CONDITIONS) if not {"parent", "orders"} & set(where)]


@pytest.mark.parametrize("number", OWN)
def test_a_clerk_finds_the_same_among_own_customers(shop: Any, number: int) -> None:
    where, test = CONDITIONS[number]
    mine = {row["id"] for row in ALL if row["owner_id"] == 2}
    assert ids_where(shop, where, shop.clerk) == {c["id"] for c in ALL if test(c)} & mine


# Orders and pages ----------------------------------------------------------------------------

KEYS: dict[str, tuple[str, Callable[[Row], Any]]] = {
    "name": ("name", lambda c: None),
    "city": ("city", lambda c: None),
    "rating": ("rating", lambda c: c["rating"]),
    "points": ("points", lambda c: c["points"]),
    "active": ("active", lambda c: c["active"]),
    "since": ("since", lambda c: c["since"]),
    "seenAt": ("seenAt", lambda c: c["seen_at"]),
    "stars": ("stars", lambda c: c["id"] % 6),
    "credit": ("credit { amount }", lambda c: c["credit_amount"]),
}
DIRECTIONS = ["ASC", "DESC", "ASC_NULLS_FIRST", "ASC_NULLS_LAST", "DESC_NULLS_FIRST", "DESC_NULLS_LAST"]  # fmt: skip


def pages(shop: Any, order: Any, size: int, who: Any = None) -> list[int]:
    """All customers, page by page; each page's flags and cursors are checked on the way."""
    seen: list[int] = []
    after = None
    while True:
        page = shop.ask(
            """query ($order: [CustomerOrder!], $size: Int, $after: String) {
              customers(orderBy: $order, first: $size, after: $after) {
                edges { cursor node { id } } nodes { id }
                pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }""",
            who,
            order=order,
            size=size,
            after=after,
        )["customers"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert page["pageInfo"]["startCursor"] == (cursors[0] if cursors else None)
        assert page["pageInfo"]["endCursor"] == (cursors[-1] if cursors else None)
        seen += [int(node["id"].split(":")[1]) for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        assert len(page["nodes"]) == size
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("key", KEYS)
def test_paging_by_one_key_visits_every_record_once_in_order(
    shop: Any, key: str, direction: str
) -> None:
    order = [{key: {"amount": direction}}] if key == "credit" else [{key: direction}]
    whole = pages(shop, order, 100)
    assert sorted(whole) == [row["id"] for row in ALL]
    assert pages(shop, order, 7) == whole
    value = KEYS[key][1]
    if key in ("name", "city"):
        return  # the database's collation decides
    descends = direction.startswith("DESC")
    values = [row for row in ALL if value(row) is not None]
    values.sort(key=lambda row: (value(row), row["id"]), reverse=descends)
    empty = sorted((r["id"] for r in ALL if value(r) is None), reverse=descends)
    first = direction.endswith("FIRST") or direction == "DESC"
    expected = [row["id"] for row in values]
    assert whole == (empty + expected if first else expected + empty)


@pytest.mark.parametrize("size", [1, 3, 50])
def test_paging_by_several_keys_through_links_visits_every_record_once(
    shop: Any, size: int
) -> None:
    order = [
        {"owner": {"name": "DESC"}},
        {"parent": {"rating": "ASC_NULLS_FIRST"}},
        {"parent": {"parent": {"city": "DESC_NULLS_LAST"}}},
        {"rating": "ASC"},
        {"active": "DESC"},
    ]
    whole = pages(shop, order, 100)
    assert sorted(whole) == [row["id"] for row in ALL]
    assert pages(shop, order, size) == whole
    if size == 1:
        return
    mine = pages(shop, order, size, shop.clerk)
    assert sorted(mine) == [row["id"] for row in ALL if row["owner_id"] == 2]


def test_records_are_in_the_order_they_were_made_unless_said(shop: Any) -> None:
    assert pages(shop, None, 50) == [row["id"] for row in ALL]
    assert pages(shop, [{"id": "DESC"}], 50) == [row["id"] for row in ALL][::-1]


def test_a_page_of_none_still_says_whether_there_is_more(shop: Any) -> None:
    page = shop.ask(
        "{customers(first: 0) {totalCount nodes {id} pageInfo {hasNextPage endCursor}}}"
    )
    assert page["customers"] == {
        "totalCount": 120,
        "nodes": [],
        "pageInfo": {"hasNextPage": True, "endCursor": None},
    }


def test_each_record_has_its_own_page_of_children(shop: Any) -> None:
    data = shop.ask(
        """{ customers(first: 100) { nodes { id
          orders(first: 2, orderBy: [{placedOn: DESC}]) {
            totalCount nodes { id placedOn total } pageInfo { hasNextPage } } } } }"""
    )
    for node in data["customers"]["nodes"]:
        number = int(node["id"].split(":")[1])
        mine = [o for o in ORDERS if o["customer_id"] == number]
        mine.sort(key=lambda o: (o["placed_on"], o["id"]), reverse=True)
        shown = node["orders"]
        assert shown["totalCount"] == len(mine)
        assert [o["id"] for o in shown["nodes"]] == [f"Order:{o['id']}" for o in mine[:2]]
        assert shown["pageInfo"]["hasNextPage"] is (len(mine) > 2)
        for said, order in zip(shown["nodes"], mine, strict=False):
            assert Decimal(said["total"]) == total(order)


@pytest.mark.parametrize("size", [1, 100])
def test_any_number_of_rows_takes_one_statement(shop: Any, size: int) -> None:
    before = len(shop.reads.statements)
    shop.ask(
        """query ($size: Int!) { customers(first: $size) { totalCount nodes { name stars
          owner { name } parent { name parent { name } }
          orders { totalCount nodes { total lines { nodes { amount } } } } } }
          ordersByState { state amount } }""",
        size=size,
    )
    assert len(shop.reads.statements) - before == 1
