"""What commands have in common that change what is installed: a plan, and carrying it out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import click

from dougong.addons.plans import Plan, in_words


def planned(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --plan, --json, --apply and --accept-breaking."""
    for option in (
        click.option(
            "--accept-breaking",
            is_flag=True,
            help="Do it although registered documents can no longer be run then.",
        ),
        click.option(
            "--apply", "plan_hash", metavar="HASH", help="Carry out the plan with this hash."
        ),
        click.option("--json", "as_json", is_flag=True, help="Print the plan as JSON."),
        click.option("--plan", "plan_only", is_flag=True, help="Print what would happen."),
    ):
        command = option(command)
    return command


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
