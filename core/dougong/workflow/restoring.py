"""Functions of an add-on that put right what happened while it was away."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from dougong.errors import Refused, SetupError
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dougong.access.context import Context
    from dougong.generation import Generation


class OnRestore(Declared):
    """A marked function; it runs whenever the rows of its add-on come back."""

    def __init__(self, rule: Callable[..., None]) -> None:
        if inspect.iscoroutinefunction(rule):
            raise SetupError(
                f"{rule.__module__}.{rule.__name__} is async, but restores are a transaction.",
                fix="write it with def.",
            )
        super().__init__(rule)
        self.rule = rule
        self.asks_since_when = len(inspect.signature(rule).parameters) > 1


def on_restore(
    rule: Callable[[Context], None] | Callable[[Context, datetime], None],
) -> OnRestore:
    """Run a function in the transaction that restores its add-on; see `hookspecs.py`."""
    return OnRestore(rule)


def put_right(
    connection: Connection, generation: Generation, parts: Mapping[str, datetime]
) -> None:
    """Run the hooks of these parts, what is depended on first, in the caller's transaction.

    With each part comes the moment at which it was put away.

    Raises SetupError, with the refusal's sentence, when one of them refuses.
    """
    from dougong.access.context import Context
    from dougong.access.principal import Principal
    from dougong.db.session import WriteSession

    who = Principal(None, "restore", frozenset())
    with (
        WriteSession(connection, join_transaction_mode="create_savepoint") as session,
        session.begin(),
    ):
        ctx = Context(generation, session, who)
        for found in generation.contents:
            for hook in found.restored if found.part.name in parts else ():
                try:
                    with ctx.acting_as(hook.addon):
                        hook.rule(ctx, *[parts[found.part.name]][: hook.asks_since_when])
                except Refused as refusal:
                    raise SetupError(
                        f"{hook.key} refused the restore: {generation.sentence(refusal)}",
                        fix="put that right first, then restore again.",
                    ) from refusal
