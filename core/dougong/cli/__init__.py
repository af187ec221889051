"""The command line: `dougong …`, one module for each subject, loaded when it is used."""

from __future__ import annotations

import gc
import importlib
from typing import Any

import click

gc.set_threshold(50_000, 20, 100)  # what a command begins with stays: little is looked through
COMMANDS = {
    "serve": "dougong.cli.serving:serve",
    "worker": "dougong.builtin.jobs.command:worker",
    "addons": "dougong.cli.addons:addons",
    "install": "dougong.cli.addons:install",
    "upgrade": "dougong.builtin.upgrade.command:upgrade",
    "remove": "dougong.cli.removal:remove",
    "restore": "dougong.cli.removal:restore",
    "backup": "dougong.cli.backup:backup",
    "recover": "dougong.cli.backup:recover",
    "new-addon": "dougong.builtin.new_addon.command:new_addon",
    "schema": "dougong.cli.schema:schema",
    "diagram": "dougong.builtin.workflows.command:diagram",
    "migration": "dougong.cli.migration:migration",
    "translate": "dougong.builtin.language.command:translate",
    "user": "dougong.builtin.sign_in.commands:user",
    "import": "dougong.builtin.import_export.command:import_",
    "export": "dougong.builtin.import_export.export_command:export",
    "documents": "dougong.cli.documents:documents",
    "verify": "dougong.builtin.audit.command:verify",
    "doctor": "dougong.cli.doctor:doctor",
    "query": "dougong.cli.query:query",
    "demo": "dougong.cli.demo:demo",
}
"""The commands in the order of the help, and where each is."""


class Failure(click.ClickException):
    """Something that the person can put right: one message, no traceback."""

    def show(self, file: Any = None) -> None:
        click.echo(self.message, file=file, err=True)


class Commands(click.Group):
    """The commands of the table above; what Dougong raises on purpose ends as a sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        from dougong.db.embedded import ServerProblem
        from dougong.errors import DougongError, Refused

        try:
            return super().invoke(ctx)
        except Refused as refusal:
            raise Failure(sentence_of(refusal)) from refusal
        except (DougongError, ServerProblem) as problem:
            raise Failure(str(problem)) from problem


def sentence_of(refusal: Any) -> str:
    """What the core says where no add-on is asked."""
    from dougong.addons.collect import sentences_of
    from dougong.addons.discovery import core_part
    from dougong.builtin.language.wording import filled

    english = sentences_of(core_part()).get(refusal.code, str(refusal))
    return filled(english, refusal.params)


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dougong")
def main() -> None:
    """Business software from add-ons: install, remove and serve them."""
    from dougong.builtin.tracing import show_traces

    show_traces()
