"""What one request may cost: records, fields, questions about the schema; what is said beyond."""

import json
import threading
from typing import Any

import psycopg
import pytest
from psycopg import errors as refusals
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from dougong.graphql import reading, resolving

# Records -------------------------------------------------------------------------------------

LINES = "lines(first: 100) { nodes { article } }"
TOO_MANY = {
    "three lists": f"{{ customers(first: 100) {{ nodes {{ orders(first: 100) {{ nodes {{ {LINES} }} }} }} }} }}",
    "side by side": "{ orders(first: 100) { nodes { "
    + " ".join(f"l{n}: {LINES}" for n in range(6))
    + " } } }",
    "fragments": "{ orders(first: 100) { nodes { "
    + " ".join(f"l{n}: lines(first: 100) {{ ...F }}" for n in range(6))
    + " } } } fragment F on LineConnection { nodes { article } }",
    "the page twice": "{ orders(first: 100) { nodes { lines(first: 100) { "
    + " ".join(f"n{n}: nodes {{ article }}" for n in range(6))
    + " } } } }",
    "unless said": "{ customers { nodes { orders { nodes { lines { nodes { order { lines { nodes { id } } } } } } } } } }",
    "none at all": "{ customers(first: 100) { nodes { orders(first: 100) { nodes { lines(first: 100) "
    "{ nodes { order { lines(first: 0) { totalCount } } } } } } } } }",
}


@pytest.mark.parametrize("query", TOO_MANY.values(), ids=TOO_MANY)
def test_more_records_than_an_answer_may_have_are_refused_before_they_are_read(
    shop: Any, query: str
) -> None:
    asked = len(shop.reads.statements)
    answer = shop.answer(query)
    error = json.loads(answer.body)["errors"][0]
    assert (answer.status, error["extensions"]["code"]) == (400, "TOO_COMPLEX")
    assert "50,000 are allowed: ask with a smaller `first`, page by page." in error["message"]
    assert len(shop.reads.statements) == asked


def test_records_are_counted_for_each_request_although_the_plan_is_known(shop: Any) -> None:
    query = """query ($n: Int, $m: Int = 100) { customers(first: $n) { nodes {
        orders(first: $m) { nodes { lines(first: $n) { nodes { id } } } } } } }"""
    shop.ask(query, n=2)
    assert "1,010,100 records" in shop.error(query, n=100)["message"]
    shop.ask(query, n=100, m=4)


def test_two_full_lists_are_answered(shop: Any) -> None:
    shop.ask(f"{{ orders(first: 100) {{ nodes {{ {LINES} }} }} }}")
    shop.ask(
        "{ customers(first: 100) { nodes { orders(first: 100) { nodes { lines { totalCount } } } } } }"
    )


def test_mutations_whose_payloads_can_be_too_large_are_not_done(live_world: Any) -> None:
    crm = live_world("crm")
    seller = crm.person("crm.seller")
    contacts = "contacts(first: 100) { nodes { party { contacts(first: $n) { nodes { id } } } } }"
    one = f'createLead(input: {{name: "x"}}) {{ lead {{ party {{ {contacts} }} }} }}'
    document = f"mutation ($n: Int) {{ {' '.join(f'm{n}: {one}' for n in range(5))} }}"
    answer = crm.post(document, seller, n=100)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"
    assert crm.ask("{ leads { totalCount } }", seller)["leads"]["totalCount"] == 0
    crm.ask(document, seller, n=10)


# Fields --------------------------------------------------------------------------------------

SAME = {
    "side by side": "{ customers { nodes { " + "x: owner { id } " * 120 + "} } }",
    "merged": "{ customers { nodes { " + ("x: parent { " + "y: owner { id } " * 10 + "} ") * 10 + "} } }",
    "fragments": "{ customers { nodes { "
    + " ".join(f"...F{n}" for n in range(50))
    + " } } } "
    + " ".join(f"fragment F{n} on Customer {{ x: owner {{ id }} }}" for n in range(50)),
}  # fmt: skip


@pytest.mark.parametrize("query", SAME.values(), ids=SAME)
def test_the_same_field_many_times_is_refused(shop: Any, query: str) -> None:
    error = shop.error(query)
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert "in one place; 20 are allowed" in error["message"]


def test_a_circle_of_fragments_is_refused_before_it_is_followed(shop: Any) -> None:
    names = range(12)
    spread = "parent { " + " ".join(f"...F{n}" for n in names) + " }"
    query = "{ customers { nodes { ...F0 } } } " + " ".join(
        f"fragment F{n} on Customer {{ {spread} }}" for n in names
    )
    assert shop.error(query)["extensions"]["code"] == "CIRCULAR"


def test_somebody_who_has_not_signed_in_may_ask_for_fewer_fields(shop: Any) -> None:
    query = "{ customers { nodes { " + " ".join(f"f{n}: name" for n in range(199)) + " } } }"
    shop.ask(query)
    assert "200 are allowed without signing in" in shop.error(query, shop.nobody)["message"]


# The schema ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "{ a: __schema { queryType { name } } b: __schema { queryType { name } } }",
        "{" + " ".join(f't{n}: __type(name: "Node") {{ name }}' for n in range(6)) + "}",
    ],
)
def test_the_schema_is_not_told_again_and_again(shop: Any, query: str) -> None:
    answer = shop.answer(query)
    assert answer.status == 400
    assert json.loads(answer.body)["errors"][0]["extensions"]["code"] == "TOO_COMPLEX"


def test_an_answer_about_the_schema_that_gets_too_long_is_not_finished(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resolving, "MOST_COMPLETED", 1_000)
    query = "{ __schema { types { fields { type { fields { name type { name } } } } } } }"
    assert "would be too long" in shop.error(query)["message"]
    shop.ask("{ __schema { types { name } } }")


def test_an_answer_about_the_schema_is_made_once_and_not_in_the_event_loop(
    shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []

    def run(*given: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return resolving.introspected(*given, **options)

    monkeypatch.setattr(reading, "introspected", run)
    query = "query ($t: String!) { once: __type(name: $t) { name } }"
    for name in ("Customer", "Order", "Customer", "Order"):
        assert shop.ask(query, t=name) == {"once": {"name": name}}
    assert len(threads) == 2
    assert threading.main_thread() not in threads


# The database says no ------------------------------------------------------------------------

LEADS = """mutation { __typename a: createLead(input: {name: "a"}) { lead { name } }
  b: createLead(input: {name: "b"}) { lead { name } } }"""


class Failing:
    """Does mutations, but for one of them something happens first."""

    def __init__(self, crm: Any, number: int, happens: Any) -> None:
        self._real = crm.runtime.mutations
        self.engine = self._real.engine
        self._left = number
        self._happens = happens

    async def run(self, generation: Any, who: Any, together: Any, **how: Any) -> Any:
        first = together[0]

        def task(ctx: Any) -> Any:
            self._happens()
            return first(ctx)

        self._left -= 1
        if self._left == 0:
            together = [task]
        return await self._real.run(generation, who, together, **how)


@pytest.fixture
def crm(live_world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    live = live_world("crm")
    seller = live.person("crm.seller")

    def ask(number: int, happens: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(live.runtime, "mutations", Failing(live, number, happens))
            return live.post(LEADS, seller)

    live.failing = ask
    return live


def raising(cause: Exception, kind: type[DBAPIError] = OperationalError, **more: Any) -> Any:
    """Something that raises what SQLAlchemy makes of an error of psycopg."""

    def happens() -> None:
        raise kind("insert …", {}, cause, **more)

    return happens


LOST = [
    raising(psycopg.OperationalError("secret")),
    raising(psycopg.InterfaceError("secret"), DBAPIError, connection_invalidated=True),
    raising(refusals.AdminShutdown("secret")),
    raising(refusals.CannotConnectNow("secret")),
    raising(refusals.ConnectionFailure("secret")),
]


@pytest.mark.parametrize("happens", LOST)
def test_a_mutation_that_finds_no_database_says_so(crm: Any, happens: Any) -> None:
    first, second = crm.failing(1, happens), crm.failing(2, happens)
    assert first.status_code == 503
    assert first.json()["errors"][0]["extensions"]["code"] == "UNREACHABLE"
    assert second.json()["data"] == {
        "__typename": "Mutation",
        "a": {"lead": {"name": "a"}},
        "b": None,
    }
    (error,) = second.json()["errors"]
    assert (error["path"], error["extensions"]) == (["b"], {"code": "UNREACHABLE"})
    assert "secret" not in first.text + second.text


@pytest.mark.parametrize(
    ("cause", "code", "says"),
    [
        (refusals.QueryCanceled(), "TIMEOUT", "took too long"),
        (refusals.LockNotAvailable(), "BUSY", "Somebody else is changing the same records"),
        (refusals.DeadlockDetected(), "BUSY", "Somebody else is changing the same records"),
        (refusals.UndefinedTable(), "INTERNAL", "on our side"),
    ],
)
def test_a_mutation_that_waits_too_long_is_told_why(
    crm: Any, cause: Exception, code: str, says: str
) -> None:
    answer = crm.failing(1, raising(cause))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["path"], error["extensions"]["code"]) == (200, ["a"], code)
    assert says in error["message"]
    assert answer.json()["data"]["b"] == {"lead": {"name": "b"}}


def test_a_mutation_is_done_with_the_rights_that_hold_when_its_turn_comes(crm: Any) -> None:
    def happens() -> None:
        with crm.engine.begin() as connection:
            connection.execute(text("update dougong.epoch set number = number + 1"))

    first, second = crm.failing(1, happens).json(), crm.failing(2, happens).json()
    assert [first.get("errors"), second.get("errors")] == [None, None]
    assert second["data"]["b"] == {"lead": {"name": "b"}}
