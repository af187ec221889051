"""Code that writes or runs what belongs to others, and whose manifest does not say so."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from typing import Any

from dougong.access.permissions import Grant, Operation
from dougong.addons.manifest import Run
from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import Source
from dougong.db.naming import host_of
from dougong.entity.base import Entity
from dougong.generation import Generation
from dougong.verbs.action import Action, Command
from dougong.workflow.workflow import Step

Function = ast.FunctionDef | ast.AsyncFunctionDef


def examine_foreign_writes(source: Source, generation: Generation) -> Iterator[Finding]:
    """What can be told from the code: `ctx.create(Party(…))`, `Party.create(…)`, `confirm(order, ctx)`.

    A record that comes from elsewhere is not followed: writing it is refused when it is done.
    """
    may = generation.parts[source.part].may
    for function in (one for one in ast.walk(source.tree) if isinstance(one, Function)):
        own = _named_in(function)
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            right = _right(call, own, source)
            if right is None or right in may or _is_its_own(right, source):
                continue
            what = f"{function.name} does what its add-on may not: {right}."
            fix = f"add {_written(right)} to may= in the manifest of {source.part}."
            yield source.fault(call, what, fix)


def _written(right: Grant | Run) -> str:
    if isinstance(right, Run):
        return f"run({right.verb.name})"
    return f"{right.operation}({right.entity.__name__})"


def _named_in(function: Function) -> set[str]:
    """The names that stand for something else inside the function than in its module."""
    given = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
    names = (one for one in ast.walk(function) if isinstance(one, ast.Name))
    return given | {one.id for one in names if isinstance(one.ctx, ast.Store)}


def _right(call: ast.Call, own: set[str], source: Source) -> Grant | Run | None:
    """What a call needs, where that can be told."""

    def meant(node: ast.AST) -> Any:
        if isinstance(node, ast.Name) and node.id not in own:
            return getattr(sys.modules.get(source.name), node.id, None)
        return None

    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="ctx"), attr="create"),
            args=[ast.Call(func=named), *_],
        ):
            entity = meant(named)
            return Grant(Operation.CREATE, entity) if _is_entity(entity) else None
        case ast.Call(func=ast.Attribute(value=named, attr="create" | "update" | "delete" as verb)):
            entity = meant(named)
            return Grant(Operation(verb), entity) if _is_entity(entity) else None
        case ast.Call(func=ast.Name() as named):
            verb = meant(named)
            return Run(verb) if isinstance(verb, Step | Action | Command) else None
    return None


def _is_entity(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, Entity) and "__table__" in vars(found)


def _is_its_own(right: Grant | Run, source: Source) -> bool:
    whose = right.entity.__addon__ if isinstance(right, Grant) else right.verb.addon
    return host_of(whose) == host_of(source.part)
