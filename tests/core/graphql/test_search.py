"""Parts of texts are found by an index, and exactly those that are there."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from rows import customers
from sqlalchemy import delete, insert, text
from sqlalchemy.orm import Session

from dougong.db.read_pool import ReadPool
from dougong_shop import Customer

LETTERS = "aAbBäÄßẞİıΣσςſK éÉeE\u0301ｅＥ斗拱有限公司臺台%_\\'\":*&\x01|!()<->🏯\n\t\u3000\u200dﬁ1"
NUMBER = 300
OPERATORS = {
    "contains": lambda said, part: part in said,
    "startsWith": lambda said, part: said.startswith(part),
    "endsWith": lambda said, part: said.endswith(part),
}
ONLY_BITMAPS = "enable_seqscan=off&enable_indexscan=off&enable_indexonlyscan=off"


def random_texts(chance: random.Random) -> list[str]:
    some = ["".join(chance.choices(LETTERS, k=chance.randint(0, 9))) for _ in range(NUMBER)]
    long = "".join(chance.choices(LETTERS, k=11_000))
    return [*some, long, "長" * 10_001, "aé" * 30 + "x" + "aé" * 30]


def random_parts(chance: random.Random, texts: list[str]) -> list[str]:
    """Parts of the texts, of every length, and some that are in none."""
    parts = ["", "a", "斗", "%", "_", "\\", "長長", "x" * 100, "aé" * 30 + "x"]
    for said in chance.sample(texts, 100):
        start = chance.randint(0, len(said))
        parts.append(said[start : start + chance.randint(0, 5)])
    swapped = [part.swapcase() for part in chance.sample(parts, 20)]
    strange = ["".join(chance.choices(LETTERS, k=chance.randint(1, 3))) for _ in range(40)]
    return [part for part in [*parts, *swapped, *strange] if "\x00" not in part]


@pytest.fixture(scope="module")
def texts(shop: Any) -> Iterator[list[str]]:
    """Customers with strange names; `points` are their places in the list, from -1,000,000 on."""
    found = random_texts(random.Random(6))
    rows = [{"name": said, "points": i - 1_000_000} for i, said in enumerate(found)]
    with Session(shop.engine) as session, session.begin():
        session.execute(insert(Customer), rows)
    yield found
    with Session(shop.engine) as session, session.begin():
        session.execute(delete(Customer).where(Customer.points < -500_000))


@pytest.fixture(
    params=["enable_seqscan=on", ONLY_BITMAPS], ids=["as the planner likes", "by the index"]
)
def reading(shop: Any, request: Any) -> Iterator[Any]:
    """The shop, whose statements are planned freely or must use the index."""
    before = shop.reads
    pool = ReadPool(f"{shop.url}{'&' if '?' in shop.url else '?'}{request.param}")
    shop.reads = type(before)(pool)
    yield shop
    shop.run(pool.close())
    shop.reads = before


def lowered(shop: Any, texts: list[str]) -> list[str]:
    """The texts without capitals, as PostgreSQL sees it: `contains` means this."""
    with Session(shop.engine) as session:
        query = text("select lower(said) from unnest(cast(:all as text[])) with ordinality "
                     "as one (said, place) order by place")  # fmt: skip
        return list(session.scalars(query, {"all": texts}))


def places(shop: Any, where: Any) -> set[int]:
    query = """query ($where: CustomerWhere!) { customerStats(where: {and: [
      {points: {lt: "-500000"}}, $where]}, groupBy: [{key: points}]) { points } }"""
    found = shop.ask(query, where=where)["customerStats"]
    return {int(row["points"]) + 1_000_000 for row in found}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_part_is_found_in_exactly_the_texts_that_have_it(
    reading: Any, texts: list[str], operator: str
) -> None:
    parts = random_parts(random.Random(7), texts)
    small, small_parts = lowered(reading, texts), lowered(reading, parts)
    for part, wanted in zip(parts, small_parts, strict=True):
        expected = {i for i, said in enumerate(small) if OPERATORS[operator](said, wanted)}
        assert places(reading, {"name": {operator: part}}) == expected, repr(part)


def test_what_does_not_have_a_part_is_all_the_rest(reading: Any, texts: list[str]) -> None:
    for part in ("斗", "a", "Σ", "bc", ""):
        found = places(reading, {"name": {"contains": part}})
        rest = places(reading, {"not": {"name": {"contains": part}}})
        assert found | rest == set(range(len(texts)))
        assert not found & rest


def plan_of(shop: Any, sql: str) -> str:
    with shop.engine.connect() as connection:
        for setting in ONLY_BITMAPS.split("&"):
            connection.exec_driver_sql(f"set {setting.replace('=', ' = ')}")
        cursor = connection.connection.cursor()
        cursor.execute(f"explain (generic_plan) {sql}")
        return "\n".join(row[0] for row in cursor.fetchall())


def test_the_index_can_be_used_for_each_part_and_each_word(shop: Any) -> None:
    query = "query ($x: String!) { customers(where: {name: {contains: $x}}) { totalCount } }"
    shop.ask(query, x="cust")
    assert "ix_customer_name_bigrams" in plan_of(shop, shop.reads.statements[-1])
    query = "query ($x: SearchWords!) { customers(where: {search: $x}) { totalCount } }"
    shop.ask(query, x="cust 01")
    plan = plan_of(shop, shop.reads.statements[-1])
    for index in ("customer_name", "customer_city", "customer_email", "rated_remark"):
        assert plan.count(f"ix_{index}_bigrams") == 2


# Words in several fields -------------------------------------------------------------------------

ROWS = [{**row, "remark": None if row["id"] % 2 else f"r{row['id']}"} for row in customers()]


def found_in(row: dict[str, Any], word: str) -> bool:
    said = (row[name] for name in ("name", "city", "email", "remark"))
    return any(word.lower() in one.lower() for one in said if one is not None)


@pytest.mark.parametrize(
    "said",
    [
        "customer",
        "graz 01",
        "r12 example",
        "斗拱",
        "斗拱\u3000有限",
        "ÅBO",
        "nobody",
        "",
        "  ",
        "%",
    ],
)
def test_every_word_is_found_in_some_field(shop: Any, said: str) -> None:
    expected = {f"Customer:{c['id']}" for c in ROWS if all(found_in(c, w) for w in said.split())}
    query = """query ($x: SearchWords) { customers(first: 100, where: {
      search: $x, points: {gt: "-500000"}}) { totalCount nodes { id } } }"""
    by_variable = shop.ask(query, x=said)["customers"]
    literal = query.replace("query ($x: SearchWords) ", "").replace("$x", f'"{said}"')
    assert shop.ask(literal)["customers"] == by_variable
    assert by_variable["totalCount"] == len(expected)
    assert {node["id"] for node in by_variable["nodes"]} <= expected
    assert len(by_variable["nodes"]) == min(100, len(expected))


def test_words_are_searched_through_links(shop: Any) -> None:
    query = '{ orders(where: {customer: {is: {search: "graz 1"}}}) { totalCount } }'
    all_of_them = '{ orders(where: {customer: {is: {and: [{search: "graz"}, {search: "1"}]}}}) { totalCount } }'
    assert shop.ask(query) == shop.ask(all_of_them)
    assert shop.ask(query)["orders"]["totalCount"] > 0


def test_words_find_only_rows_that_the_asker_may_see(shop: Any) -> None:
    query = '{ customers(first: 100, where: {search: "customer"}) { nodes { owner { id } id } } }'
    mine = {c["id"] for c in ROWS if c["owner_id"] == 2 and found_in(c, "customer")}
    nodes = shop.ask(query, shop.clerk)["customers"]["nodes"]
    assert {int(node["id"].split(":")[1]) for node in nodes} == mine


def test_too_many_words_and_no_words_at_all_get_a_sentence(shop: Any) -> None:
    query = "query ($x: SearchWords) { customers(where: {search: $x}) { totalCount } }"
    assert shop.error(query, x="a b c d e f g h i")["extensions"]["code"] == "TOO_MANY_WORDS"
    assert shop.error(query, x=None)["extensions"]["code"] == "NULL_OPERAND"
    assert shop.error(query, x="a\x00b")["extensions"]["code"] == "BAD_TEXT"
    error = shop.error("{ customers(where: {search: 7}) { totalCount } }")
    assert "non string value" in error["message"]
