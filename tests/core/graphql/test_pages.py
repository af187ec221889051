"""Pages are what Python cuts from the same rows, forwards and backwards, whatever happens between."""

import base64
import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from depot import DIRECTIONS, KEYS, POOLS, Depot, Order, Row
from graphql import GraphQLInputObjectType
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dougong.testing.databases import Databases

PAGE = """{ totalCount nodes { id } edges { cursor node { id } }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }"""
ARGUMENTS = (
    "where: $where, orderBy: $order, first: $first, last: $last, after: $after, before: $before"
)
DECLARED = (
    "$where: ItemWhere, $order: [ItemOrder!], "
    "$first: Int, $last: Int, $after: String, $before: String"
)
ON_SHELF = {"shelf": {"is": {"items": {"some": {}}}}}
"""Items on a shelf: it has at least themselves. What matches is found by a WITH query then."""
ROOT = f"query ({DECLARED}) {{ list: items({ARGUMENTS}) {PAGE} }}"
OF_SHELF = f'query ({DECLARED}) {{ shelf(id: "Shelf:1") {{ list: items({ARGUMENTS}) {PAGE} }} }}'
MOST_ROWS = 14

rows = st.lists(st.fixed_dictionaries({name: st.sampled_from(p) for name, p in POOLS.items()}), max_size=MOST_ROWS)  # fmt: skip
orders = st.lists(
    st.tuples(st.sampled_from(sorted(KEYS)), st.sampled_from(DIRECTIONS)),
    max_size=3,
    unique_by=lambda key: key[0],
)
disturbances = st.lists(
    st.one_of(
        st.tuples(st.just("remove"), st.integers(0, MOST_ROWS)),
        st.tuples(st.just("add"), rows.map(lambda some: some[:3])),
    ),
    max_size=4,
)
lists = st.fixed_dictionaries({one: st.booleans() for one in ("guest", "of_shelf", "on_shelf")})
seeded = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=80,
    phases=[Phase.generate],  # rows are few: to make them fewer would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def depot(databases: Databases) -> Iterator[Depot]:
    opened = Depot(databases.clone())
    yield opened
    opened.close()


def ready(row: Row) -> Row:
    """A row that the database takes: money has both parts or none."""
    return row if row["price_amount"] is not None else {**row, "price_currency": None}


def order_by(order: Order) -> list[Any]:
    return [KEYS[key](direction) for key, direction in order]


def number(record: Any) -> int:
    return int(record["id"].split(":")[1])


class Asked:
    """A list in an order, as somebody sees it."""

    def __init__(
        self, depot: Depot, order: Order, *, guest: bool, of_shelf: bool, on_shelf: bool = False
    ) -> None:
        self.depot = depot
        self.order = order
        self.who = depot.guest if guest else depot.keeper
        self.query = OF_SHELF if of_shelf else ROOT
        self.shelf = 1 if of_shelf else None
        self.on_shelf = on_shelf

    def whole(self) -> list[int]:
        whole = self.depot.expected(self.order, self.who, self.shelf)
        if not self.on_shelf:
            return whole
        return [i for i in whole if self.depot.value(i, "shelf_id", self.who) is not None]

    def comes_after(self, one: int, other: int) -> bool:
        return self.depot.compare(one, other, self.order, self.who) > 0

    def page(self, **asked: Any) -> Any:
        answer = self.depot.answer(
            self.query,
            self.who,
            where=ON_SHELF if self.on_shelf else {},
            order=order_by(self.order),
            **asked,
        )
        assert "errors" not in answer, answer
        data = answer["data"]
        return data["list"] if self.shelf is None else data["shelf"]["list"]

    def cursors(self) -> dict[int, str]:
        edges = self.page(first=100)["edges"]
        return {number(edge["node"]): edge["cursor"] for edge in edges}

    def check(
        self, size: int, *, backward: bool, after: Any = None, before: Any = None
    ) -> tuple[list[int], Any]:
        """Ask for a page, after and before (item, cursor), and compare all of it with Python."""
        whole = self.whole()
        window = [
            item
            for item in whole
            if (after is None or self.comes_after(item, after[0]))
            and (before is None or self.comes_after(before[0], item))
        ]
        cut = window[max(0, len(window) - size) :] if backward else window[:size]
        page = self.page(
            **{"last" if backward else "first": size},
            after=after and after[1],
            before=before and before[1],
        )
        shown = [number(node) for node in page["nodes"]]
        cursors = [edge["cursor"] for edge in page["edges"]]
        full = len(window) > size
        beyond = before is not None and any(not self.comes_after(before[0], i) for i in whole)
        earlier = after is not None and any(not self.comes_after(i, after[0]) for i in whole)
        assert shown == cut
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["totalCount"] == len(whole)
        assert page["pageInfo"] == {
            "hasNextPage": beyond or (full and not backward),
            "hasPreviousPage": earlier or (full and backward),
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        }
        return shown, page["pageInfo"]


@seeded
@given(rows, orders, st.integers(1, 4), st.booleans(), lists, disturbances)
def test_pages_are_a_partition_of_what_stays_while_others_delete_and_insert(
    depot: Depot,
    rows: list[Row],
    order: Order,
    size: int,
    backward: bool,
    seen_by: dict[str, bool],
    disturbances: list[tuple[str, Any]],
) -> None:
    depot.fill([ready(row) for row in rows])
    asked = Asked(depot, order, **seen_by)
    stayed = set(asked.whole())
    seen: list[int] = []
    start: Any = None
    for what, which in [*disturbances, *[("", None)] * 2 * MOST_ROWS]:
        bound = {"before" if backward else "after": start}
        shown, info = asked.check(size, backward=backward, **bound)
        seen = [*shown, *seen] if backward else [*seen, *shown]
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            break
        start = (
            shown[0 if backward else -1],
            info["startCursor" if backward else "endCursor"],
        )
        if what == "remove":
            depot.remove(sorted(depot.items)[which % len(depot.items)])
        elif what == "add":
            depot.add([ready(row) for row in which])
        stayed &= set(asked.whole())
    else:
        pytest.fail("the pages do not come to an end")
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)
    assert all(asked.comes_after(b, a) for a, b in pairwise(seen))


@seeded
@given(rows, orders, st.integers(0, 4), st.booleans(), lists, st.data())
def test_a_page_between_two_cursors_says_truly_what_is_around_it(
    depot: Depot,
    rows: list[Row],
    order: Order,
    size: int,
    backward: bool,
    seen_by: dict[str, bool],
    data: Any,
) -> None:
    depot.fill([ready(row) for row in rows])
    asked = Asked(depot, order, **seen_by)
    places = [None, *asked.cursors().items()]
    after, before = data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))
    for number in data.draw(st.lists(st.sampled_from(sorted(depot.items)), max_size=2)) if depot.items else ():  # fmt: skip
        depot.remove(number)
    asked.check(size, backward=backward, after=after, before=before)


def test_the_properties_go_through_all_that_items_can_be_ordered_by(depot: Depot) -> None:
    kind: Any = depot.generation.schema.type_map["ItemOrder"]
    tested = {next(iter(make("ASC"))) for make in KEYS.values()}
    left = {"version", "createdAt", "createdBy", "updatedAt", "updatedBy"}
    assert set(kind.fields) - left == tested
    directions: Any = depot.generation.schema.type_map["OrderDirection"]
    assert set(directions.values) == set(DIRECTIONS)
    money = depot.generation.schema.type_map["MoneyOrder"]
    assert isinstance(money, GraphQLInputObjectType)
    assert set(money.fields) == {"amount", "currency"}


# What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("query", [ROOT, OF_SHELF])
@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"first": 1, "last": 1}, "not both"),
        ({"first": 0, "last": 0}, "not both"),
        ({"last": 101}, "`last` is at most 100"),
        ({"last": -1}, "`last` cannot be negative"),
    ],
)
def test_a_page_size_that_cannot_be_is_refused(
    depot: Depot, query: str, asked: Any, says: str
) -> None:
    error = depot.answer(query, **asked)["errors"][0]
    assert error["extensions"]["code"] == "BAD_PAGE_SIZE"
    assert says in error["message"]


def test_twenty_come_unless_said_and_null_says_nothing(depot: Depot) -> None:
    plain = {name: pool[-1] for name, pool in POOLS.items()}
    depot.fill([plain] * 30)
    for literal in ("", "(first: null)", "(last: null)", "(first: null, last: null)"):
        data = depot.answer(f"{{ items{literal} {{ nodes {{ id }} }} }}")["data"]
        assert [number(node) for node in data["items"]["nodes"]] == [*range(1, 21)]
    data = depot.answer("{ items(first: null, last: 2) { nodes { id } } }")["data"]
    assert [number(node) for node in data["items"]["nodes"]] == [29, 30]


def test_a_cursor_of_another_list_or_another_order_is_refused(depot: Depot) -> None:
    plain = {name: pool[-1] for name, pool in POOLS.items()}
    depot.fill([{**plain, "shelf_id": 1}] * 3)
    by_size = Asked(depot, [("size", "ASC")], guest=False, of_shelf=False)
    cursor = by_size.cursors()[2]
    of_shelves = depot.answer("{ shelves { edges { cursor } } }")["data"]["shelves"]["edges"][0]
    attempts = [
        (ROOT, cursor, [("size", "DESC")]),
        (ROOT, cursor, []),
        (ROOT, cursor, [("size", "ASC"), ("stock", "ASC")]),
        (OF_SHELF, cursor, [("size", "ASC")]),
        (ROOT, of_shelves["cursor"], []),
    ]
    for query, used, order in attempts:
        for argument in ("after", "before"):
            bound: Any = {argument: used}
            found = depot.answer(query, order=order_by(order), **bound)
            error = found["errors"][0]
            assert error["extensions"]["code"] == "BAD_CURSOR"
            assert "another list" in error["message"]
            assert "same orderBy" in error["message"]


def made(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


HOSTILE_VALUES = [
    None, True, 0, 1.5, [], {}, [[]], "", "NaN", "Infinity", "-Infinity", "sNaN", "1e999999", "1e-999999",
    "9" * 5000, "9" * 200, "-1", "1_0", "٣", "99999999999999999999", str(2**63 - 1), str(2**31), "\x00",
    "\ud800", "x" * 90_000, "true", "TRUE", "2024-13-01", "0000-00-00", "infinity", "2024-01-01",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-01-01T00:00:00",
    "2024-01-01T24:00:00Z", "'; drop table depot.item; --", "%s", "%(p0)s", "$1",
]  # fmt: skip


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_forged_cursor_is_answered_or_refused_and_never_fails(depot: Depot, key: str) -> None:
    plain = {name: pool[-1] for name, pool in POOLS.items()}
    depot.fill([plain] * 2)
    asked = Asked(depot, [(key, "ASC")], guest=False, of_shelf=False)
    true_one = asked.cursors()[1]
    signature, *values = json.loads(base64.urlsafe_b64decode(true_one + "=" * (-len(true_one) % 4)))
    forged = [made(signature, value, *values[1:]) for value in HOSTILE_VALUES]
    forged += [made(signature, *values[:-1], value) for value in HOSTILE_VALUES]
    forged += [made(), made(signature), made(signature, *values, 1), made([signature], *values)]
    forged += ["", "=", "null", "%%", "bnVsbA", "e30", "IiI", "W10", "斗拱", "AAAA" * 20_000]
    forged += [base64.urlsafe_b64encode(b"[" * 50_000).decode()]
    codes = set()
    for cursor in forged:
        for argument in ("after", "before"):
            bound: Any = {argument: cursor}
            answer = depot.answer(ROOT, order=order_by(asked.order), **bound)
            codes |= {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes == {"BAD_CURSOR"}
