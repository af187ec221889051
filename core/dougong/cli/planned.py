"""What commands have in common that change what is installed: a plan, and carrying it out."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from dougong.addons.plans import Plan, in_words
from dougong.addons.preparing import log
from dougong.addons.workers import WAIT

OPTIONS = (
    click.option("--plan", "plan_only", is_flag=True, help="Print what would happen."),
    click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON."),
    click.option("--apply", "plan_hash", metavar="HASH", help="Carry out the plan with this hash."),
    click.option(
        "--accept-breaking",
        is_flag=True,
        help="Do it although registered documents can no longer be run then.",
    ),
    click.option(
        "--wait",
        default=WAIT,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for every running server.",
    ),
    click.option("--force", is_flag=True, help="End the servers that cannot go along."),
)


def planned(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --plan, --json, --apply, --accept-breaking, --wait and --force."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


class Phases(logging.Handler):
    """Prints what has been done: a line for each phase, and each second for what has many parts."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self._last, self._printed = "", 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Something has been done."""
        now = time.monotonic()
        if record.msg != self._last or now - self._printed >= 1:
            self._last, self._printed = record.msg, now
            said = record.getMessage()
            click.echo(f"{said[:1].upper()}{said[1:]}.", err=True)


@contextmanager
def phases() -> Iterator[None]:
    """Print the phases of what is done in the block, as they end."""
    printing = Phases()
    log.addHandler(printing)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(printing)


def show(plan: Plan, as_json: bool) -> None:
    """Print a plan, and the command that carries it out."""
    if as_json:
        click.echo(json.dumps(plan.as_json(), indent=2, ensure_ascii=False))
        return
    for line in in_words(plan):
        click.echo(line)
    words = click.get_current_context()
    options = [
        f"--{name.replace('_', '-')}" if value is True else f"--{name.replace('_', '-')} {value}"
        for name, value in words.params.items()
        if name in ("keep", "delete", "orphans", "archive") and value not in (None, False, "refuse")
    ]
    options += [f"--without {one}" for one in words.params.get("without", ())]
    said = " ".join([words.info_name or "", *plan.asked, *options])
    click.echo(f"To do it: dougong {said} --apply {plan.hash}")
