"""The Starlette application: /graphql (HTTP, events, WebSocket), the schema as a file, /ready."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator
from functools import cached_property
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from dougong.builtin.files.routes import file_routes
from dougong.builtin.sign_in.browser import browser_middleware
from dougong.builtin.sign_in.routes import sign_in_routes
from dougong.builtin.watching.door import watching
from dougong.builtin.watching.scraping import metrics_route
from dougong.endpoint import GraphQLEndpoint, Serving
from dougong.runtime import Runtime

__all__ = ["Application", "Serving", "application"]

PATH = "/graphql"
SILENT = "the database has not answered for a while"


class Application(Starlette):
    """Starlette's application; a document that is posted goes past its router.

    That costs half of what is done for a small read. Middleware is never passed by.
    """

    def __init__(self, posted: ASGIApp, **options: Any) -> None:
        super().__init__(**options)
        self._posted = posted

    @cached_property
    def _shorter(self) -> ASGIApp:
        """What answers a posted document, behind the same middleware as all else."""
        app = self._posted
        for before, args, kwargs in reversed(self.user_middleware):
            app = before(app, *args, **kwargs)
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        posted = scope["type"] == "http" and scope["path"] == PATH and scope["method"] == "POST"
        await (self._shorter if posted else super().__call__)(scope, receive, send)


def application(runtime: Runtime, serving: Serving | None = None) -> Application:
    """The application that serves one runtime; it starts and stops it."""

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await runtime.start()
        jobs = (serving or Serving()).jobs
        beginning = asyncio.create_task(_begin_jobs(runtime, jobs)) if jobs else None
        try:
            yield
        finally:
            if beginning is not None:
                worker, working = await beginning
                await worker.stop(working)
            await runtime.stop()

    endpoint = GraphQLEndpoint(runtime, serving or Serving())

    async def health(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def ready(_request: Request) -> Response:
        if runtime.ready:
            return JSONResponse({"status": "ready", "generation": runtime.generation.number})
        said = {"status": "not ready", "reason": runtime.failure or SILENT}
        return JSONResponse(said, 503, {"retry-after": "1"})

    return Application(
        endpoint,
        routes=[
            Route(PATH, endpoint, methods=["POST"]),
            Route(PATH, endpoint.get, methods=["GET"]),
            WebSocketRoute(PATH, endpoint.websocket),
            Route("/graphql/schema.graphql", endpoint.schema, methods=["GET"]),
            Route("/graphql/schema.json", endpoint.schema, methods=["GET"]),
            Route("/health", health),
            Route("/ready", ready),
            metrics_route(runtime, lambda: endpoint.connections),
            *sign_in_routes(runtime),
            *file_routes(runtime),
        ],
        middleware=[*watching(), *browser_middleware()],
        lifespan=lifespan,
    )


async def _begin_jobs(runtime: Runtime, jobs: int) -> tuple[Any, asyncio.Task[None]]:
    """A worker and the task that runs it; what it takes is imported once requests are answered."""
    module = await asyncio.to_thread(importlib.import_module, "dougong.builtin.jobs.worker")
    worker = module.Worker(runtime, jobs)
    return worker, asyncio.create_task(worker.run())
