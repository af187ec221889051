"""The log: one line for each request, with what an operator needs, and nothing that is a secret."""

import asyncio
import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from tests.core.watching.conftest import Watched

from dougong import SetupError
from dougong.builtin.watching import lines
from dougong.builtin.watching.door import Watching
from dougong.builtin.watching.lines import Lines
from dougong.builtin.watching.noted import Noted, current
from dougong.builtin.watching.settings import Settings, settings
from dougong.db.engine import open_database
from dougong.graphql.problems import masked
from dougong.testing.databases import Databases

LEADS = "query Leads($name: String!) { leads(where: {name: {eq: $name}}) { nodes { name } } }"
GONE = """mutation Forget {
    deleteLead(id: "Lead:999999", version: 1) { deletedId userErrors { code } } }"""


def test_a_request_has_one_line_with_who_asked_what_and_how_it_went(watched: Watched) -> None:
    _, line = watched.ask(LEADS, variables={"name": "Bob"})

    assert line.pop("ms") > 0
    assert line.pop("at").endswith("Z")
    assert len(line.pop("request")) == 16
    assert isinstance(line.pop("user"), int)
    assert line == {
        "event": "request",
        "level": "info",
        "outcome": "ok",
        "method": "POST",
        "kind": "query",
        "operation": "Leads",
        "document": hashlib.sha256(LEADS.encode()).hexdigest()[:16],
        "plan": "sql",
        "records": 20,
        "status": 200,
    }


def test_neither_tokens_nor_variables_nor_what_stands_in_a_path_are_logged(
    watched: Watched,
) -> None:
    secret = "drowssap-of-bob"
    sign_in = 'mutation ($p: String!) { signIn(email: "b@b.example", password: $p) { token } }'
    watched.ask(LEADS, variables={"name": secret})
    watched.ask(sign_in, variables={"p": secret}, signed_in=False)
    watched.ask(f'{{ leads(where: {{name: {{eq: "{secret}"}}}}) {{ totalCount }} }}')
    watched.ask(f'{{ leads(where: {{name: {{eq: "{secret}"}}}}) {{ nonsense }} }}')
    for path in (f"/files/{secret}", f"/{secret}", f"/graphql?query={secret}", f"/?{secret}"):
        number = hashlib.sha256(path.encode()).hexdigest()[:16]
        watched.send("GET", path, headers={"x-request-id": number})
        watched.lines(number)

    assert secret not in watched.log.read_text()
    assert watched.server.token not in watched.log.read_text()


def test_what_was_refused_is_logged_with_its_codes(watched: Watched) -> None:
    _, wrong = watched.ask("{ leads { nonsense } }")
    answer, refused = watched.ask(GONE)
    _, nobody = watched.ask("{ leads { totalCount } }", signed_in=False)

    assert (wrong["outcome"], wrong["codes"]) == ("refused", ["INVALID_DOCUMENT"])
    assert (wrong["kind"], wrong["path"]) == ("document", "/graphql")
    codes = [error["code"] for error in answer["data"]["deleteLead"]["userErrors"]]
    assert (refused["kind"], refused["operation"]) == ("mutation", "Forget")
    assert (refused["outcome"], refused["codes"]) == ("refused", codes)
    assert nobody["user"] is None


def test_a_well_formed_id_is_taken_and_told_and_any_other_is_replaced(watched: Watched) -> None:
    def told(sent: str | None = None) -> str:
        headers = {} if sent is None else {"x-request-id": sent}
        return watched.send("GET", "/health", headers=headers)[1]["x-request-id"]

    assert told("order-import_2026.07") == "order-import_2026.07"
    for bad in ("short", "x" * 65, "a b c d e f g h", "<script>alert</script>", "12345678é"):
        assert told(bad) != bad
        assert len(told(bad)) == 16
    assert told() != told()


def test_a_masked_error_names_the_request() -> None:
    token = current.set(Noted("my-own-request"))
    try:
        error = masked(ValueError("secret"))
    finally:
        current.reset(token)

    assert error.extensions == {"code": "INTERNAL", "id": "my-own-request"}
    assert "my-own-request" in error.message


def test_an_error_of_the_database_does_not_say_what_was_sent(databases: Databases) -> None:
    engine = open_database(databases.clone())
    statement = text("select 1 / 0 where :secret <> ''")

    with pytest.raises(DBAPIError) as problem, engine.connect() as connection:
        connection.execute(statement, {"secret": "drowssap"})
    engine.dispose()

    assert "drowssap" not in str(problem.value)


def test_probes_are_not_logged(watched: Watched) -> None:
    for path in ("/health", "/ready", "/metrics"):
        watched.send("GET", path, headers={"x-request-id": f"probe-of{path[1:]}"})
    watched.ask("{ leads { totalCount } }")

    assert "probe-of" not in watched.log.read_text()


def test_what_else_is_logged_is_json_too(watched: Watched) -> None:
    watched.ask("{ leads { totalCount } }")

    for line in watched.log.read_text().splitlines():
        said = json.loads(line)
        assert {"event", "level", "at"} <= set(said)


def test_whoever_is_not_to_log_requests_logs_those_that_fail(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.setattr(lines, "lines", Lines(Settings(share=0)))

    async def broken(request: Request) -> Response:
        if request.url.path == "/broken":
            raise RuntimeError("broken")
        return PlainTextResponse("fine")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        response = await broken(Request(scope, receive))
        await response(scope, receive, send)

    async def ask(path: str) -> None:
        scope = {"type": "http", "path": path, "method": "GET", "headers": [], "query_string": b""}

        async def nothing(*_: Any) -> Any:
            return {"type": "http.disconnect"}

        await Watching(app)(scope, nothing, nothing)

    asyncio.run(ask("/fine"))
    with pytest.raises(RuntimeError):
        asyncio.run(ask("/broken"))
    (line,) = capfdbinary.readouterr().err.splitlines()
    said = json.loads(line)

    assert (said["outcome"], said["status"], said["level"]) == ("failed", 500, "error")


def test_people_read_lines_of_text(databases: Databases, tmp_path: Path) -> None:
    server = Watched(databases.clone("crm"), tmp_path, DOUGONG_LOG_FORMAT="text")
    try:
        server.send("POST", "/graphql", {"query": "query Lots { leads { totalCount } }"})
    finally:
        server.server.stop()
    log = server.log.read_text()

    assert "operation=Lots" in log
    assert "status=200" in log


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOUGONG_LOG_LEVEL", "loud"),
        ("DOUGONG_LOG_FORMAT", "xml"),
        ("DOUGONG_LOG_REQUESTS", "2"),
        ("DOUGONG_LOG_REQUESTS", "some"),
        ("DOUGONG_METRICS_TOKEN", "short"),
    ],
)
def test_what_is_set_wrongly_is_said(name: str, value: str) -> None:
    with pytest.raises(SetupError, match=name) as problem:
        settings({name: value})

    assert "Fix: " in str(problem.value)


def test_what_is_not_set_is_as_usual() -> None:
    known = settings({})

    assert (known.level, known.share, known.token) == (logging.INFO, 1.0, "")
