"""Who listens to which verb at which moment, as one generation has it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from dougong.errors import Refused
from dougong.workflow.hookspecs import MOMENTS, PROJECT, Moments, hookimpl, hookspec
from dougong.workflow.reactions import Reaction

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.verbs.verb import Verb


class MomentIndex:
    """One pluggy specification for each (verb, moment) that somebody reacts to."""

    def __init__(self, reactions: Sequence[Reaction]) -> None:
        """`reactions` come in the order in which they shall run."""
        self._plugins = pluggy.PluginManager(PROJECT)
        self._callers: dict[tuple[int, str], Any] = {}
        self._names: dict[tuple[int, str], str] = {}
        self._loads: dict[int, list[Any]] = {}
        for reaction in reversed(reactions):  # pluggy runs the last registered first
            self._register(reaction)

    def _register(self, reaction: Reaction) -> None:
        key = (id(reaction.verb), reaction.moment)
        if key not in self._names:
            self._names[key] = f"{reaction.moment}_{len(self._names)}"
            self._plugins.add_hookspecs(_spec(self._names[key], reaction.moment))
        name = self._names[key]
        self._loads.setdefault(id(reaction.verb), []).extend(reaction.loads)

        def react(record: Any, ctx: Context, form: dict[str, Any]) -> Any:
            if reaction.moment != "guard":
                return reaction.run(record, ctx, form)
            try:
                return reaction.run(record, ctx, form)
            except Refused as reason:  # one guard that raises does not hide the others' reasons
                return reason

        plugin = type("Listener", (), {name: staticmethod(hookimpl(react))})
        self._plugins.register(plugin, f"{reaction.name}:{reaction.moment}:{reaction.verb.key}")
        self._callers[key] = getattr(self._plugins.hook, name)

    def listeners(self, verb: Verb[Any, Any, Any], moment: str) -> list[str]:
        """The names of those who react, in the order in which they run."""
        caller = self._callers.get((id(verb), moment))
        found = [] if caller is None else caller.get_hookimpls()
        return [impl.plugin_name.partition(":")[0] for impl in reversed(found)]

    def tell(
        self,
        moment: str,
        verb: Verb[Any, Any, Any],
        record: Any,
        ctx: Context,
        form: dict[str, Any],
    ) -> list[Any]:
        """Run the reactions of one moment; their answers that are not None."""
        caller = self._callers.get((id(verb), moment))
        if caller is None:
            return []
        return caller(record=record, ctx=ctx, form=form)  # type: ignore[no-any-return]

    def loads(self, verb: Verb[Any, Any, Any]) -> list[Any]:
        """What the guards of a verb want loaded before they are asked of a page of records."""
        return self._loads.get(id(verb), [])


def _spec(name: str, moment: str) -> Any:
    """A specification of its own, stamped from the moment's."""
    assert moment in MOMENTS
    source = getattr(Moments, moment)

    def stamped(record: Any, ctx: Any, form: Any) -> Any: ...

    stamped.__doc__ = source.__doc__
    return type("Specification", (), {name: staticmethod(hookspec(stamped))})
