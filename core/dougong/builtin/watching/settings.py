"""What an operator sets about watching: environment variables, read in this one place."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from dougong.errors import SetupError

LEVEL = "DOUGONG_LOG_LEVEL"
FORMAT = "DOUGONG_LOG_FORMAT"
REQUESTS = "DOUGONG_LOG_REQUESTS"
TOKEN = "DOUGONG_METRICS_TOKEN"  # noqa: S105 - the variable's name
LEVELS = ("debug", "info", "warning", "error")
SHORTEST_TOKEN = 32


@dataclass(frozen=True)
class Settings:
    """All of them."""

    level: int = logging.INFO
    as_json: bool = True
    share: float = 1.0
    """Which share of the requests has a line; those that fail have one anyway."""
    token: str = ""
    """Who has it may read the metrics; without one, programs on this machine."""


def settings(variables: Mapping[str, str] = os.environ) -> Settings:
    """What is set now; raises SetupError for what cannot be."""
    level = variables.get(LEVEL, "").lower() or "info"
    if level not in LEVELS:
        raise SetupError(f"{LEVEL} is “{level}”.", fix=f"write one of {', '.join(LEVELS)}.")
    form = variables.get(FORMAT, "").lower() or ("text" if sys.stderr.isatty() else "json")
    if form not in ("json", "text"):
        raise SetupError(f"{FORMAT} is “{form}”.", fix="write json or text.")
    token = variables.get(TOKEN, "")
    if token and len(token) < SHORTEST_TOKEN:
        raise SetupError(
            f"{TOKEN} has less than {SHORTEST_TOKEN} characters.",
            fix="make one with: python -c 'import secrets; print(secrets.token_urlsafe(32))'.",
        )
    number = logging.getLevelNamesMapping()[level.upper()]
    return Settings(number, form == "json", _share(variables.get(REQUESTS) or "1"), token)


def _share(said: str) -> float:
    try:
        share = float(said)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        fix = "write 1 for all requests, 0 for none but those that fail, or a share such as 0.01."
        raise SetupError(f"{REQUESTS} is “{said}”.", fix=fix)
    return share
