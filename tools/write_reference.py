"""Writes docs/reference/words.md and commands.md from the docstrings of what they speak of.

    python tools/write_reference.py

A test compares the pages with what this writes, so they are never behind.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import click

import dougong
from dougong.cli import main
from dougong.workflow.hookspecs import MOMENTS, Moments

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
WORDS = """\
# The words that an add-on is written in

All of them come from `dougong`; nothing else of the core is promised to stay. The tutorial uses
most of them, the pages in [how-to](../how-to/) show how they work together.

"""
COMMANDS = """\
# The command line

`dougong --help` lists the commands, `dougong COMMAND --help` says what is said here.

"""
MOMENTS_HEAD = """\
## The moments of a verb

Steps, actions, and creating, updating and deleting records are verbs; add-ons react to others'
verbs at these moments.

"""


def words() -> str:
    """The page of the public words."""
    found = "".join(_word(name, getattr(dougong, name)) for name in dougong.__all__)
    moments = "".join(
        f"### {name}\n\n{_prose(inspect.getdoc(getattr(Moments, name)))}\n\n" for name in MOMENTS
    )
    return f"{WORDS}{found}{MOMENTS_HEAD}{moments}".rstrip() + "\n"


def _word(name: str, value: Any) -> str:
    doc = _said_below(name) or inspect.getdoc(value) or ""
    of_class = inspect.isclass(value) or inspect.isfunction(value)
    signature = _signature(name, value) if of_class else ""
    methods = "".join(_methods(value)) if inspect.isclass(value) and name == "Context" else ""
    return f"## {name}\n\n{signature}{_prose(doc)}\n\n{methods}"


def _methods(kind: type) -> Iterator[str]:
    for name, value in vars(kind).items():
        if name.startswith("_") or not inspect.getdoc(value):
            continue
        shown = "" if isinstance(value, property) else _signature(name, value)
        yield f"### ctx.{name}\n\n{shown}{_prose(inspect.getdoc(value))}\n\n"


def _signature(name: str, value: Any) -> str:
    if inspect.isclass(value) and not hasattr(value, "__dataclass_fields__"):
        return ""
    try:
        said = str(inspect.signature(value)).replace("'", "")
    except (TypeError, ValueError):
        return ""
    said = re.sub(r"<[^<>]*object at 0x[0-9a-f]+>", "…", said)
    return f"```python\n{name}{said}\n```\n\n"


def _prose(doc: str | None) -> str:
    """A docstring as Markdown; what is indented below its margin is code already."""
    return inspect.cleandoc(doc or "").strip()


def _said_below(name: str) -> str:
    """The docstring below the assignment that makes a word, where it is one."""
    for module in _origins(name):
        body = ast.parse(inspect.getsource(module)).body
        for one, below in pairwise(body):
            match (one, below):
                case (
                    ast.Assign(targets=[ast.Name(id=found)])
                    | ast.AnnAssign(target=ast.Name(id=found)),
                    ast.Expr(value=ast.Constant(value=str() as text)),
                ) if found == name:
                    return text
    return ""


def _origins(name: str) -> Iterator[ModuleType]:
    """The module that the core's front door takes a word from, and where that has it from."""
    module: ModuleType = dougong
    while True:
        for one in ast.parse(inspect.getsource(module)).body:
            if isinstance(one, ast.ImportFrom) and name in [each.name for each in one.names]:
                module = importlib.import_module(str(one.module))
                yield module
                break
        else:
            return


def commands() -> str:
    """The page of the commands."""
    return COMMANDS + "\n".join(_command(["dougong"], main)).rstrip() + "\n"


def _command(path: list[str], command: click.Command) -> Iterator[str]:
    ctx = click.Context(command, info_name=" ".join(path))
    if len(path) > 1:
        usage = command.get_usage(ctx).removeprefix("Usage: ")
        yield f"## {' '.join(path)}\n\n```\n{' '.join(usage.split())}\n```\n\n{_prose(command.help)}\n"
        options = [one for one in command.params if isinstance(one, click.Option)]
        if options:
            yield "".join(map(_option, options))
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            if inner is not None and not inner.hidden:
                yield from _command([*path, name], inner)


def _option(option: click.Option) -> str:
    names = ", ".join(option.opts)
    value = "" if option.is_flag else f" {option.metavar or option.type.name.upper()}"
    environment = f" Also `{option.envvar}`." if option.envvar else ""
    return f"- `{names}{value}`: {' '.join((option.help or '').split())}{environment}\n"


def write() -> None:
    """Write both pages."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "words.md").write_text(words(), "utf-8")
    (FOLDER / "commands.md").write_text(commands(), "utf-8")


if __name__ == "__main__":
    write()
