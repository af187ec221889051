"""`dougong serve` as an operator starts and stops it, and what it answers over HTTP."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from dougong.cli import main
from dougong.cli.serving import is_loopback
from dougong.db.engine import open_database

COMMAND = [sys.executable, "-c", "from dougong.cli import main; main()"]


class Served:
    """A serving process."""

    def __init__(self, folder: Path, url: str | None, *options: str) -> None:
        variables = {k: v for k, v in os.environ.items() if not k.startswith("DOUGONG_")}
        variables["DOUGONG_HOME"] = str(folder)
        variables["DOUGONG_LOG_LEVEL"] = "warning"
        if url:
            variables["DOUGONG_DATABASE_URL"] = url
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *options],
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        self.port = int(self.said.split("127.0.0.1:")[1].split("/")[0])

    def request(
        self, method: str, path: str, body: str | bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return (
                response.status,
                {k.lower(): v for k, v in response.getheaders()},
                response.read(),
            )
        finally:
            connection.close()

    def ask(self, document: str) -> tuple[int, Any]:
        """Status and answer."""
        status, _, body = self.request(
            "POST", "/graphql", json.dumps({"query": document}), content_type="application/json"
        )
        return status, json.loads(body)

    def wait_until_ready(self) -> None:
        for _ in range(200):
            try:
                if self.request("GET", "/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("not ready")

    def end(self, number: signal.Signals) -> tuple[float, str]:
        """Send a signal; how many seconds it took to end, and what it wrote as errors."""
        begun = time.monotonic()
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=20)
        return time.monotonic() - begun, errors


@pytest.fixture(scope="module")
def url(databases: Any) -> str:
    made: str = databases.clone("party")
    return made


@pytest.fixture(scope="module")
def served(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("home"), url)
    made.wait_until_ready()
    yield made
    made.process.kill()
    made.process.communicate(timeout=20)


def run(*arguments: str, **variables: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*arguments], env=variables)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


# Starting and stopping ------------------------------------------------------------------------


def test_it_says_where_it_serves_and_answers(served: Served) -> None:
    assert served.said == (
        f"Dougong serves http://127.0.0.1:{served.port}/graphql (Ctrl-C ends it)\n"
    )
    assert served.request("GET", "/health")[::2] == (200, b'{"status":"ok"}')
    status, _, body = served.request("GET", "/ready")
    assert (status, json.loads(body)["status"]) == (200, "ready")
    status, answer = served.ask("{ parties { totalCount } }")
    assert (status, answer["data"]) == (200, {"parties": {"totalCount": 0}})


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_it_ends_at_once_and_quietly(url: str, tmp_path: Path, number: signal.Signals) -> None:
    served = Served(tmp_path, url)
    served.wait_until_ready()
    idle = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
    idle.request("GET", "/health")
    idle.getresponse().read()

    seconds, errors = served.end(number)

    idle.close()
    assert seconds < 5
    assert errors == ""
    assert served.process.returncode in (0, -number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminate"])
def test_with_the_embedded_database_no_process_stays(
    tmp_path: Path, number: signal.Signals
) -> None:
    served = Served(tmp_path / "home", None)
    served.wait_until_ready()
    assert processes_about(tmp_path)

    seconds, errors = served.end(number)

    deadline = time.monotonic() + 5
    while processes_about(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert seconds < 5
    assert errors == ""
    assert processes_about(tmp_path) == []


def processes_about(folder: Path) -> list[str]:
    """The command lines of running processes that name a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_a_worker_that_ended_is_no_longer_waited_for(url: str, tmp_path: Path) -> None:
    served = Served(tmp_path, url)
    served.wait_until_ready()
    engine = open_database(url, pool_size=None)

    def workers() -> list[int]:
        with engine.connect() as connection:
            found = connection.execute(text("select pid from dougong.worker"))
            return list(found.scalars())

    before = workers()
    served.end(signal.SIGINT)

    assert served.process.pid in before
    assert served.process.pid not in workers()
    engine.dispose()


# What stops it from starting ------------------------------------------------------------------


def test_a_taken_port_is_named_with_another_to_take(url: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, said = run(
            "serve", "--database", url, "--home", str(tmp_path), DOUGONG_PORT=str(port)
        )

    assert code == 1
    assert said == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use. Fix: stop the program that "
        f"uses the port, or choose another: DOUGONG_PORT={port + 1}.\n"
    )


@pytest.mark.parametrize("port", ["70000", "-1", "x"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    code, said = run("serve", "--port", port)

    assert code == 2
    assert "--port" in said
    assert "Traceback" not in said


def test_an_address_of_another_machine_is_refused(url: str) -> None:
    code, said = run("serve", "--database", url, "--host", "192.0.2.1", "--port", "0")

    assert code == 1
    assert said.startswith("Cannot listen on 192.0.2.1:0: ")
    assert "Fix: use an address of this machine" in said


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    code, said = run(
        "serve", "--port", "0", "--home", str(tmp_path),
        DOUGONG_DATABASE_URL="postgresql://ann:secret@127.0.0.1:1/shop",
    )  # fmt: skip

    assert code == 1
    assert said.startswith("The database at 127.0.0.1:1/shop cannot be reached: ")
    assert "Fix: start the server, or correct DOUGONG_DATABASE_URL." in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_database_that_belongs_to_something_else_is_left_alone(databases: Any) -> None:
    foreign = databases.empty()
    engine = open_database(foreign, pool_size=None)
    with engine.begin() as connection:
        connection.execute(text("create table public.theirs (id int)"))

    code, said = run("serve", "--port", "0", "--database", foreign)

    with engine.connect() as connection:
        found = "select nspname from pg_namespace where nspname in ('dougong', 'party')"
        assert connection.execute(text(found)).all() == []
    engine.dispose()
    assert code == 1
    assert " Fix: " in said
    assert "Traceback" not in said


def test_an_add_on_that_is_gone_from_the_environment_is_named(databases: Any) -> None:
    url = databases.clone()
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into dougong.addon (name, package, version, title, kind, needs, state) "
                "values ('gone', 'dougong_gone', '1', 'Gone', 'ADDON', '{}', 'INSTALLED')"
            )
        )
    engine.dispose()

    code, said = run("serve", "--port", "0", "--database", url)

    assert code == 1
    assert "gone" in said
    assert " Fix: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_demo_users_are_not_served_to_others(databases: Any, host: str) -> None:
    url = databases.clone()
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        connection.execute(
            text("insert into dougong.user (email, name) values ('admin@demo.example', 'Ada')")
        )
    engine.dispose()

    code, said = run("serve", "--host", host, "--port", "0", "--database", url)

    assert code == 1
    assert said.startswith(
        f"This installation has demo users, and {host} can be reached by others."
    )
    assert "Fix: serve it on 127.0.0.1" in said


@pytest.mark.parametrize(
    ("host", "only_here"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("shop.example", False),
        ("", False),
    ],
)
def test_what_is_a_loopback_address(host: str, only_here: bool) -> None:
    assert is_loopback(host) is only_here


# Over HTTP ------------------------------------------------------------------------------------

JSON = "application/json"
QUERY = json.dumps({"query": "{ __typename }"})
REQUESTS: dict[str, tuple[str, str, str | bytes | None, dict[str, str], int]] = {
    "a query": ("POST", "/graphql", QUERY, {"content_type": JSON}, 200),
    "with charset": ("POST", "/graphql", QUERY, {"content_type": f"{JSON}; charset=utf-8"}, 200),
    "bad JSON": ("POST", "/graphql", "{", {"content_type": JSON}, 400),
    "no body": ("POST", "/graphql", None, {"content_type": JSON}, 400),
    "not UTF-8": ("POST", "/graphql", b'{"query": "\xff"}', {"content_type": JSON}, 400),
    "a list": ("POST", "/graphql", f"[{QUERY}]", {"content_type": JSON}, 400),
    "no query": ("POST", "/graphql", "{}", {"content_type": JSON}, 400),
    "a number for a query": ("POST", "/graphql", '{"query": 3}', {"content_type": JSON}, 400),
    "variables in a list": ("POST", "/graphql", '{"query": "{a}", "variables": []}', {"content_type": JSON}, 400),
    "a number for a name": ("POST", "/graphql", '{"query": "{a}", "operationName": 1}', {"content_type": JSON}, 400),
    "deeply nested": ("POST", "/graphql", "[" * 20_000, {"content_type": JSON}, 400),
    "no content type": ("POST", "/graphql", QUERY, {}, 415),
    "text": ("POST", "/graphql", QUERY, {"content_type": "text/plain"}, 415),
    "a form": ("POST", "/graphql", "query={a}", {"content_type": "application/x-www-form-urlencoded"}, 415),
    "almost JSON": ("POST", "/graphql", QUERY, {"content_type": "application/jsonp"}, 415),
    "too much": ("POST", "/graphql", " " * 1_100_000, {"content_type": JSON}, 413),
    "extensions in a list": ("POST", "/graphql", '{"query": "{a}", "extensions": []}', {"content_type": JSON}, 400),
    "GET": ("GET", "/graphql?query={__typename}", None, {"accept": JSON}, 200),
    "GET with variables": ("GET", "/graphql?query=query($a:Boolean!){__typename@include(if:$a)}&variables={%22a%22:true}", None, {"accept": JSON}, 200),
    "GET with half of them": ("GET", "/graphql?query={__typename}&variables={%22a", None, {"accept": JSON}, 400),
    "GET without a query": ("GET", "/graphql", None, {"accept": JSON}, 400),
    "a mutation by GET": ("GET", "/graphql?query=mutation{__typename}", None, {"accept": JSON}, 405),
    "an unknown id": ("POST", "/graphql", '{"documentId": "x"}', {"content_type": JSON}, 400),
    "PUT": ("PUT", "/graphql", QUERY, {"content_type": JSON}, 405),
    "elsewhere": ("GET", "/nowhere", None, {}, 404),
    "a bad document": ("POST", "/graphql", '{"query": "{"}', {"content_type": JSON}, 400),
    "no token": ("POST", "/graphql", QUERY, {"content_type": JSON, "authorization": "Bearer x"}, 401),
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"), REQUESTS.values(), ids=REQUESTS.keys()
)
def test_a_request_gets_the_status_that_it_deserves(
    served: Served,
    method: str,
    path: str,
    body: str | bytes | None,
    headers: dict[str, str],
    status: int,
) -> None:
    found, answered, said = served.request(method, path, body, **headers)

    assert found == status
    if path.startswith("/graphql") and method != "PUT":
        assert answered["content-type"] == JSON
        assert ("errors" in json.loads(said)) is (status != 200)


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/json", 200), ("*/*", 400), ("application/graphql-response+json", 400)],
)
def test_who_asks_for_plain_json_learns_of_a_wrong_document_from_the_body_alone(
    served: Served, accept: str, status: int
) -> None:
    query = json.dumps({"query": "{ nothing }"})

    found, _, said = served.request("POST", "/graphql", query, content_type=JSON, accept=accept)

    assert found == status
    assert "nothing" in json.loads(said)["errors"][0]["message"]


def test_a_client_that_asks_for_the_media_type_of_graphql_gets_it(served: Served) -> None:
    _, headers, _ = served.request(
        "POST", "/graphql", QUERY, content_type=JSON, accept="application/graphql-response+json"
    )

    assert headers["content-type"] == "application/graphql-response+json"


def test_a_browser_gets_graphiql(served: Served) -> None:
    status, headers, body = served.request("GET", "/graphql", accept="text/html,*/*;q=0.8")

    assert status == 200
    assert headers["content-type"].startswith("text/html")
    assert b"graphiql" in body.lower()
    assert b"subscriptionUrl," in body  # tried by hand: subscriptions run in it


def test_after_all_this_it_has_written_no_error(served: Served) -> None:
    """The last test that uses the server: ends it."""
    seconds, errors = served.end(signal.SIGINT)

    assert seconds < 5
    assert errors == ""


# Other commands -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["{ __typename }"], 0, '"__typename": "Query"'),
        (["{ nowhere }"], 1, "nowhere"),
        (['mutation { createParty(input: {name: "x"}) { userErrors { code } } }'], 0, "needs_grant"),
        (["@nowhere.graphql"], 1, "The document nowhere.graphql cannot be read"),
        (["{ __typename }", "--variables", "{"], 1, "--variables is not a JSON object. Fix: "),
        (["{ __typename }", "--variables", "[1]"], 1, "--variables is not a JSON object. Fix: "),
        (["{ __typename }", "--as", "nobody@x"], 1, "There is no active user nobody@x. Fix: "),
    ],
)  # fmt: skip
def test_a_document_is_run_from_the_command_line(
    url: str, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    found, said = run("query", *arguments, "--database", url, "--home", str(tmp_path))

    assert (found, words in said) == (code, True), said


def test_an_answer_with_errors_beside_data_is_a_failure(url: str, tmp_path: Path) -> None:
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        connection.execute(text("insert into dougong.user (email, name) values ('b@x', 'B')"))
        connection.execute(
            text(
                "insert into dougong.role_assignment (user_id, role) select id, 'party.editor' from dougong.user where email = 'b@x'"
            )
        )
        connection.execute(text("alter table dougong.event rename to hidden"))
    try:
        code, said = run(
            "query", 'mutation { createParty(input: {name: "x"}) { party { id } } }',
            "--as", "b@x", "--database", url, "--home", str(tmp_path),
        )  # fmt: skip
    finally:
        with engine.begin() as connection:
            connection.execute(text("alter table dougong.hidden rename to event"))
        engine.dispose()

    assert code == 1
    assert '"createParty": null' in said


def test_a_folder_that_is_no_demonstration_is_refused(tmp_path: Path) -> None:
    code, said = run("demo", str(tmp_path), "--home", str(tmp_path))

    assert code == 1
    assert "demo.toml cannot be read" in said
    assert "Fix: name a folder that has a demo.toml" in said
