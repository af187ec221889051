"""What ran, in the log: for whoever wonders who reacts to what."""

from __future__ import annotations

import logging
import os
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.workflow.moments import Run
    from dougong.workflow.reactions import Reaction

TRACE = "DOUGONG_TRACE"
"""The variable that says what is traced: `hooks` logs every reaction that ran."""
log = logging.getLogger("dougong.hooks")


def traces() -> bool:
    """Whether reactions are to be traced."""
    return "hooks" in os.environ.get(TRACE, "").split(",")


def show_traces() -> None:
    """Write what is traced to the standard error output of a command."""
    if traces():
        log.addHandler(logging.StreamHandler())
        log.setLevel(logging.INFO)


def traced(reaction: Reaction, run: Run) -> Run:
    """The same, and a line in the log: what ran, for which verb and moment, whose, how long.

    A `wrap` takes as long as what it is around.
    """

    def note(began: float) -> None:
        verb, took = reaction.verb.key, (perf_counter() - began) * 1000
        log.info("%s %s %s %s %.2f ms", reaction.moment, verb, reaction.addon, reaction.name, took)

    def react(record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        began = perf_counter()
        try:
            return run(record, ctx, form)
        finally:
            note(began)

    def around(record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        began = perf_counter()
        try:
            return (yield from run(record, ctx, form))
        finally:
            note(began)

    return around if reaction.moment == "wrap" else react
