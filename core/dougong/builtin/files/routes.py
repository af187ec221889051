"""/files: where bytes come in and go out, each at an address that was signed for somebody."""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from sqlalchemy import select
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from dougong.access.context import Context
from dougong.access.lookup import ABOUT, principal_of
from dougong.access.principal import ANONYMOUS, Principal
from dougong.access.tokens import UnknownToken
from dougong.builtin.files.answering import FileResponse, Shown
from dougong.builtin.files.entities import File
from dougong.builtin.files.signing import read
from dougong.builtin.files.stores import Incoming, store_of
from dougong.builtin.files.uploading import (
    Upload,
    attach_upload,
    claim,
    finish,
    number_of,
    receive,
)
from dougong.builtin.files.verbs import DOWNLOAD
from dougong.builtin.import_export.routes import tables_to_take
from dougong.builtin.import_export.uploads import UNREADABLE, keep_table
from dougong.builtin.sign_in.door import TRIES, Door, as_json
from dougong.db.read_pool import LOST, TooBusy
from dougong.errors import GenerationChanged, Refused
from dougong.graphql.http import bearer, error_body
from dougong.graphql.problems import EpochChanged, Unreachable

if TYPE_CHECKING:
    from dougong.runtime import Runtime

log = logging.getLogger("dougong.files")
R = TypeVar("R")
WHO = f"""
select (select number from dougong.epoch)::bigint, {ABOUT}
  from (select 1) one
  left join dougong."user" u on u.id = $1::bigint and u.active
   and ($2::bigint is null or exists (select from dougong.token t
         where t.id = $2::bigint and t.revoked_at is null and t.expires_at > now()))
"""
BUFFER = 1 << 18
LONGEST_PAUSE = 60.0
"""Seconds between two pieces of an upload."""
LONGEST_UPLOAD = 3_600.0
MOST_UPLOADS = 32
KEEPING = 2
"""How many uploads are kept at a time; each takes a connection to the database meanwhile."""
MOST_OF_ONE = 8
STATUS = {
    "bad_address": 403,
    "not_found": 404,
    "file_larger": 413,
    "file_smaller": 422,
    "file_disguised": 415,
    **dict.fromkeys(UNREADABLE, 422),
    "too_many_at_once": 503,
    "upload_too_slow": 408,
    "no_room": 507,
}


class FileRoutes:
    """What is served at /files."""

    def __init__(self, runtime: Runtime) -> None:
        """Raises SetupError when something is set wrongly."""
        self.runtime = self._runtime = runtime
        self._door = Door(runtime)
        self._store = store_of()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="files")
        self._keeping = ThreadPoolExecutor(KEEPING, thread_name_prefix="files-kept")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="files-read")
        self._under_way: Counter[int] = Counter()

    def routes(self) -> list[Route]:
        """For the application."""
        return [
            Route("/files/upload/{address}", Said(self, self.upload), methods=["PUT"]),
            Route("/files/download/{address}", Said(self, self.download), methods=["GET", "HEAD"]),
            *(
                Route(f"/files/{name}/{{address}}", Said(self, answer), methods=["GET"])
                for name, answer in tables_to_take(self).items()
            ),
        ]

    def said(self, refusal: Refused) -> Response:
        """A refusal as JSON."""
        message = self._runtime.generation.sentence(refusal)
        # What is still sent of a body that is refused is nobody's: the server hangs up.
        headers = {"cache-control": "no-store", "connection": "close"}
        if refusal.code == "too_many_at_once":
            headers["retry-after"] = "10"
        body, status = error_body(message, refusal.code), STATUS.get(refusal.code, 403)
        return Response(body, status, headers, "application/json")

    # Uploads -----------------------------------------------------------------------------------

    async def upload(self, request: Request) -> ASGIApp:
        """Take the bytes of one file; the address is used up, whatever comes of it."""
        number = number_of(request.path_params["address"])
        upload = await self._door.do(ANONYMOUS, lambda ctx: claim(ctx, number))
        sender = await self._sender(request)
        if sender is not None and sender != upload.user_id:
            raise Refused("bad_address")
        if (
            self._under_way.total() >= MOST_UPLOADS
            or self._under_way[upload.user_id] >= MOST_OF_ONE
        ):
            raise Refused("too_many_at_once")
        self._under_way[upload.user_id] += 1
        try:
            return as_json(await self._receive(request, upload, number))
        except TimeoutError:
            raise Refused("upload_too_slow") from None
        except OSError as problem:
            if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            log.error("no room for an upload: %s", problem)  # noqa: TRY400
            raise Refused("no_room") from None
        finally:
            self._under_way[upload.user_id] -= 1

    async def _sender(self, request: Request) -> int | None:
        """Who sends it, if the request says so: an address is enough, another's token too much."""
        secret = bearer(request.headers.get("authorization"))
        return (await self._runtime.tokens.who(secret))[0].user_id

    async def _receive(self, request: Request, upload: Upload, number: int) -> dict[str, Any]:
        await self.who(upload.user_id, upload.token_id)  # before anything is taken
        incoming = await self._in_thread(partial(Incoming, self._store))
        try:
            async with asyncio.timeout(LONGEST_UPLOAD):
                await self._pieces(request, upload, incoming)
            if not upload.record:
                kept_table = partial(keep_table, self._runtime.engine, number, upload, incoming)
                read = await asyncio.get_running_loop().run_in_executor(self._reading, kept_table)
                return {"upload": read}
            finishing = partial(finish, self._runtime.engine, self._store, upload, incoming)
            kept = await asyncio.get_running_loop().run_in_executor(self._keeping, finishing)
        finally:
            await self._in_thread(incoming.drop)
        who, _ = await self.who(upload.user_id, upload.token_id)

        def attached(ctx: Context) -> dict[str, Any]:
            file = attach_upload(ctx, upload, kept)
            return {"id": f"File:{file.id}", "version": file.version, "sha256": file.sha256}

        return {"file": await self._door.do(who, attached)}

    async def _pieces(self, request: Request, upload: Upload, incoming: Incoming) -> None:
        """Write what comes; nothing more is read from the client while it is written."""
        gathered = bytearray()
        stream = request.stream()
        while True:
            async with asyncio.timeout(LONGEST_PAUSE):
                piece = await anext(stream, b"")
            gathered += piece
            if gathered and (not piece or len(gathered) >= BUFFER):
                await self._in_thread(partial(receive, upload, incoming, gathered))
                gathered = bytearray()
            if not piece:
                return

    async def _in_thread(self, work: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    # Downloads ---------------------------------------------------------------------------------

    async def download(self, request: Request) -> ASGIApp:
        """Give the bytes of a file to who may see it now."""
        parts = read(DOWNLOAD, request.path_params["address"])
        if parts is None or int(parts[3]) < time.time():
            raise Refused("bad_address")
        file, user, token = (int(part) if part else None for part in parts[:3])
        shown = await self.look(user, token, lambda ctx: _shown(ctx, file))
        opened: Callable[[], BinaryIO] = partial(self._store.open, shown.sha256)
        return FileResponse(shown, request.headers, opened, self._threads)

    async def look(self, user: int | None, token: int | None, work: Callable[[Context], R]) -> R:
        """What somebody may see now; raises Refused."""
        for _ in range(TRIES):
            generation = self._runtime.generation
            who, epoch = await self.who(user, token)
            try:
                return await self._runtime.mutations.read(generation, who, epoch, work)
            except EpochChanged:
                continue
            except GenerationChanged:
                await self._runtime.catch_up(generation)
        raise Refused("busy")

    async def who(self, user: int | None, token: int | None) -> tuple[Principal, int]:
        """Who an address was signed for, with the rights of now; raises Refused where nobody is."""
        epoch, about = await self._runtime.reads.fetchrow(WHO, user, token)
        who = principal_of(about.decode() if about else None, token)
        if who is None:
            raise Refused("bad_address")
        return who, epoch


def _shown(ctx: Context, number: int | None) -> Shown:
    file = ctx.session.scalar(select(File).where(File.id == number, ctx.sees(File)))
    if file is None:
        raise Refused("not_found", id=f"File:{number}")
    return Shown(file.name, file.size, file.content_type, file.sha256)


class Said:
    """An answer as an ASGI application; what is refused is said as JSON."""

    def __init__(self, routes: FileRoutes, answer: Callable[[Request], Awaitable[ASGIApp]]) -> None:
        self._routes = routes
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        answer: ASGIApp
        try:
            answer = await self._answer(Request(scope, receive))
        except Refused as refusal:
            answer = self._routes.said(refusal)
        except UnknownToken:
            answer = self._routes.said(Refused("bad_address"))
        except (Unreachable, TooBusy, *LOST):
            answer = _unavailable("UNREACHABLE", Unreachable.says)
        except ClientDisconnect:
            return
        try:
            await answer(scope, receive, send)
        except FileNotFoundError:
            log.exception("the bytes of a file are not there")
            answer = _unavailable("NO_BYTES", "The bytes of this file are not there now.")
            await answer(scope, receive, send)


def _unavailable(code: str, message: str) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(error_body(message, code), 503, headers, "application/json")


def file_routes(runtime: Runtime) -> list[Route]:
    """What is served at /files; raises SetupError when something is set wrongly."""
    return FileRoutes(runtime).routes()
