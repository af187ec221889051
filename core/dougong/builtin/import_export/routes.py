"""/files/export and /files/refused: tables that are made as they are downloaded."""

from __future__ import annotations

import asyncio
import csv
import io
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from sqlalchemy import Engine, func, select
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp

from dougong.access.principal import Principal
from dougong.builtin.disk import UNFINISHED
from dougong.builtin.files.answering import FileResponse, Shown
from dougong.builtin.files.signing import read
from dougong.builtin.files.stores import store_of
from dougong.builtin.import_export.exporting import Asked, Exported, write_export
from dougong.builtin.import_export.guarding import guarded
from dougong.builtin.import_export.signing import EXPORT, REFUSED
from dougong.builtin.import_export.tables import export_asked, import_portion, import_run
from dougong.builtin.sign_in.door import TRIES
from dougong.errors import GenerationChanged, Refused
from dougong.generation import Generation

if TYPE_CHECKING:
    from dougong.builtin.files.routes import FileRoutes

Answer = Callable[[Request], Awaitable[ASGIApp]]
Made = tuple[Shown, BinaryIO]
"""What is told of a file, and the file, which nobody else can open."""
AT_ONCE = 2
MOST_WAITING = 8
MOST_OF_ONE = 2
OURS = ("import line", "import problem")
"""Columns that are added to rows that were refused; an import takes nothing from them."""
CSV = "text/csv"
KINDS = {
    ".csv": CSV,
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def tables_to_take(files: FileRoutes) -> Mapping[str, Answer]:
    """What is served below /files, by the first part of its address."""
    made = TableRoutes(files)
    return {EXPORT: made.export, REFUSED: made.refused}


class TableRoutes:
    """What makes tables for who has an address that was signed for them."""

    def __init__(self, files: FileRoutes) -> None:
        self._files = files
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="exports")
        self._under_way: Counter[int] = Counter()

    async def export(self, request: Request) -> ASGIApp:
        """The records that an export asks for, as its asker sees them now."""
        number, user, token = _parts(EXPORT, request)
        for _ in range(TRIES):
            generation = self._files.runtime.generation
            who, _epoch = await self._files.who(user, token)
            try:
                return await self._made(user, partial(self._export, generation, who, number))
            except GenerationChanged:
                await self._files.runtime.catch_up(generation)
        raise Refused("busy")

    async def refused(self, request: Request) -> ASGIApp:
        """The rows of a file that an import has not taken."""
        number, user, token = _parts(REFUSED, request)
        await self._files.who(user, token)
        return await self._made(user, partial(self._refused, number, user))

    async def _made(self, user: int, make: Callable[[Path], Made]) -> ASGIApp:
        """A table, made in a thread; raises Refused where too many are."""
        if self._under_way[user] >= MOST_OF_ONE or self._under_way.total() >= MOST_WAITING:
            raise Refused("too_many_at_once")
        self._under_way[user] += 1
        try:
            work = partial(_with_a_file, make)
            shown, file = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._under_way[user] -= 1
        return FileResponse(shown, Headers({}), lambda: file, self._threads)

    def _export(self, generation: Generation, who: Principal, number: int, part: Path) -> Made:
        engine = self._files.runtime.engine
        mine = select(export_asked.c.file, export_asked.c.asked).where(
            export_asked.c.id == number,
            export_asked.c.user_id == who.user_id,
            export_asked.c.expires_at > func.now(),
        )
        with engine.connect() as connection:
            row = connection.execute(mine).one_or_none()
        if row is None:
            raise Refused("bad_address")
        asked = msgspec.convert(row.asked, Asked)
        done = write_export(engine, generation, who, asked, row.file, part)
        return _told(part, row.file, done)

    def _refused(self, number: int, user: int, part: Path) -> Made:
        engine = self._files.runtime.engine
        mine = select(import_run.c.file, import_run.c.how["header"]).where(
            import_run.c.id == number, import_run.c.user_id == user
        )
        with engine.connect() as connection:
            row = connection.execute(mine).one_or_none()
        if row is None:
            raise Refused("bad_address")
        with part.open("w", encoding="utf-8-sig", newline="") as out:
            sheet = csv.writer(out)
            theirs = [place for place, one in enumerate(row[1]) if one not in OURS]
            sheet.writerow([*(guarded(row[1][place]) for place in theirs), *OURS])
            for cells, line, why in _bad_rows(engine, number):
                sheet.writerow([*(_cell(cells[place]) for place in theirs), line, guarded(why)])
        name = f"{Path(row.file).stem}-refused.csv"
        return _told(part, name, None)


def _bad_rows(engine: Engine, run: int) -> Iterator[tuple[list[str], int, str]]:
    """The cells of each row that was refused, as they were, its line, and why."""
    portions = select(import_portion.c.refused, import_portion.c.problems).where(
        import_portion.c.run == run, import_portion.c.refused.is_not(None)
    )
    with engine.connect() as connection:
        for refused, problems in connection.execute(portions.order_by(import_portion.c.number)):
            why: dict[int, list[str]] = {}
            for one in problems:
                said = f"{one['column']}: {one['message']}" if one["column"] else one["message"]
                why.setdefault(one["line"], []).append(said)
            for line, cells in msgspec.json.decode(refused, type=list[tuple[int, list[str]]]):
                yield cells, line, "; ".join(why.get(line, []))


def _cell(text: str) -> str:
    """A cell as it was; no spreadsheet takes it for a formula, and an import reads it as before."""
    return text if text.startswith("'") else text and guarded(text.strip())


def _parts(what: str, request: Request) -> tuple[int, int, int | None]:
    """What an address is of, for whom; raises Refused (`bad_address`)."""
    parts = read(what, request.path_params["address"])
    if parts is None or int(parts[3]) < time.time():
        raise Refused("bad_address")
    return int(parts[0]), int(parts[1]), int(parts[2]) if parts[2] else None


def _with_a_file(make: Callable[[Path], Made]) -> Made:
    """What is made of a file, whose name is gone when this returns; or is swept, after a kill."""
    folder = store_of().incoming
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = folder / f"{UNFINISHED}{secrets.token_hex(12)}"
    try:
        return make(part)
    finally:
        part.unlink(missing_ok=True)


def _told(part: Path, name: str, done: Exported | None) -> Made:
    kind = KINDS[Path(name).suffix]
    file = part.open("rb")
    size = file.seek(0, io.SEEK_END)
    return Shown(name, size, kind, done.sha256 if done else secrets.token_hex(32)), file
