"""Questions that no SELECT answers: a function that reads, and gives values of any GraphQL type."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from dougong.access.permissions import Permission
from dougong.errors import SetupError
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from dougong.access.context import Context

P = ParamSpec("P")
R = TypeVar("R")


class Query(Declared, Generic[P, R]):
    """A field of Query that Python answers, with the eyes of whoever asks.

    `ctx` finds the records that the asker may see, of the add-ons that this one needs; nothing
    can be written. `rule` is the bare function.
    """

    def __init__(self, rule: Callable[..., Any], needs: Permission) -> None:
        self.rule = rule
        self.needs = needs
        super().__init__(rule)
        at = f"{rule.__module__}.{rule.__qualname__}"
        first, *form = inspect.signature(rule).parameters.values()
        named = all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in form)
        if inspect.iscoroutinefunction(rule) or first.name != "ctx" or not named:
            raise SetupError(
                f"{at} cannot be a query.",
                fix=f"write def {self.name}(ctx: Context, *, …) -> …, without async.",
            )
        if not self.description:
            raise SetupError(f"{at} does not say what it means.", fix="give it a docstring.")

    def __call__(self, ctx: Context, /, *_: P.args, **form: P.kwargs) -> R:
        """Answer it for the context's asker; raises Forbidden and whatever the function raises."""
        ctx.require(self.needs)
        with ctx.asking(self.addon):
            return self.rule(ctx, **form)  # type: ignore[no-any-return]


def query(
    *, needs: Permission
) -> Callable[[Callable[Concatenate[Context, P], R]], Query[P, R]]:
    """Make a function `(ctx, *, arguments)` a field of Query.

    It gives scalars, records, strawberry types, and lists of these.
    """
    return lambda rule: Query(rule, needs)
