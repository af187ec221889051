"""Who listens to which verb at which moment, as one generation has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pluggy

from dougong.builtin.checking.rivals import check_rivals
from dougong.builtin.jobs.afterwards import RECORD
from dougong.builtin.tracing import traced, traces
from dougong.errors import Refused
from dougong.workflow.hookspecs import PROJECT, Moments, hookimpl, hookspec
from dougong.workflow.reactions import Reaction

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.verbs.declared import Declared
    from dougong.verbs.verb import Verb

Run = Callable[[Any, "Context", dict[str, Any]], Any]


class _Named(SimpleNamespace):
    """One function by its name; pluggy looks through nothing else."""

    def __dir__(self) -> list[str]:
        return list(vars(self))


class MomentIndex:
    """One pluggy specification for each (verb, moment) that somebody reacts to."""

    def __init__(self, reactions: Sequence[Reaction]) -> None:
        """`reactions` come in the order in which they shall run.

        Raises SetupError where two cannot stand together.
        """
        self._plugins = pluggy.PluginManager(PROJECT)
        self._callers: dict[tuple[int, str], Any] = {}
        self._names: dict[tuple[int, str], str] = {}
        self._loads: dict[int, list[Any]] = {}
        self._one_by_one: set[tuple[int, str]] = set()
        self._traces = traces()
        check_rivals(reactions)
        for reaction in reversed(reactions):  # pluggy runs the last registered first
            self._register(reaction)

    def _register(self, reaction: Reaction) -> None:
        key = (id(reaction.verb), reaction.moment)
        if key not in self._names:
            self._names[key] = f"{reaction.moment}_{len(self._names)}"
            self._plugins.add_hookspecs(_spec(self._names[key], reaction.moment))
            if reaction.moment == "wrap":
                self._add(key, hookimpl(_own_rule(reaction.verb)), f"rule:{reaction.verb.key}")
        self._loads.setdefault(id(reaction.verb), []).extend(reaction.loads)
        if not reaction.together:
            self._one_by_one.add(key)
        run = _wrapper(reaction) if reaction.moment == "wrap" else _listener(reaction)
        run = traced(reaction, run) if self._traces else run
        self._add(key, hookimpl(run, wrapper=reaction.moment == "wrap"), reaction.place)
        self._callers[key] = getattr(self._plugins.hook, self._names[key])

    def _add(self, key: tuple[int, str], run: Run, plugin: str) -> None:
        self._plugins.register(_Named(**{self._names[key]: run}), plugin)

    def listeners(self, verb: Declared, moment: str) -> list[str]:
        """The names of those who react, in the order in which they run."""
        caller = self._callers.get((id(verb), moment))
        found = [] if caller is None else caller.get_hookimpls()
        names = [impl.plugin_name.partition(":")[0] for impl in reversed(found)]
        return [name for name in names if name != "rule"]

    def one_by_one(self, verb: Declared, moment: str) -> bool:
        """Whether somebody who reacts wants each record by itself."""
        return (id(verb), moment) in self._one_by_one

    def tell(
        self, moment: str, verb: Declared, record: Any, ctx: Context, form: dict[str, Any]
    ) -> list[Any]:
        """Run the reactions of one moment; their answers that are not None."""
        caller = self._callers.get((id(verb), moment))
        if caller is None:
            return []
        return caller(record=record, ctx=ctx, form=form)  # type: ignore[no-any-return]

    def do(self, verb: Verb[Any, Any, Any], record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Do what a verb itself does, with what is wrapped around it; what it returns."""
        if (id(verb), "wrap") not in self._callers:
            return verb.body(record, ctx, form)
        return next(iter(self.tell("wrap", verb, record, ctx, form)), None)

    def loads(self, verb: Verb[Any, Any, Any]) -> list[Any]:
        """What the guards of a verb want loaded before they are asked of a page of records."""
        return self._loads.get(id(verb), [])


def _listener(reaction: Reaction) -> Run:
    def ask(record: Any, ctx: Context, form: dict[str, Any]) -> None:
        ctx.later(reaction.job, **{RECORD: record}, **(form if reaction.with_form else {}))

    def react(record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        if reaction.moment != "guard":
            return reaction.run(record, ctx, form)
        try:
            return reaction.run(record, ctx, form)
        except Refused as reason:  # one guard that raises does not hide the others' reasons
            return reason

    return ask if reaction.moment == "after_commit" else react


def _wrapper(reaction: Reaction) -> Run:
    def react(record: Any, ctx: Context, form: dict[str, Any]) -> Iterator[None]:
        failure: BaseException | None = None
        with ctx.acting_as(reaction.addon):
            with reaction.around(record, ctx, form):
                try:
                    result = yield
                except BaseException as problem:
                    failure = problem
                    raise
            if failure is not None:  # it was caught: what was refused stays refused
                raise failure
        return result

    return react


def _own_rule(verb: Verb[Any, Any, Any]) -> Run:
    def own(record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        with ctx.acting_as(verb.addon):
            return verb.body(record, ctx, form)

    return own


def _spec(name: str, moment: str) -> Any:
    """A specification of its own, stamped from the moment's."""

    def stamped(record: Any, ctx: Any, form: Any) -> Any: ...

    stamped.__doc__ = getattr(Moments, moment).__doc__
    return _Named(**{name: hookspec(stamped)})
