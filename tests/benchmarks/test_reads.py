"""The read benchmark asks what the add-ons answer, and its hand-written SQL answers the same."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from dougong.testing import LiveWorld
from dougong.testing.databases import Databases
from dougong.testing.worlds import Person
from reads.company import ADDONS, ROLES, Sizes, fill
from reads.queries import QUERIES, same
from reads.sql_by_hand import BY_HAND

SMALL = Sizes(customers=60, orders=800, lines=3_200, products=20)


@pytest.fixture(scope="module")
def company(databases: Databases) -> Iterator[LiveWorld]:
    world = LiveWorld(databases.clone(*ADDONS))
    yield world
    world.close()


@pytest.fixture(scope="module")
def seller(company: LiveWorld) -> Person:
    sellers = [company.person(*ROLES) for _ in range(4)]
    with company.engine.begin() as connection:
        fill(connection, sellers[0].principal.user_id or 0, SMALL)
    return sellers[0]


@pytest.mark.parametrize("name", QUERIES)
def test_sql_by_hand_answers_what_dougong_answers(
    name: str, company: LiveWorld, seller: Person
) -> None:
    sql, arguments_of = BY_HAND[name]
    answers = []
    for variables in QUERIES[name].variables:
        answer = company.post(QUERIES[name].document, seller, **variables).content
        arguments = arguments_of(seller.principal.user_id or 0, variables)
        answers.append((same(name, answer), same(name, by_hand(company.url, sql, arguments))))

    assert [ours for ours, _ in answers] == [theirs for _, theirs in answers]
    assert any(answers[0][0].values())


def by_hand(url: str, sql: str, arguments: list[Any]) -> bytes:
    """The answer of a statement that has `$1` for its first argument."""
    with psycopg.connect(url) as connection:
        text = psycopg.RawCursor(connection).execute(sql.encode(), arguments).fetchone()
    assert text is not None
    return str(text[0]).encode()


def test_the_seller_sees_three_quarters_of_the_orders(company: LiveWorld, seller: Person) -> None:
    seen = company.ask("{ salesOrders(first: 1) { totalCount } }", seller)["salesOrders"]

    assert 0.65 * SMALL.orders < seen["totalCount"] < 0.85 * SMALL.orders
