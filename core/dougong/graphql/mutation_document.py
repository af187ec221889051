"""Mutations of a document: done one after the other, each answered with its payload."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from graphql import FieldNode, GraphQLError
from sqlalchemy import Engine, text

from dougong.access.context import Context
from dougong.access.principal import Principal
from dougong.access.tokens import UnknownToken
from dougong.builtin.audit.acting import Doing
from dougong.errors import GenerationChanged, Refused
from dougong.graphql.document import Requested
from dougong.graphql.limits import check_records
from dougong.graphql.marks import told
from dougong.graphql.mutations.declared import ATOMIC, DRY_RUN
from dougong.graphql.mutations.run import Stopped, Task
from dougong.graphql.payloads import Asked, Payload
from dougong.graphql.plan.plans import Plans
from dougong.graphql.problems import (
    EpochChanged,
    Unreachable,
    bad_input,
    located,
    masked,
    of_database,
)
from dougong.verbs.verb import Outside

if TYPE_CHECKING:
    from dougong.generation import Generation

EPOCH = text("select number, current_date::text from dougong.epoch")


class Mutations(Outside, Protocol):
    """Who does mutations, those that belong together in one transaction."""

    async def run(
        self,
        generation: Generation,
        who: Principal,
        together: Sequence[Task],
        *,
        keep: bool,
        doing: Doing,
    ) -> list[bytes]:
        """Do some; their payloads. Raises Stopped, GenerationChanged and EpochChanged."""
        ...

    async def read(self, generation: Generation, who: Principal, epoch: int, work: Any) -> Any:
        """Do some work that only reads. Raises EpochChanged, Unreachable and GraphQLError."""
        ...


LookUp = Callable[[], Awaitable[tuple[Principal, int]]]
"""Who asks, as the database knows it now, and the epoch of that; raises UnknownToken."""


class MutationDocument:
    """The mutations of one request."""

    def __init__(
        self,
        generation: Generation,
        plans: Plans,
        who: Principal,
        epoch: int,
        requested: Requested,
        look_up: LookUp | None = None,
    ) -> None:
        """`look_up` is asked where a mutation of the document has changed who may do what.

        Raises GraphQLError, before anything is done, for payloads that can be too large.
        """
        self._asked = Asked(generation, plans, who, requested)
        self._plans = plans
        self._look_up = look_up
        self._epoch = epoch
        self._keep = not self._asked.has(DRY_RUN.name)
        self._begun = False
        self._root = cast(Any, generation.schema.mutation_type)
        self._nodes = self._asked.selected((), self._root)
        self._values: dict[str, bytes] = {}
        self._errors: dict[str, GraphQLError] = {}
        self._payloads: dict[str, Payload] = {}
        for key, nodes in self._nodes.items():
            self._plan(key, nodes)
        self._check_lasting()
        self.records = sum(payload.records for payload in self._payloads.values())
        check_records(self.records)

    def _plan(self, key: str, nodes: list[FieldNode]) -> None:
        if nodes[0].name.value == "__typename":
            self._values[key] = b'"Mutation"'
            return
        try:
            self._payloads[key] = self._payload(key, nodes)
        except GraphQLError as error:
            self._errors[key] = error

    def _check_lasting(self) -> None:
        """Refuse what cannot be undone, and might have to be; then nothing beside it is done."""
        lasting = [key for key, payload in self._payloads.items() if payload.lasting]
        if lasting and not (len(self._nodes) == 1 and self._keep):
            for key in lasting:
                refused = self._payloads[key].refused(Refused("cannot_be_undone"))
                self._values[key] = refused
            self._not_done([k for k in self._payloads if k not in lasting], because=lasting[0])
            self._payloads.clear()

    async def run(self, mutations: Mutations) -> tuple[bytes, list[GraphQLError]]:
        """Do all of them in order; the value of `data`, and the errors.

        Raises EpochChanged, GenerationChanged and Unreachable before anything has been done,
        never later: then the field that could not be done is an error.
        """
        keys = list(self._payloads)
        if not self._asked.has(ATOMIC.name):
            for key in keys:
                await self._do(mutations, [key])
        elif self._errors:
            self._not_done(keys, because=next(iter(self._errors)))
        elif keys:
            await self._do(mutations, keys)
        members = [
            b'"%b":%b' % (key.encode(), self._values.get(key, b"null")) for key in self._nodes
        ]
        errors = [
            located(self._errors[key], nodes, [key])
            for key, nodes in self._nodes.items()
            if key in self._errors
        ]
        data, faults = told(b"{%b}" % b",".join(members))
        return data, [*errors, *faults]

    async def _do(self, mutations: Mutations, keys: list[str]) -> None:
        """Do those that belong together."""
        first, self._begun = not self._begun, True
        try:
            try:
                await self._try(mutations, keys)
            except EpochChanged:
                if first or self._look_up is None:
                    raise
                await self._plan_anew(keys[0], self._look_up)
                await self._try(mutations, keys)
        except (EpochChanged, GenerationChanged):
            if first:
                raise
            said = "What is installed, or who may do what, changed meanwhile: send this again."
            self._errors[keys[0]] = bad_input("TRY_AGAIN", said)
        except UnknownToken:
            self._errors[keys[0]] = bad_input("NOT_SIGNED_IN", "Your session has ended: sign in.")
        except GraphQLError as error:
            self._errors[keys[0]] = error
        except Stopped as stopped:
            key = keys[stopped.position]
            self._stopped(key, stopped.problem, first=first)
            self._not_done([one for one in keys if one != key], because=key)

    def _payload(self, key: str, nodes: list[FieldNode]) -> Payload:
        return Payload(self._asked, self._root.fields[nodes[0].name.value], key, nodes)

    async def _try(self, mutations: Mutations, keys: list[str]) -> None:
        """Do them with the rights that are known; raises EpochChanged where these are of before."""
        who, generation = self._asked.who, self._asked.generation
        together = [self._task(self._payloads[key], key == keys[0]) for key in keys]
        for position, key in enumerate(keys):
            await self._begin(mutations, position, key)
        first = self._payloads[keys[0]].doing
        payloads = await mutations.run(generation, who, together, keep=self._keep, doing=first)
        self._values.update(zip(keys, payloads, strict=True))

    async def _plan_anew(self, key: str, look_up: LookUp) -> None:
        """Plan a mutation with the asker's rights of now; raises UnknownToken and GraphQLError."""
        who, self._epoch = await look_up()
        self._asked = Asked(self._asked.generation, self._plans, who, self._asked.requested)
        self._payloads[key] = self._payload(key, self._nodes[key])

    async def _begin(self, outside: Outside, position: int, key: str) -> None:
        """Do what comes before the transaction; raises Stopped and EpochChanged."""
        payload = self._payloads[key]
        try:
            if payload.lasting:
                await asyncio.to_thread(self._check_epoch, outside.engine)
            await payload.begin(outside)
        except EpochChanged:
            raise
        except Exception as problem:
            raise Stopped(position, problem) from problem

    def _check_epoch(self, engine: Engine) -> None:
        with engine.connect() as connection:
            self._check_known(*connection.execute(EPOCH).one())

    def _check_known(self, epoch: int, today: str) -> None:
        """Raise EpochChanged unless what is known of the asker is still true."""
        if epoch != self._epoch or not self._asked.who.is_of(today):
            raise EpochChanged

    def _task(self, payload: Payload, begins: bool) -> Task:
        """The mutation, done only while what is known of the asker is still true.

        Only the one that begins the transaction asks: it may change who may do what itself.
        """

        def done(ctx: Context) -> bytes:
            if begins:
                self._check_known(ctx.session.info["epoch"], ctx.session.info["today"])
            return payload.done(ctx)

        return done

    def _stopped(self, key: str, problem: Exception, *, first: bool) -> None:
        """Answer the one that could not be done."""
        match problem:
            case Refused():
                self._values[key] = self._payloads[key].refused(problem)
            case GraphQLError():
                self._errors[key] = problem
            case _:
                told = of_database(problem) or masked(problem)
                if first and (told.extensions or {})["code"] == "UNREACHABLE":
                    raise Unreachable(str(problem)) from problem
                self._errors[key] = told

    def _not_done(self, keys: Sequence[str], *, because: str) -> None:
        """Answer those that could be done, but not without the other."""
        for key in keys:
            self._values[key] = self._payloads[key].refused(Refused("not_done", because=because))
