"""`/metrics`: what Prometheus reads, and who else may."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from starlette.requests import Request
from tests.core.watching.conftest import TOKEN, Watched

from dougong.builtin.sign_in.settings import Settings as SignInSettings
from dougong.builtin.watching import measures
from dougong.builtin.watching.measures import MOST_OPERATIONS, OTHERS, Durations
from dougong.builtin.watching.noted import Noted
from dougong.builtin.watching.scraping import why_not
from dougong.builtin.watching.settings import Settings
from dougong.testing.databases import Databases

LEADS = "query Leads { leads { totalCount } }"
COUNT = 'dougong_request_seconds_count{{kind="{}",outcome="{}"}}'


def test_requests_are_counted_by_what_they_are_and_how_they_went(watched: Watched) -> None:
    before = watched.metrics()
    watched.ask(LEADS)
    watched.ask("{ leads { nonsense } }")
    watched.ask('mutation { createLead(input: {name: "x"}) { lead { id } } }')
    watched.send("GET", "/nowhere")
    after = watched.metrics()

    def more(kind: str, outcome: str) -> float:
        name = COUNT.format(kind, outcome)
        return after.get(name, 0) - before.get(name, 0)

    assert more("query", "ok") == 1
    assert more("document", "refused") == 1
    assert more("mutation", "ok") == 1
    assert more("other", "refused") == 1
    assert more("metrics", "ok") == 1
    read = 'dougong_statement_seconds_count{pool="read"}'
    write = 'dougong_statement_seconds_count{pool="write"}'
    assert after[read] > before[read]
    assert after[write] > before[write]
    bucket = 'dougong_request_seconds_bucket{kind="query",le="'
    buckets = [value for name, value in after.items() if name.startswith(bucket) and "ok" in name]
    assert buckets == sorted(buckets)
    assert buckets[-1] == after[COUNT.format("query", "ok")]


def test_what_stands_in_the_database_is_told(watched: Watched) -> None:
    url = watched.server.variables["DOUGONG_DATABASE_URL"]
    asked = (
        "select procrastinate.procrastinate_defer_jobs_v1(array[row('{}', 'dougong.job', 0, null, "
        'null, \'{{"addon": "gone", "name": "x", "form": {{}}}}\', {})'
        "::procrastinate.procrastinate_job_to_defer_v1])"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(asked.format("parked", "null"))
        connection.execute(asked.format("dougong", "now() + interval '1 day'"))
        connection.execute("update dougong.addon set state = 'PREPARING' where name = 'crm'")
        try:
            told = watched.metrics()
        finally:
            connection.execute("update dougong.addon set state = 'INSTALLED' where name = 'crm'")
            connection.execute("delete from procrastinate.procrastinate_jobs")
        (epoch,) = connection.execute("select number from dougong.epoch").fetchone() or (None,)

    assert told["dougong_database_up"] == 1
    assert told["dougong_ready"] == 1
    assert told["dougong_epoch"] == epoch
    assert told["dougong_generation"] == told["dougong_generation_served"]
    assert told["dougong_processes"] == 1
    assert told['dougong_jobs{state="parked"}'] == 1
    assert told['dougong_jobs{state="later"}'] == 1
    assert told['dougong_jobs{state="waiting"}'] == 0
    assert told['dougong_addons_changing{state="preparing"}'] == 1
    assert told["process_resident_memory_bytes"] > 10_000_000
    assert told['dougong_pool_most{pool="read"}'] >= told['dougong_pool_open{pool="read"}'] >= 1
    assert told['dougong_pool_used{pool="read"}'] == 0


def test_the_oldest_job_that_waits_is_told(databases: Databases, tmp_path: Path) -> None:
    url = databases.clone("crm")
    server = Watched(url, tmp_path, "--jobs", "0")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select procrastinate.procrastinate_defer_jobs_v1(array[row('dougong', 'dougong.job', "
            "0, null, null, '{}', null)::procrastinate.procrastinate_job_to_defer_v1])"
        )
        connection.execute(
            "update procrastinate.procrastinate_events set at = now() - interval '1 h'"
        )
    try:
        told = server.metrics()
    finally:
        server.server.stop()

    assert told['dougong_jobs{state="waiting"}'] == 1
    assert 3600 <= told["dougong_jobs_oldest_seconds"] < 3700


@pytest.fixture
def trusted(databases: Databases, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(databases.clone("crm"), tmp_path, DOUGONG_METRICS_TOKEN=TOKEN)
    yield made
    made.server.stop()


def test_with_a_token_nobody_else_reads_them(trusted: Watched) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}

    assert trusted.send("GET", "/metrics", signed_in=False)[0] == 403
    assert trusted.send("GET", "/metrics")[0] == 403
    status, headers, body = trusted.send("GET", "/metrics", headers=bearer)
    assert (status, headers["cache-control"]) == (200, "no-store")
    assert b"dougong_epoch" in body
    assert json.loads(trusted.send("GET", "/ready")[2])["status"] == "ready"


def asked_from(client: str, **headers: str) -> Request:
    named = {"host": "127.0.0.1:8000", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return Request(
        {
            "type": "http",
            "path": "/metrics",
            "query_string": b"",
            "scheme": "http",
            "server": ("127.0.0.1", 8000),
            "client": (client, 1234),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
    )


def test_without_a_token_only_programs_on_this_machine_read_them() -> None:
    plain, nobody = Settings(), SignInSettings()

    assert not why_not(asked_from("127.0.0.1"), plain, nobody)
    assert not why_not(asked_from("::1", host="[::1]:8000"), plain, nobody)
    assert not why_not(asked_from("127.0.0.1", host="localhost"), plain, nobody)
    for request in (
        asked_from("203.0.113.7"),
        asked_from("127.0.0.1", x_forwarded_for="203.0.113.7"),
        asked_from("127.0.0.1", forwarded="for=203.0.113.7"),
        asked_from("127.0.0.1", host="erp.company.example"),
        asked_from("127.0.0.1", host="rebound.example:8000"),
    ):
        assert "DOUGONG_METRICS_TOKEN" in why_not(request, plain, nobody)
    for behind in (SignInSettings(public_url="https://erp.example"),
                   SignInSettings(trusted_proxies=("127.0.0.1",))):  # fmt: skip
        assert why_not(asked_from("127.0.0.1"), plain, behind)


def test_no_label_grows_with_what_clients_send(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "operations", measures.Many(Durations))
    monkeypatch.setattr(measures, "requests", measures.Many(Durations))

    class Named(Noted):
        name = ""

        @property
        def operation(self) -> str:
            return self.name

    for number in range(MOST_OPERATIONS + 100):
        one = Named()
        one.name, one.trusted = f"Trusted{number}", True
        measures.count(one, "query", "ok", 0.1)
        one.trusted = False
        one.name = f"Typed{number}"
        measures.count(one, measures.kind_of(one, f"path{number}"), "ok", 0.1)

    assert len(measures.operations) == MOST_OPERATIONS + 1
    assert sum(measures.operations[(OTHERS,)].counts) == 100
    assert set(measures.requests) == {("query", "ok"), ("other", "ok")}


def test_without_the_database_a_process_tells_what_it_knows(databases: Databases) -> None:
    from dougong.builtin.watching.scraping import scraped
    from dougong.db.engine import open_database
    from dougong.runtime import Runtime

    engine = open_database(databases.clone("crm"))
    runtime = Runtime(engine, "postgresql://nobody@127.0.0.1:1/none")
    runtime.load()

    async def told() -> Any:
        answer = await scraped(runtime, 0, "")
        await runtime.stop()
        return answer

    text = bytes(asyncio.run(told()).body).decode()
    engine.dispose()

    assert "dougong_database_up 0.0" in text
    assert "dougong_ready 0.0" in text
    assert "dougong_epoch" not in text
