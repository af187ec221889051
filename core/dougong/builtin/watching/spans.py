"""Traces for OpenTelemetry: what a request, its statements and the jobs that it asked for took.

Nothing of it is imported unless the operator has said where traces go.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from dougong.builtin.watching.noted import noted
from dougong.errors import SetupError

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer, TracerProvider

PLACES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
LONGEST_STATEMENT = 4_000
FROM = ("traceparent", "tracestate")
NO_SPAN: AbstractContextManager[Any] = nullcontext()
_tracer: Tracer | None = None


def is_asked_for(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether the standard variables name a place for traces."""
    if variables.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    exporter = variables.get("OTEL_TRACES_EXPORTER", "otlp")
    return exporter == "otlp" and any(variables.get(name) for name in PLACES)


def start_tracing(variables: Mapping[str, str] = os.environ) -> None:
    """Send traces if the operator wants that; raises SetupError where what it takes is missing."""
    if not is_asked_for(variables):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as problem:
        raise SetupError(
            f"Traces shall be sent, and {problem.name} is not installed.",
            fix="pip install 'dougong[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT.",
        ) from None
    name = variables.get("OTEL_SERVICE_NAME", "dougong")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace_to(provider)


def trace_to(provider: TracerProvider | None) -> None:
    """Give spans to a provider of OpenTelemetry; None: to nobody."""
    global _tracer  # noqa: PLW0603 - the process has one
    _tracer = None if provider is None else provider.get_tracer("dougong")


def traces() -> bool:
    """Whether spans are made at all."""
    return _tracer is not None


def span(name: str, **attributes: Any) -> AbstractContextManager[Span | None]:
    """A part of what is being done; nothing where nobody wants to know."""
    if _tracer is None:
        return NO_SPAN
    return _tracer.start_as_current_span(name, attributes=attributes)


def statement(sql: str) -> AbstractContextManager[Span | None]:
    """One statement: its text, in which parameters are `$1` or `%(name)s`."""
    if _tracer is None:
        return NO_SPAN
    from opentelemetry.trace import SpanKind

    verb = sql.lstrip()[:10].partition(" ")[0].upper()
    said = {"db.system.name": "postgresql", "db.query.text": sql[:LONGEST_STATEMENT]}
    return _tracer.start_as_current_span(verb, kind=SpanKind.CLIENT, attributes=said)


def of_request(headers: Sequence[tuple[bytes, bytes]]) -> AbstractContextManager[Span | None]:
    """The span of a request, below the one that its `traceparent` names."""
    if _tracer is None:
        return NO_SPAN
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carried = {n.decode(): v.decode("latin-1") for n, v in headers if n.decode() in FROM}
    above = TraceContextTextMapPropagator().extract(carried)
    return _tracer.start_as_current_span("request", above, kind=SpanKind.SERVER)


def asked_here() -> dict[str, str]:
    """In which request, and span, something is asked for that is done later."""
    number = noted().id
    carried = {"request": number} if number else {}
    if _tracer is not None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        TraceContextTextMapPropagator().inject(carried)
    return carried


def of_job(key: str, asked_in: Mapping[str, str]) -> AbstractContextManager[Span | None]:
    """The span of a job: a trace of its own, linked to what has asked for it."""
    if _tracer is None:
        return NO_SPAN
    from opentelemetry.context import Context
    from opentelemetry.trace import Link, SpanKind, get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carried = {name: asked_in[name] for name in FROM if name in asked_in}
    asking = get_current_span(TraceContextTextMapPropagator().extract(carried)).get_span_context()
    links = [Link(asking)] if asking.is_valid else []
    return _tracer.start_as_current_span(f"job {key}", Context(), SpanKind.CONSUMER, links=links)
