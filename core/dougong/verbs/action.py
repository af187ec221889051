"""Verbs that are not steps of a workflow: action = verb + object."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, overload

from dougong.access.permissions import Permission
from dougong.entity.base import Entity
from dougong.verbs.verb import First, Verb

if TYPE_CHECKING:
    from dougong.access.context import Context

E = TypeVar("E", bound=Entity)
P = ParamSpec("P")
R = TypeVar("R")


class Action(Verb[E, P, R]):
    """A verb about a record; its signature is its mutation, its docstring the description."""

    kind = "action"


class Command(Verb[None, P, R]):
    """A verb about no record in particular; called with `ctx` alone and its form."""

    kind = "action"

    def __call__(self, ctx: Context, /, *_: P.args, **form: P.kwargs) -> R:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Do it, with everything around it; see Verb."""
        from dougong.verbs.perform import perform

        return perform(self, None, ctx, dict(form))  # type: ignore[no-any-return]


class _ActionDecorator:
    def __init__(self, needs: Permission, first: First | None, lasting: bool) -> None:
        self.needs = needs
        self.first = first
        self.lasting = lasting

    @overload
    def __call__(self, rule: Callable[Concatenate[Context, P], R]) -> Command[P, R]: ...
    @overload
    def __call__(self, rule: Callable[Concatenate[E, Context, P], R]) -> Action[E, P, R]: ...
    def __call__(self, rule: Callable[..., Any]) -> Any:
        made: Verb[Any, Any, Any] = Action(rule, self.needs)
        if not made.record_name:
            made = Command(rule, self.needs)
        made.first, made.lasting = self.first, self.lasting
        return made


def action(
    *, needs: Permission, first: First | None = None, lasting: bool = False
) -> _ActionDecorator:
    """Make a function a mutation: `(record, ctx, *, fields)`, or `(ctx, *, fields)`.

    `first` is for what must not hold a transaction open; a Refused of it ends the mutation. Where
    what it does stays (`lasting`), it is done only for who holds the permission, and the mutation
    stands alone in its document, without @dryRun.
    """
    return _ActionDecorator(needs, first, lasting)
