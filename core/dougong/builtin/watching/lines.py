"""The log: one line for each event, as JSON or to be read by people, on the standard error output."""

from __future__ import annotations

import asyncio
import atexit
import logging
import random
import sys
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor

from dougong.builtin.watching.noted import noted
from dougong.builtin.watching.settings import Settings

FORM = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
TOGETHER_SECONDS = 0.05
PROBES = ("health", "ready", "metrics")
"""Asked all day long, by machines."""


class Lines:
    """Writes the lines of requests and jobs: itself, some at a time, as structlog takes 50 µs for one.

    Of a process that is killed, what happened in the last TOGETHER_SECONDS is missing.
    """

    def __init__(self, settings: Settings) -> None:
        self._out = sys.stderr.buffer
        self._waiting: deque[bytes] = deque()
        self._asked = False
        self._text = None if settings.as_json else _ending(settings)
        self._usual = settings.level <= logging.INFO and settings.share > 0
        self._share = settings.share
        self._probes = settings.level <= logging.DEBUG

    def wants(self, outcome: str, place: str) -> bool:
        """Whether a line is written: always for what failed, for a share of all else."""
        if outcome == "failed":
            return True
        if not self._usual or (place in PROBES and not self._probes):
            return False
        return self._share >= 1 or random.random() < self._share  # noqa: S311 - a sample

    def write(self, event: str, outcome: str, said: dict[str, Any]) -> None:
        """One line; where nobody reads any more, none."""
        level = "error" if outcome == "failed" else "info"
        line = said
        line["event"], line["level"], line["outcome"] = event, level, outcome
        if self._text is None:
            line["at"] = datetime.now(UTC)
            made = orjson.dumps(line, option=FORM)
        else:
            text: Any = line
            for processor in self._text:
                text = processor(None, level, text)
            made = f"{text}\n".encode()
        self._waiting.append(made)
        if outcome == "failed":
            self.flush()
        elif not self._asked:
            self._flush_soon()

    def _flush_soon(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # in a thread, where nothing is done later
            self.flush()
        else:
            self._asked = True
            loop.call_later(TOGETHER_SECONDS, self.flush)

    def flush(self) -> None:
        """Write the lines that wait."""
        self._asked = False
        made = []
        with suppress(IndexError):
            while True:
                made.append(self._waiting.popleft())
        with suppress(OSError, ValueError):
            self._out.write(b"".join(made))
            self._out.flush()


lines: Lines | None = None
"""None where this process has not been told to log: inside another's program, or a test."""


def start_logging(settings: Settings) -> None:
    """Log as the operator wants, for as long as this process lives; what logged before goes too."""
    global lines  # noqa: PLW0603 - the log is the process's
    lines = Lines(settings)
    atexit.register(lines.flush)
    shared: list[Processor] = [_of_request, structlog.stdlib.add_log_level, _source]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info if settings.as_json else _left_alone,
            *_ending(settings),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(settings.level, logging.WARNING))
    logging.getLogger("dougong").setLevel(settings.level)
    logging.getLogger("dougong.hooks").handlers.clear()  # who traces them has one already


def _ending(settings: Settings) -> list[Processor]:
    at = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
    if settings.as_json:
        return [at, structlog.processors.JSONRenderer(serializer=_json)]
    plain = structlog.dev.plain_traceback  # others show the values of variables
    colors = sys.stderr.isatty()
    return [at, structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=plain, timestamp_key="at"
    )]  # fmt: skip


def _json(line: Any, **_: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def _of_request(_log: Any, _method: str, event: EventDict) -> EventDict:
    """Which request it happened in."""
    if number := noted().id:
        event["request"] = number
    return event


def _source(_log: Any, _method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def _left_alone(_log: Any, _method: str, event: EventDict) -> EventDict:
    return event
