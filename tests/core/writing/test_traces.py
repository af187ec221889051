"""Traces: a request, its statements, and the jobs that it has asked for; jobs know their request."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from gardens import Api, LiveGarden, make_tables
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext
from sqlalchemy import text

from dougong import Refused, SetupError
from dougong.builtin.audit.entries import audit_changes
from dougong.builtin.watching import lines, spans
from dougong.builtin.watching.lines import Lines
from dougong.builtin.watching.settings import Settings
from dougong.db.engine import open_database
from dougong.testing.databases import Databases
from dougong.testing.jobs import do_jobs
from dougong_garden import plugged

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
ABOVE = f"00-{TRACE}-00f067aa0ba902b7-01"
WATER = """mutation Water($id: ID!, $litres: Decimal!) { waterLater(bed: $id, litres: $litres) {
    bed { id } userErrors { code message } } }"""
LOOK = 'query Look($name: String!) { beds(where: {name: {eq: $name}, code: {ne: "s3cret"}}) { nodes { name } } }'


@pytest.fixture(scope="module")
def api(databases: Databases) -> Iterator[Api]:
    url = databases.clone()
    make_tables(url)
    engine = open_database(url, pool_size=None)
    with engine.begin() as connection:
        audit_changes(connection, "garden")
    engine.dispose()
    live = LiveGarden(url, "garden", "sundial")
    yield Api(live)
    live.close()


@pytest.fixture
def made() -> Iterator[InMemorySpanExporter]:
    """The spans that have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans.trace_to(provider)
    yield exporter
    spans.trace_to(None)


def context_of(one: ReadableSpan) -> SpanContext:
    found: SpanContext | None = one.get_span_context()
    assert found is not None
    return found


def sent(api: Api, document: str, variables: dict[str, Any], **headers: str) -> Any:
    """The answer to a request of the head's, with more headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    named["authorization"] = f"Bearer {api.head.token}"
    body = {"query": document, "variables": variables}
    answer = api.live.client.post("/graphql", json=body, headers=named).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_a_request_is_a_span_below_its_callers_with_document_plan_and_statement_below_it(
    api: Api, made: InMemorySpanExporter
) -> None:
    sent(api, LOOK, {"name": "hidden"}, traceparent=ABOVE)

    ended = {one.name: one for one in made.get_finished_spans()}
    request = ended["query Look"]
    assert f"{context_of(request).trace_id:032x}" == TRACE
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == "00f067aa0ba902b7"
    attributes = dict(request.attributes or {})
    assert attributes["http.response.status_code"] == 200
    assert attributes["graphql.operation.type"] == "query"
    assert attributes["dougong.plan"] == "sql"
    for name in ("document", "plan", "SELECT"):
        below = ended[name]
        assert below.parent is not None
        assert below.parent.span_id == context_of(request).span_id
        assert context_of(below).trace_id == context_of(request).trace_id


def test_statements_are_told_without_their_parameters(api: Api, made: InMemorySpanExporter) -> None:
    sent(api, LOOK, {"name": "hidden"})
    bed = api.bed(name="hidden too")
    sent(api, WATER, {"id": bed, "litres": "77.125"})

    told = [str(dict(one.attributes or {})) for one in made.get_finished_spans()]
    events = [event for one in made.get_finished_spans() for event in one.events]
    assert any("garden.bed" in one for one in told)
    assert any("INSERT" in one.name for one in made.get_finished_spans())
    for secret in ("hidden", "s3cret", "77.125", api.head.token):
        assert not [one for one in told if secret in one]
    assert events == []


def test_the_statements_of_a_mutation_are_below_its_request(
    api: Api, made: InMemorySpanExporter
) -> None:
    api.bed(name="West")

    ended = made.get_finished_spans()
    (request,) = (one for one in ended if one.name.startswith("mutation"))
    written = [one for one in ended if "garden.bed" in str(dict(one.attributes or {}))]
    assert "INSERT" in [one.name for one in written]
    for one in written:  # the server writes by itself, too: that it lives
        assert context_of(one).trace_id == context_of(request).trace_id
        assert one.parent is not None


def test_a_job_is_a_trace_of_its_own_linked_to_the_request_that_asked_for_it(
    api: Api, made: InMemorySpanExporter
) -> None:
    bed = api.bed(name="South")
    sent(api, WATER, {"id": bed, "litres": "1"}, traceparent=ABOVE)
    do_jobs(api.live.engine, api.live.runtime.generation)

    ended = {one.name: one for one in made.get_finished_spans()}
    job = ended["job sundial.water"]
    (link,) = job.links
    assert job.parent is None
    assert f"{link.context.trace_id:032x}" == TRACE
    assert f"{context_of(job).trace_id:032x}" != TRACE


def test_a_job_has_the_id_of_the_request_that_asked_for_it_in_its_line(
    api: Api, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.setattr(lines, "lines", Lines(Settings()))
    sent(api, WATER, {"id": api.bed(), "litres": "1"}, x_request_id="the-gardener-7")
    do_jobs(api.live.engine, api.live.runtime.generation)

    assert lines.lines is not None
    lines.lines.flush()
    said = [json.loads(line) for line in capfdbinary.readouterr().err.splitlines()]
    (asked,) = (one for one in said if one.get("operation") == "Water")
    (job,) = (one for one in said if one.get("job") and one["request"] == "the-gardener-7")
    assert asked["request"] == job["request"] == "the-gardener-7"
    assert (job["job"], job["outcome"]) == ("sundial.water", "ok")


def test_a_job_that_fails_is_told_as_failed(
    api: Api, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any
) -> None:
    monkeypatch.setattr(lines, "lines", Lines(Settings(share=0)))
    sent(api, WATER, {"id": api.bed(), "litres": "1"})

    def refuse(*_: Any) -> None:
        raise Refused("too_dry")

    monkeypatch.setitem(plugged, "water", refuse)
    with pytest.raises(Refused):
        do_jobs(api.live.engine, api.live.runtime.generation)

    (job,) = map(json.loads, capfdbinary.readouterr().err.splitlines())
    assert (job["event"], job["job"], job["outcome"], job["level"]) == (
        "job", "sundial.water", "failed", "error",
    )  # fmt: skip


def test_the_audit_names_the_request(api: Api) -> None:
    data = sent(
        api,
        'mutation { createBed(input: {name: "East"}) { bed { id } } }',
        {},
        x_request_id="who-planted-this",
    )
    number = data["createBed"]["bed"]["id"].partition(":")[2]

    with api.live.engine.connect() as connection:
        row = text("select by->>'request' from dougong.audit_entry where record_id = :id")
        assert connection.execute(row, {"id": number}).scalars().all() == ["who-planted-this"]


def test_nothing_is_imported_or_made_unless_a_place_for_traces_is_named() -> None:
    assert not spans.is_asked_for({})
    assert not spans.is_asked_for({"OTEL_TRACES_EXPORTER": "otlp"})
    assert not spans.is_asked_for(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}
    )
    assert spans.is_asked_for({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
    assert not spans.traces()
    with spans.span("x") as nothing:
        assert nothing is None


def test_who_wants_traces_without_the_extra_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(SetupError, match=r"dougong\[otel\]"):
        spans.start_tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"})
