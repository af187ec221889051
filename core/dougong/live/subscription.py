"""One subscription: what it has been told, what it shows, and whose eyes it sees with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg
from graphql import GraphQLError

from dougong.db.read_pool import LOST, TooBusy
from dougong.entity.model import key_of
from dougong.errors import DougongError
from dougong.graphql.changes import ChangeKind
from dougong.graphql.document import GraphQLRequest, RequestErrors
from dougong.graphql.plan.changes import BATCH, ChangePlan, Texts, plan_changes
from dougong.graphql.plan.dependence import MOST_AFFECTED, PathKey
from dougong.graphql.plan.sql import Statement
from dougong.graphql.problems import EpochChanged, bad_input
from dougong.graphql.reading import (
    DROPPED_MEANWHILE,
    STRUCTURE_CHANGED,
    UNREACHABLE,
    completed,
    read_request,
)
from dougong.live.follower import Follower
from dougong.live.position import ANEW
from dougong.live.view import View

if TYPE_CHECKING:
    from dougong.runtime import Runtime

IDLE_SECONDS = 60.0
"""How long nothing is told before a newer position is."""
PAUSE = 1.0
"""Seconds to wait for a database that cannot be reached."""
MOST_SHOWN = 5_000
LATER = (*UNREACHABLE, *LOST, TooBusy)
T = TypeVar("T")
Event = tuple[ChangeKind, int | None, Texts]
READY: Event = (ChangeKind.READY, None, ())


class Ended(DougongError):
    """An operation that is over, or never began; `errors` say why."""

    def __init__(self, errors: Sequence[GraphQLError | dict[str, Any]]) -> None:
        super().__init__()
        self.errors = [one.formatted if isinstance(one, GraphQLError) else one for one in errors]


class Subscription:
    """Tells of changes, to its asker's rights and in the generation of the moment."""

    _me: Follower
    _view: View

    def __init__(self, runtime: Runtime, secret: str | None, request: GraphQLRequest) -> None:
        self._runtime = runtime
        self._reader = runtime.changes
        self._secret = secret
        self._request = request
        self._shown: dict[int, None] = {}
        self._rights_changed = False
        self._idle_at = 0.0

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Responses, for ever. Raises Ended, and UnknownToken when the token is no longer good."""
        self._view = await self._looked(None)
        plan = self._view.plan
        async with self._reader.followed(*self._view.entities) as self._me:
            if plan.since is not None:
                self._me.seen = self._come_back(plan.since)
            self._shown = dict.fromkeys(plan.shown)
            yield self._event(READY)
            async for gone in self._left():
                yield self._event(gone)
            while True:
                self._me.woken.clear()
                if self._reader.stops():
                    raise Ended([bad_input("SERVER_STOPS", "Subscribe again with `since`.")])
                self._renew(await self._looked(self._view))
                if self._rights_changed:
                    self._rights_changed = False
                    async for gone in self._left():
                        yield self._event(gone)
                    yield self._event(READY)
                while self._me.seen != self._reader.seen:
                    async for event in self._changed():
                        yield event
                if not self._rights_changed:
                    await self._wait()
                if _now() >= self._idle_at:
                    yield self._event((ChangeKind.IDLE, None, ()))

    async def _wait(self) -> None:
        """Wait until something may have changed, or it is time to say IDLE.

        The time is counted from the last event: what others do unseen must not put it off.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._idle_at):
                await self._me.woken.wait()

    # Positions -------------------------------------------------------------------------------

    def _come_back(self, since: str) -> str:
        """The snapshot that sees what was done before the position; raises Ended."""
        newest = int(self._reader.seen.split(":")[1])
        try:
            xid = self._reader.positions.xid(since, newest)
        except GraphQLError as error:
            raise Ended([error]) from None
        return f"{xid}:{xid}:"

    def _event(self, event: Event, seen: str | None = None) -> bytes:
        """The response for an event, at the position of a snapshot (default: the last one told)."""
        self._idle_at = _now() + IDLE_SECONDS
        what, number, texts = event
        xmin = int((seen or self._me.seen).split(":")[0])
        return self._view.plan.event(what, number, self._reader.positions.text(xmin), texts)

    # Who looks, and at what ------------------------------------------------------------------

    async def _looked(self, before: View | None) -> View:
        """The view of now: the same one where nothing has changed. Raises Ended, UnknownToken."""
        generation = self._runtime.generation
        look = partial(self._runtime.tokens.who, self._secret)
        who, epoch = await self._patiently(look)
        if epoch < self._reader.epoch:
            who, epoch = await self._patiently(partial(look, fresh=True))
        if before is not None and before.generation is generation and before.who == who:
            return before if before.epoch == epoch else replace(before, epoch=epoch)
        if who.user_id is None:
            raise Ended([bad_input("NOT_SIGNED_IN", "Sign in to subscribe.")])
        try:
            known, requested = read_request(generation, who, self._request)
            return View(
                generation, epoch, who, plan_changes(generation.schema, known.plans, who, requested)
            )
        except RequestErrors as refused:
            errors = refused.errors
        except GraphQLError as error:
            errors = [error]
        raise Ended(errors if before is None else [_with_code(one) for one in errors])

    def _renew(self, view: View) -> None:
        if view is not self._view:
            self._rights_changed |= view.rights != self._view.rights
            self._view = view
            self._me.entities = view.entities

    async def _patiently(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What the database answers, as soon as it can be reached."""
        while True:
            try:
                return await ask()
            except LATER:
                await asyncio.sleep(PAUSE)

    async def _read(self, numbers: Sequence[int]) -> dict[int, Texts]:
        """The records that the asker sees and asked for, by number, with rights of now."""

        async def found(text: bytes) -> dict[int, Texts]:
            return self._view.plan.found(await self._completed(text))

        return await self._asked(numbers, lambda plan: plan.statement, found)

    async def _affected(self, path: PathKey, numbers: Sequence[int]) -> set[int]:
        """The records that look at some of another entity; below zero where that is not seen."""

        async def found(text: bytes) -> set[int]:
            return set(map(int, text.split()))

        return await self._asked(numbers, lambda plan: plan.affected.get(path), found)

    async def _asked(
        self,
        numbers: Sequence[int],
        statement: Callable[[ChangePlan], Statement | None],
        found: Callable[[bytes], Awaitable[T]],
    ) -> T:
        """What a statement of the plan finds about some records; read anew with rights of now."""
        while True:
            view, reader = self._view, self._reader
            asked, given = statement(view.plan), view.plan.given(numbers, reader.now)
            if asked is None:
                return await found(b"")
            read = partial(reader.read, asked.numbered, asked.arguments(given), view.epoch)
            try:
                row = await self._patiently(read)
            except asyncpg.QueryCanceledError:
                said = "The changed records took too long to read: select less."
                raise Ended([bad_input("TIMEOUT", said)]) from None
            except (*STRUCTURE_CHANGED, asyncpg.InternalServerError) as problem:
                dropped = str(problem).startswith(DROPPED_MEANWHILE)
                if isinstance(problem, asyncpg.InternalServerError) and not dropped:
                    raise
                await self._runtime.catch_up(view.generation)
                if self._runtime.generation is view.generation:
                    await asyncio.sleep(PAUSE)
            else:
                reader.epoch = max(reader.epoch, row[0])
                with suppress(EpochChanged):
                    if row[0] == view.epoch:
                        return await found(row[1] or b"")
            self._renew(await self._looked(view))

    async def _completed(self, text: bytes) -> bytes:
        """The records' text, with what Python adds to it. Raises EpochChanged, Ended."""
        view, reads, now = self._view, self._runtime.mutations, self._reader.now
        requested = view.plan.requested
        ask = partial(completed, view.generation, view.who, view.epoch, reads, requested)
        try:
            return await self._patiently(partial(ask, text, view.plan.uses, now))
        except GraphQLError as error:
            raise Ended([error]) from None

    # What is told ----------------------------------------------------------------------------

    def _left(self) -> AsyncGenerator[Event, None]:
        """Tell which of the records that are shown have gone out of sight."""
        return self._told(dict.fromkeys(sorted(self._shown), ""))

    async def _changed(self) -> AsyncGenerator[bytes, None]:
        """Tell what was done up to where the log has been read."""
        before, after = self._me.seen, self._reader.seen
        last: Event | None = None
        try:
            async for event in self._done(after):
                if last is not None:
                    yield self._event(last, before)
                last = event
            self._me.seen = after
        except LATER:  # what has been told may be told again
            await asyncio.sleep(PAUSE)
        if last is not None:
            yield self._event(last)

    async def _done(self, after: str) -> AsyncGenerator[Event, None]:
        """What was done to the records, then what was done to those that they are chosen by."""
        async for changes in self._reader.between(self._me, after, key_of(self._view.plan.entity)):
            async for event in self._told(changes):
                yield event
        for path in self._view.plan.affected:
            lost, seen = set[int](), set[int]()
            async for changes in self._reader.between(self._me, after, path[0]):
                for some in _batches(changes):
                    for one in await self._affected(path, some):
                        several = seen if one > 0 else lost
                        if len(several) <= MOST_AFFECTED:  # so many are all the same
                            several.add(abs(one))
            # In an order, and a number at once, that what is not seen has no part in.
            gone = lost & self._shown.keys() if len(lost) <= MOST_AFFECTED else self._shown
            async for event in self._told(dict.fromkeys(sorted(gone), "")):
                yield event
            if len(seen) > MOST_AFFECTED:
                async for event in self._left():
                    yield event
                yield READY
            else:
                async for event in self._told(dict.fromkeys(sorted(seen), "SEEN")):
                    yield event

    async def _told(self, changes: dict[int, str]) -> AsyncGenerator[Event, None]:
        """Tell of records what is to be told of those that are seen; or that they are GONE."""
        for some in _batches(changes):
            found = await self._read(some)
            for number in some:
                what, shown = changes[number], number in self._shown
                if number not in found:
                    if shown:
                        del self._shown[number]
                        yield ChangeKind.GONE, number, ()
                elif what and not (shown and what == "SEEN"):
                    self._shown[number] = None
                    kind = ChangeKind.CREATED if what == "CREATED" else ChangeKind.UPDATED
                    yield kind, number, found[number]
            if len(self._shown) > MOST_SHOWN:
                said = f"More than {MOST_SHOWN} records were shown: {ANEW}"
                raise Ended([bad_input("RESYNC", said)])


def _batches(numbers: Iterable[int]) -> Iterator[list[int]]:
    several = list(numbers)
    return (several[start : start + BATCH] for start in range(0, len(several), BATCH))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _with_code(error: GraphQLError) -> GraphQLError:
    """Why a document that was valid no longer is."""
    extensions = {"code": "API_CHANGED", **(error.extensions or {})}
    return GraphQLError(error.message, error.nodes, path=error.path, extensions=extensions)
