"""One operation of a stream: a subscription's responses, or the one of a query or a mutation."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

import orjson
from graphql import OperationType

from dougong.graphql.answers import Answer
from dougong.graphql.document import GraphQLRequest, RequestErrors
from dougong.graphql.http import Asked
from dougong.graphql.problems import Unreachable, bad_input
from dougong.graphql.reading import read_request
from dougong.live.subscription import LATER, Ended, Subscription

if TYPE_CHECKING:
    from dougong.runtime import Runtime


class Door(Protocol):
    """How requests come in that are not streams."""

    async def document(self, asked: Asked, epoch: int) -> str | Answer:
        """The document's text, or why it is not run."""
        ...

    async def answer(self, secret: str | None, asked: Asked) -> Answer:
        """Answer a query or a mutation. Raises UnknownToken."""
        ...


async def results(
    runtime: Runtime, secret: str | None, asked: Asked, door: Door
) -> AsyncGenerator[bytes, None]:
    """The responses of an operation: one, or those of a subscription. Raises Ended, UnknownToken."""
    try:
        who, epoch = await runtime.tokens.who(secret)
        document = await door.document(asked, epoch)
        if isinstance(document, Answer):
            raise Ended(orjson.loads(document.body)["errors"])
        request = GraphQLRequest(document, asked.operation_name, asked.variables)
        _, requested = read_request(runtime.generation, who, request)
        if requested.kind is OperationType.SUBSCRIPTION:
            async with aclosing(Subscription(runtime, secret, request).events()) as events:
                async for event in events:
                    yield event
            return
        answer = await door.answer(secret, asked)
    except RequestErrors as refused:
        raise Ended(refused.errors) from None
    except LATER:
        raise Ended([bad_input("UNREACHABLE", Unreachable.says)]) from None
    if answer.status != 200:
        raise Ended(orjson.loads(answer.body)["errors"])
    yield answer.body
