"""Questions that one add-on asks, and others that are installed answer."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Literal, ParamSpec, TypeVar, cast, overload

from dougong.errors import SetupError
from dougong.verbs.declared import Declared
from dougong.workflow.reactions import Reaction, placed

if TYPE_CHECKING:
    from dougong.access.context import Context

P = ParamSpec("P")
R = TypeVar("R")


class Question(Declared, Generic[P, R]):
    """A hook with an answer: a stub that says what is asked; calling it asks who is installed."""

    def __init__(self, stub: Callable[P, R], only_one: bool) -> None:
        super().__init__(stub)
        self.rule = stub
        self.only_one = only_one
        """Whether there is one answer at most, rather than a list of all."""
        self.signature = inspect.signature(stub)
        names = list(self.signature.parameters)
        if inspect.iscoroutinefunction(stub) or "ctx" not in names:
            raise SetupError(
                f"The question {self.key} is async, or does not take ctx.",
                fix=f"write def {self.name}(…, ctx: Context, *, …).",
                where=(self,),
            )
        self._place = names.index("ctx")

    def __call__(self, *given: P.args, **form: P.kwargs) -> R:
        """The answer of who is installed: None, or an empty list, where nobody answers.

        Raises the Refused that an answer raises.
        """
        at, asked, named = self._place, cast("Any", given), cast("Any", form)
        ctx: Context = asked[at] if at < len(asked) else named["ctx"]
        answers = ctx.generation.moments.tell("answers", self, given, ctx, form)
        none: Any = None
        joined: Any = [] if self.only_one else [one for some in answers for one in some]
        answer: R = next(iter(answers), none) if self.only_one else joined
        return answer


class Answer(Reaction):
    """A function that answers a question of another add-on."""

    @property
    def only_one(self) -> bool:
        return bool(self.verb.only_one)

    def call(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        return self.rule(*record, **form)


@overload
def question(
    *, first: Literal[True]
) -> Callable[[Callable[P, R | None]], Question[P, R | None]]: ...
@overload
def question(*, all: Literal[True]) -> Callable[[Callable[P, list[R]]], Question[P, list[R]]]: ...
def question(*, first: bool = False, all: bool = False) -> Any:  # noqa: A002 - as it is said
    """Make a stub `(…, ctx, *, …)` a question that other add-ons answer with `@answers`.

    `first`: one add-on answers, or nobody: the stub returns `Availability | None`. `all`: everybody
    who knows something says it: the stub returns `list[…]`, and all lists become one, what is
    depended on first. Where nobody answers it is None, or an empty list. What the stub itself does
    is never done.
    """
    if first is all:
        raise SetupError(
            "@question does not say how many may answer.",
            fix="write @question(first=True) for one answer, or @question(all=True) for a list.",
        )
    return lambda stub: Question(stub, first)


def answers(asked: Question[P, R], *, name: str = "") -> Callable[[Callable[P, R]], Reaction]:
    """Answer a question of another add-on, with the signature of its stub; see `hookspecs.py`."""

    def mark(rule: Callable[P, R]) -> Reaction:
        if not isinstance(asked, Question):
            raise SetupError(
                f"@answers of {getattr(rule, '__name__', rule)} names {asked!r}, which is no question.",
                fix="name a function that has @question above it.",
            )
        return Answer("answers", asked, rule, True, *placed("answers", asked, rule), called=name)

    return mark
