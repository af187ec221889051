"""`/metrics`: what this process has counted and what stands in the database, for Prometheus."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from time import time
from typing import TYPE_CHECKING, Any

import orjson
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from sqlalchemy import QueuePool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dougong.builtin.sign_in.settings import Settings as SignInSettings
from dougong.builtin.sign_in.settings import settings as sign_in_settings
from dougong.builtin.watching import measures
from dougong.builtin.watching.settings import TOKEN, Settings, settings

if TYPE_CHECKING:
    from dougong.runtime import Runtime

SECONDS = 3.0
"""How long the database has for its part; without it, the process's own is told."""
STANDING = """
select json_build_object(
  'epoch', (select number from dougong.epoch),
  'generation', (select number from dougong.generation),
  'preparing', (select count(*) from dougong.addon where state = 'PREPARING'),
  'removing', (select count(*) from dougong.addon where state = 'REMOVING'),
  'processes', (select count(*) from dougong.worker
                 where heartbeat >= clock_timestamp() - interval '15 seconds' and not fenced),
  'jobs', (select json_object_agg(state, many) from (
    select case when status = 'doing' then 'running' when queue_name = 'parked' then 'parked'
                when scheduled_at > now() then 'later' else 'waiting' end as state,
           count(*) as many
      from procrastinate.procrastinate_jobs where status in ('todo', 'doing') group by 1
     union all
    select 'failed', count(*) from procrastinate.procrastinate_jobs
     where status = 'failed' and id in (select job from dougong.job_failure)) counted),
  'waits', extract(epoch from clock_timestamp() - least(
    (select min(scheduled_at) from procrastinate.procrastinate_jobs
      where status = 'todo' and queue_name <> 'parked' and scheduled_at <= now()),
    (select min(at) from procrastinate.procrastinate_events
      where type = 'deferred' and job_id = (
        select min(id) from procrastinate.procrastinate_jobs
         where status = 'todo' and queue_name <> 'parked' and scheduled_at is null))))
)::text
"""
JOB_STATES = ("waiting", "later", "running", "failed", "parked")
NO_PROXY = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via")
"""Headers that say that the request comes from somewhere else."""


def metrics_route(runtime: Runtime, connections: Callable[[], int]) -> Route:
    """Where Prometheus asks; raises SetupError for what is set wrongly."""
    known, signing_in = settings(), sign_in_settings()

    async def metrics(request: Request) -> Response:
        refusal = why_not(request, known, signing_in)
        if refusal:
            return PlainTextResponse(refusal, 403)
        return await scraped(runtime, connections(), request.headers.get("accept", ""))

    return Route("/metrics", metrics, methods=["GET"])


def why_not(request: Request, known: Settings, signing_in: SignInSettings) -> str:
    """Why somebody may not read the metrics; empty for who may."""
    if known.token:
        scheme, _, sent = request.headers.get("authorization", "").partition(" ")
        same = hmac.compare_digest(sent.strip().encode(), known.token.encode())
        if scheme.lower() == "bearer" and same:
            return ""
        return f"Send the token of {TOKEN}: Authorization: Bearer …\n"
    through = signing_in.public_url or signing_in.trusted_proxies
    others = any(name in request.headers for name in NO_PROXY)
    client = request.client.host if request.client else ""
    if through or others or not (_here(client) and _here(request.url.hostname or "")):
        return f"Only programs on this machine read the metrics. Others need {TOKEN} to be set.\n"
    return ""


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def scraped(runtime: Runtime, connections: int, accept: str) -> Response:
    """The metrics in the form that the asker takes."""
    try:
        async with asyncio.timeout(SECONDS):
            row = await runtime.reads.fetchrow(STANDING)
        standing = orjson.loads(row[0])
    except Exception:  # noqa: BLE001 - whatever it is: the metrics say that the database is not there
        standing = None
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(Told(runtime, connections, standing))
    encoder, kind = choose_encoder(accept)
    return Response(encoder(registry), headers={"content-type": kind, "cache-control": "no-store"})


class Told(Collector):
    """All metrics of Dougong, once."""

    def __init__(
        self, runtime: Runtime, connections: int, standing: Mapping[str, Any] | None
    ) -> None:
        self._runtime = runtime
        self._connections = connections
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        """The process's own, then the installation's, which every process tells alike."""
        yield from self._of_work()
        yield from self._of_connections()
        yield from self._of_process()
        up = self._standing is not None
        yield gauge("dougong_database_up", "Whether the database has answered.", up)
        if self._standing is not None:
            yield from _of_installation(self._standing)

    def _of_work(self) -> Iterator[Metric]:
        yield durations(
            "dougong_request_seconds",
            "Requests that were answered, by what they are and how they went.",
            ("kind", "outcome"),
            measures.requests,
        )
        yield durations(
            "dougong_trusted_operation_seconds",
            "Operations of registered documents, by name.",
            ("operation",),
            measures.operations,
        )
        yield durations(
            "dougong_statement_seconds",
            "SQL statements; of reads with what they waited for a connection.",
            ("pool",),
            measures.statements,
        )
        yield durations(
            "dougong_job_seconds",
            "Jobs that this process has done.",
            ("job", "outcome"),
            measures.jobs,
        )
        yield gauges(
            "dougong_under_way",
            "What is being answered just now.",
            "kind",
            measures.under_way,
        )

    def _of_connections(self) -> Iterator[Metric]:
        reads = self._runtime.reads.places
        pool = self._runtime.engine.pool
        writes = {"most": 0, "open": 0, "used": 0}
        if isinstance(pool, QueuePool):
            used = pool.checkedout()
            writes = {"most": pool.size(), "open": pool.checkedin() + used, "used": used}
        for name, says in (
            ("most", "How many connections to the database there may be."),
            ("open", "Connections to the database that are open."),
            ("used", "Connections to the database that are in use."),
        ):
            each = {"read": reads[name], "write": writes[name]}
            yield gauges(f"dougong_pool_{name}", says, "pool", each)
        waiting = {"read": reads["waiting"], "write": self._runtime.mutations.waiting}
        says = "Statements, and mutations, that wait for a connection."
        yield gauges("dougong_pool_waiting", says, "pool", waiting)
        says = "Sockets and streams of events that are open."
        yield gauge("dougong_connections", says, self._connections)

    def _of_process(self) -> Iterator[Metric]:
        runtime, changes = self._runtime, self._runtime.changes
        yield gauge("dougong_subscriptions", "Subscriptions that are open.", changes.followers)
        lag = max(0.0, time() - changes.now.timestamp()) if changes.followers else 0.0
        says = "How long ago the change log was read, while somebody follows it."
        yield gauge("dougong_change_log_lag_seconds", says, lag)
        says = "The generation that this process serves."
        yield gauge("dougong_generation_served", says, runtime.generation.number)
        yield gauge("dougong_ready", "Whether this process is ready.", runtime.ready)


def _of_installation(standing: Mapping[str, Any]) -> Iterator[Metric]:
    yield gauge("dougong_generation", "The generation that holds.", standing["generation"])
    yield gauge(
        "dougong_epoch", "Rises with what is installed, and with rights.", standing["epoch"]
    )
    yield gauge("dougong_processes", "Processes that have told lately that they live.",
                standing["processes"])  # fmt: skip
    changing = {what: standing[what] for what in ("preparing", "removing")}
    says = "Add-ons and bridges that are being installed or removed."
    yield gauges("dougong_addons_changing", says, "state", changing)
    jobs = {state: (standing["jobs"] or {}).get(state, 0) for state in JOB_STATES}
    yield gauges("dougong_jobs", "Jobs in the queue that are not done.", "state", jobs)
    says = "How long the oldest job waits that could be done."
    yield gauge("dougong_jobs_oldest_seconds", says, max(0.0, standing["waits"] or 0.0))


def gauge(name: str, says: str, value: float) -> Metric:
    """One number."""
    return GaugeMetricFamily(name, says, value=float(value))


def gauges(name: str, says: str, label: str, values: Mapping[str, float]) -> Metric:
    """A number for each value of a label."""
    family = GaugeMetricFamily(name, says, labels=[label])
    for value, number in dict(values).items():
        family.add_metric([value], number)
    return family


def durations(name: str, says: str, labels: Sequence[str], series: measures.Many) -> Metric:
    """A histogram for each of the labels' values."""
    family = HistogramMetricFamily(name, says, labels=list(labels))
    for values, one in list(series.items()):
        family.add_metric(list(values), list(_buckets(one.counts)), one.total)
    return family


def _buckets(counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    """The counts as Prometheus has them: each with all below it."""
    total = 0
    for bound, many in zip((*map(str, measures.BOUNDS), "+Inf"), list(counts), strict=True):
        total += many
        yield bound, total
