"""Questions that no SELECT answers: a function that reads, and gives values of any GraphQL type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from dougong.access.permissions import Permission
from dougong.verbs.verb import Verb

if TYPE_CHECKING:
    from dougong.access.context import Context

P = ParamSpec("P")
R = TypeVar("R")


class Query(Verb[None, P, R]):
    """A field of Query that Python answers, with the eyes of whoever asks.

    `ctx` finds the records that the asker may see, of the add-ons that this one needs; nothing
    can be written.
    """

    kind = "query"

    def __call__(self, ctx: Context, /, *_: P.args, **form: P.kwargs) -> R:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        """Answer the context's asker; raises Forbidden and whatever the function raises."""
        ctx.check_run(self)
        with ctx.asking(self.addon):
            return self.rule(ctx, **form)  # type: ignore[no-any-return]


def query(*, needs: Permission) -> Callable[[Callable[Concatenate[Context, P], R]], Query[P, R]]:
    """Make a function `(ctx, *, arguments)` a field of Query.

    It gives scalars, records, strawberry types, and lists of these.
    """
    return lambda rule: Query(rule, needs)
