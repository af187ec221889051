"""What HTTP has beyond a document: trusted documents, the schema as a file, who leaves early."""

import hashlib
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from graphql import build_client_schema, build_schema

from dougong.testing.databases import Databases
from dougong.testing.servers import Server

DOUGONG = (sys.executable, "-m", "dougong.cli")
PARTIES = "{ parties { totalCount } }"
NAMES = "query Names($first: Int) { parties(first: $first) { nodes { name } } }"


@pytest.fixture
def variables(databases: Databases, tmp_path: Path) -> dict[str, str]:
    """Where the installation of a test is."""
    url = databases.clone("party")
    return {**os.environ, "DOUGONG_DATABASE_URL": url, "DOUGONG_HOME": str(tmp_path)}


@pytest.fixture
def server(variables: dict[str, str]) -> Iterator[Server]:
    served = Server(DOUGONG, variables)
    yield served
    served.stop()


def run(variables: dict[str, str], *arguments: str, fails: bool = False) -> str:
    done = subprocess.run(
        [*DOUGONG, *arguments], env=variables, capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# Trusted documents ---------------------------------------------------------------------------


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder of documents, as a front end's compiler leaves it."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "parties.graphql").write_text(PARTIES)
    (folder / "relay.json").write_text(json.dumps({"a1b2": NAMES}))
    operations = [{"id": "apollo1", "name": "N", "type": "query", "body": NAMES}]
    (folder / "apollo.json").write_text(json.dumps({"operations": operations}))
    return folder


def test_registered_documents_are_run_by_their_ids_and_others_are_not(
    variables: dict[str, str], documents: Path
) -> None:
    said = run(variables, "documents", "add", str(documents))
    server = Server(DOUGONG, variables, "--only-trusted")
    by_apollo = {"persistedQuery": {"version": 1, "sha256Hash": "apollo1"}}

    def ask(**body: Any) -> tuple[int, Any]:
        return server.request("POST", "/graphql", body)

    assert sorted(said.split()) == sorted([sha256(PARTIES), "a1b2", "apollo1"])
    count = {"parties": {"totalCount": 0}}
    assert ask(documentId=sha256(PARTIES))[1]["data"] == count
    assert ask(documentId=f"sha256:{sha256(PARTIES)}")[1]["data"] == count
    assert ask(query=PARTIES)[1]["data"] == count
    assert ask(documentId="a1b2", variables={"first": 3})[1]["data"] == {"parties": {"nodes": []}}
    assert ask(extensions=by_apollo)[1]["data"] == {"parties": {"nodes": []}}
    status, answer = ask(query="{ __typename }")
    assert (status, answer["errors"][0]["extensions"]["code"]) == (403, "NOT_TRUSTED")
    status, answer = ask(documentId="never")
    assert (status, answer["errors"][0]["message"]) == (400, "PersistedQueryNotFound")

    assert "is forgotten" in run(variables, "documents", "remove", "a1b2")
    assert ask(documentId="a1b2")[0] == 400
    assert ask(documentId=sha256(PARTIES))[0] == 200
    server.stop()


def test_any_document_is_run_where_trust_is_not_asked_for(server: Server) -> None:
    run(server.variables, "documents", "list")

    assert server.ask("{ __typename }")[1]["data"] == {"__typename": "Query"}


def test_a_document_that_does_not_fit_is_not_registered_nor_are_those_with_it(
    variables: dict[str, str], documents: Path
) -> None:
    (documents / "wrong.graphql").write_text("{ unicorns { totalCount } }")

    said = run(variables, "documents", "add", str(documents), fails=True)

    assert "unicorns" in said
    assert "Fix: " in said
    assert "No documents" in run(variables, "documents", "list")


def test_a_document_beyond_the_limits_is_not_registered(
    variables: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "wide.graphql"
    file.write_text("{ " + " ".join(f"n{i}: parties {{ totalCount }}" for i in range(60)) + " }")

    said = run(variables, "documents", "add", str(file), fails=True)

    assert "split it up" in said


def test_an_id_stays_with_its_document(variables: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps({"x": PARTIES}))
    run(variables, "documents", "add", str(file))
    run(variables, "documents", "add", str(file))
    file.write_text(json.dumps({"x": NAMES}))

    assert "already that of another" in run(variables, "documents", "add", str(file), fails=True)
    assert run(variables, "documents", "list").split() == ["x", *run_date(variables), "ok"]


def run_date(variables: dict[str, str]) -> list[str]:
    with psycopg.connect(plain(variables)) as connection:
        found = connection.execute("select added_at::date::text from dougong.trusted_document")
        return [row[0] for row in found]


def plain(variables: dict[str, str]) -> str:
    scheme, _, rest = variables["DOUGONG_DATABASE_URL"].partition("://")
    return f"{scheme.partition('+')[0]}://{rest}"


def test_a_removal_and_the_list_say_which_documents_no_longer_fit(
    variables: dict[str, str], documents: Path
) -> None:
    run(variables, "install", "crm")
    leads = "{ leads { totalCount } }"
    (documents / "leads.graphql").write_text(leads)
    run(variables, "documents", "add", str(documents))
    plan = run(variables, "remove", "crm")
    assert f"The registered document {sha256(leads)} can no longer be run: " in plan
    agreed = plan.split("--apply ")[1].split()[0]
    run(variables, "remove", "crm", "--apply", agreed, "--accept-breaking")

    lines = run(variables, "documents", "list").splitlines()

    assert next(line for line in lines if line.startswith(sha256(leads))).count("leads") == 1
    assert len([line for line in lines if line.endswith("ok")]) == 3


@pytest.mark.parametrize("text", ["{", "[]", '{"operations": [{"id": 1}]}', '{"a": 1}'])
def test_a_file_that_is_no_list_of_documents_is_refused(
    variables: dict[str, str], tmp_path: Path, text: str
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text)

    assert "is no list of documents. Fix: " in run(
        variables, "documents", "add", str(file), fails=True
    )


# The schema as a file ------------------------------------------------------------------------


def get(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=named)
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def test_the_schema_is_a_file_that_is_sent_only_when_it_changed(server: Server) -> None:
    token = {"authorization": f"Bearer {server.token}"}
    status, headers, body = get(server, "/graphql/schema.graphql", **token)
    introspected = get(server, "/graphql/schema.json", **token)[2]

    assert status == 200
    assert "Party" in build_schema(body.decode()).type_map
    assert "Party" in build_client_schema(json.loads(introspected)["data"]).type_map
    again = get(server, "/graphql/schema.graphql", if_none_match=headers["etag"], **token)
    assert (again[0], again[2]) == (304, b"")
    run(server.variables, "install", "product")
    server.until("{ products { totalCount } }")
    after = get(server, "/graphql/schema.graphql", if_none_match=headers["etag"], **token)
    assert after[0] == 200
    assert b"type Product " in after[2]


def test_the_schema_is_not_shown_to_strangers(server: Server) -> None:
    assert get(server, "/graphql/schema.graphql")[0] == 403
    assert get(server, "/graphql/schema.json", authorization="Bearer wrong")[0] == 401


def test_in_development_everybody_sees_the_schema(variables: dict[str, str]) -> None:
    server = Server(DOUGONG, variables, "--development")
    query = "/graphql?query={__schema{queryType{name}}}"

    assert get(server, "/graphql/schema.graphql")[0] == 200
    assert json.loads(get(server, query)[2])["data"]["__schema"]["queryType"] == {"name": "Query"}
    said = json.loads(get(server, "/graphql?query={partys{totalCount}}")[2])
    assert "Did you mean" in said["errors"][0]["message"]
    server.stop()


def test_development_is_not_for_others(variables: dict[str, str]) -> None:
    said = run(variables, "serve", "--development", "--host", "0.0.0.0", fails=True)

    assert "shows the schema to everybody" in said


# Who leaves ----------------------------------------------------------------------------------


def test_a_read_ends_when_its_client_leaves(server: Server) -> None:
    waiting = """select count(*) from pg_stat_activity where application_name = 'dougong reads'
        and wait_event_type = 'Lock' and datname = current_database()"""

    def blocked(connection: Any, number: int) -> None:
        for _ in range(200):
            if connection.execute(waiting).fetchone() == (number,):
                return
            time.sleep(0.02)
        raise AssertionError("the statement did not begin or end")

    with (
        psycopg.connect(plain(server.variables)) as holder,
        psycopg.connect(plain(server.variables), autocommit=True) as watching,
    ):
        holder.execute("lock table party.party in access exclusive mode")
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        headers = {"authorization": f"Bearer {server.token}", "content-type": "application/json"}
        client.request("POST", "/graphql", json.dumps({"query": PARTIES}), headers)
        blocked(watching, 1)
        client.close()
        blocked(watching, 0)
    assert server.ask(PARTIES)[1]["data"] == {"parties": {"totalCount": 0}}


# What it costs -------------------------------------------------------------------------------


def test_an_answer_says_what_it_could_have_cost(server: Server) -> None:
    nested = (
        "query ($n: Int) { parties(first: $n) { nodes { contacts(first: 2) { nodes { id } } } } }"
    )

    assert server.ask(nested, n=10)[1]["extensions"]["cost"] == {"records": 30, "most": 50_000}
    assert server.ask(nested, n=5)[1]["extensions"]["cost"]["records"] == 15


def test_linked_records_count_as_others_do(server: Server) -> None:
    query = "{ contacts(first: 10) { nodes { party { id } party2: party { name } } } }"

    assert server.ask(query)[1]["extensions"]["cost"]["records"] == 30
