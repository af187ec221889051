"""The log: one line for each event, as JSON or to be read by people, on the standard error output."""

from __future__ import annotations

import logging
import random
import sys
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor

from dougong.builtin.watching.noted import noted
from dougong.builtin.watching.settings import Settings

PROBES = ("health", "ready", "metrics")
"""Asked all day long, by machines."""


class Lines:
    """Writes the lines of requests and jobs."""

    def __init__(self, settings: Settings) -> None:
        out: Any = structlog.BytesLogger(sys.stderr.buffer)
        if not settings.as_json:
            out = structlog.PrintLogger(sys.stderr)
        self._log: Any = structlog.wrap_logger(
            out, processors=[structlog.processors.add_log_level, *_ending(settings)],
            wrapper_class=structlog.make_filtering_bound_logger(settings.level),
        )  # fmt: skip
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
        """One line."""
        tell = self._log.error if outcome == "failed" else self._log.info
        tell(event, outcome=outcome, **said)


lines: Lines | None = None
"""None where this process has not been told to log: inside another's program, or a test."""


def start_logging(settings: Settings) -> None:
    """Log as the operator wants, for as long as this process lives; what logged before goes too."""
    global lines  # noqa: PLW0603 - the log is the process's
    lines = Lines(settings)
    shared: list[Processor] = [_of_request, structlog.stdlib.add_log_level, _source]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info if settings.as_json else _left_alone,
            *_ending(settings, text=True),
        ],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(settings.level, logging.WARNING))
    logging.getLogger("dougong").setLevel(settings.level)
    logging.getLogger("dougong.hooks").handlers.clear()  # who traces them has one already


def _ending(settings: Settings, *, text: bool = False) -> list[Processor]:
    at = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")
    if settings.as_json:
        serializer = _json_text if text else _json
        return [at, structlog.processors.JSONRenderer(serializer=serializer)]
    plain = structlog.dev.plain_traceback  # others show the values of variables
    colors = sys.stderr.isatty()
    return [at, structlog.dev.ConsoleRenderer(
        colors=colors, exception_formatter=plain, timestamp_key="at"
    )]  # fmt: skip


def _json(line: Any, **_: Any) -> bytes:
    return orjson.dumps(line, default=str)


def _json_text(line: Any, **_: Any) -> str:
    return _json(line).decode()


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
