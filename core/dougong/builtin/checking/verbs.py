"""Verbs, reports and reactions whose signatures the API or the verb could not follow."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Label, Select
from sqlalchemy.orm import RelationshipProperty

from dougong.access.context import Context
from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import Declared, Source
from dougong.builtin.questions import Answer, Question
from dougong.entity.base import Entity
from dougong.errors import Refused
from dougong.graphql.report_rows import ANYBODY
from dougong.verbs.crud import CreateVerb, CrudVerb
from dougong.verbs.report import Report
from dougong.verbs.verb import Verb
from dougong.workflow.reactions import Reaction
from dougong.workflow.workflow import Step

TAKEN = ("id", "version", "idempotency_key")
"""Arguments that mutations have anyway."""


def examine_verbs(source: Source) -> Iterator[Finding]:
    """What is wrong with the verbs, reports and reactions of a module."""
    names = Counter(_functions(source.tree))
    for one in source.declared:
        if not isinstance(one.node, ast.FunctionDef):
            continue
        if names[one.name] > 1:
            what = f"The module has {names[one.name]} functions called {one.name}."
            yield one.fault(what, "rename all but one of them.")
        match one.value:
            case Verb():
                yield from _described(one)
                yield from _signature(one)
            case Report():
                yield from _described(one)
                yield from _labels(one)
            case Question():
                yield from _described(one)
                yield from _question(one)
            case Answer():
                yield from _answer(one)
            case Reaction():
                yield from _reaction(one)


def _functions(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            marks = {getattr(mark, "id", getattr(mark, "attr", "")) for mark in node.decorator_list}
            if "overload" not in marks:
                yield node.name


def _described(one: Declared) -> Iterator[Finding]:
    if not ast.get_docstring(one.node):
        fix = "write in one sentence what it does; people read it beside the button."
        yield one.fault(f"{one.name} has no docstring.", fix)


def _signature(one: Declared) -> Iterator[Finding]:
    arguments, verb = one.node.args, one.value
    positional = [*arguments.posonlyargs, *arguments.args]
    form = arguments.kwonlyargs
    for extra in positional[2 if verb.record_name else 1 :]:
        what = f"{one.name} takes {extra.arg} by position."
        yield one.fault(what, "put a * before the fields of its form.")
    for several in (arguments.vararg, arguments.kwarg):
        if several is not None:
            what = f"{one.name} takes any number of arguments as {several.arg}."
            yield one.fault(what, "name each field of its form, after a *.")
    for argument in (*positional[: 1 if verb.record_name else 0], *form):
        if argument.annotation is None:
            what = f"{one.name} does not say what {argument.arg} is."
            yield one.fault(what, f"write {argument.arg}: and its type.")
    for argument in form:
        if argument.arg in TAKEN:
            what = f"{one.name} has a field {argument.arg}, which its mutation has already."
            yield one.fault(what, "give the field another name.")
    if one.node.returns is None:
        yield one.fault(f"{one.name} does not say what it returns.", "write -> and its type.")
    if isinstance(verb, Step) and not _fits(verb.workflow.entity, verb.record_entity):
        what = f"{one.name} is a step of {verb.workflow.entity.__name__}, and takes another record."
        yield one.fault(what, f"write {verb.record_name}: {verb.workflow.entity.__name__}.")


def _fits(entity: type[Entity] | None, annotated: Any) -> bool:
    return entity is None or annotated in (entity, Entity, Any, None)


def _reaction(one: Declared) -> Iterator[Finding]:
    reaction, verb = one.value, one.value.verb
    arguments = one.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if len(positional) != 2 and arguments.vararg is None:
        what = f"{one.name} takes {len(positional)} arguments by position instead of two."
        yield one.fault(what, f"write def {one.name}(record: …, ctx: Context).")
        return
    hints = _hints(reaction)
    entity = verb.record_entity
    if reaction.together and not (
        isinstance(verb, CreateVerb) and reaction.moment in ("before", "after")
    ):
        what = f"{one.name} reacts to {verb.key} together with others, {reaction.moment} it."
        yield one.fault(what, "write together=True only with @before and @after of create.")
    told = hints.get(positional[0].arg) if positional else None
    if reaction.together and told is not None:
        told = next(iter(get_args(told)), NoneType)
    if not _fits(entity, told):
        what = f"{one.name} reacts to {verb.key}, which is about a {entity.__name__}."
        kind = f"Sequence[{entity.__name__}]" if reaction.together else entity.__name__
        yield one.fault(what, f"write {positional[0].arg}: {kind}.")
    yield from _form(one, [one.arg for one in arguments.kwonlyargs])
    if not all(_can_be_loaded(asked, entity) for asked in reaction.loads):
        what = f"The guard {one.name} wants something loaded that does not begin at its record."
        fix = "name links and extensions: loads=(Order.lines, (Order.party, Party.parent), Score)."
        yield one.fault(what, fix)
    if reaction.moment == "guard" and not _is_reason(hints.get("return", Refused)):
        what = f"The guard {one.name} does not return a reason."
        yield one.fault(what, "write -> Refused | None.")


def _can_be_loaded(asked: Any, entity: type[Entity] | None) -> bool:
    """Whether it is an extension of a record, a link of it, or links that follow one another."""
    if isinstance(asked, type):
        return getattr(asked, "__extends__", None) in (entity, None) and entity is not None
    for link in asked if isinstance(asked, tuple) else (asked,):
        found = getattr(link, "prop", None)
        if not isinstance(found, RelationshipProperty) or not _fits(entity, found.parent.class_):
            return False
        entity = found.entity.class_
    return True


def _question(one: Declared) -> Iterator[Finding]:
    said = _hints(one.value)
    returned = said.get("return")
    if one.value.only_one and NoneType not in get_args(returned):
        what = f"The question {one.name} does not say what it is where nobody answers."
        yield one.fault(what, "write -> … | None.")
    if not one.value.only_one and get_origin(returned) is not list:
        what = f"The question {one.name} asks all, and does not return a list."
        yield one.fault(what, "write -> list[…]; the lists of all become one.")


def _answer(one: Declared) -> Iterator[Finding]:
    """An answer is called with what the question was called with."""
    asked, mine = one.value.verb, inspect.signature(one.value.rule)
    theirs = [(it.name, it.kind) for it in asked.signature.parameters.values()]
    if theirs != [(it.name, it.kind) for it in mine.parameters.values()]:
        what = f"{one.name} does not take what the question {asked.key} is asked with."
        yield one.fault(what, f"write def {one.name}{asked.signature}.")
    elif _hints(asked) != _hints(one.value):
        what = f"{one.name} takes or returns other types than the question {asked.key}."
        yield one.fault(what, f"write def {one.name}{asked.signature}.")


def _hints(of: Any) -> dict[str, Any]:
    return get_type_hints(of.rule, localns={"Context": Context})


def _form(one: Declared, fields: list[str]) -> Iterator[Finding]:
    verb = one.value.verb
    if isinstance(verb, CrudVerb) or not one.value.with_form:
        return
    unknown = [name for name in fields if name not in verb.form]
    left = [name for name in verb.form if name not in fields]
    if unknown:
        what = f"{one.name} takes {', '.join(unknown)}, which {verb.key} does not have."
        yield one.fault(what, f"take the fields of {verb.key}: {', '.join(verb.form) or 'none'}.")
    elif left and one.node.args.kwarg is None:
        what = f"{one.name} does not take {', '.join(left)}, which {verb.key} passes."
        yield one.fault(what, "take all fields of the form, after a *.")


def _is_reason(hint: Any) -> bool:
    if get_origin(hint) in (Union, UnionType):
        return all(_is_reason(one) for one in get_args(hint))
    return hint in (NoneType, None, Any) or (isinstance(hint, type) and issubclass(hint, Refused))


def _labels(one: Declared) -> Iterator[Finding]:
    """Every column that is calculated needs a name; `count(…)` alone has none."""
    made = one.value.build(ANYBODY)
    columns = made.selected_columns if isinstance(made, Select) else ()
    for column in columns:
        if not isinstance(column, Label) and getattr(column, "table", None) is None:
            what = f"The report {one.name} has a column {column} without a name."
            yield one.fault(what, 'write ….label("…") behind it.')
