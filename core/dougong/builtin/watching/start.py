"""Has a process that serves or does jobs log and trace as the operator wants."""

from __future__ import annotations

from dougong.builtin.watching.lines import start_logging
from dougong.builtin.watching.settings import settings
from dougong.builtin.watching.spans import start_tracing


def start_watching() -> None:
    """To be called once, before anything else; raises SetupError for what is set wrongly."""
    start_logging(settings())
    start_tracing()
