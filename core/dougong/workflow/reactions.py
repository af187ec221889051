"""Functions of one add-on that run before, around, instead of, after or long after another's verb."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Generic,
    Literal,
    ParamSpec,
    TypeVar,
    overload,
)

from sqlalchemy.orm import QueryableAttribute

from dougong.db.naming import schema_of
from dougong.entity.base import Entity, Extension
from dougong.errors import Refused, SetupError

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.builtin.jobs.job import Job
    from dougong.verbs.verb import Verb

Link = QueryableAttribute[Any]
Loads = tuple[Link | tuple[Link, ...] | type[Extension[Any]], ...]
E = TypeVar("E", bound=Entity | None)
P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, eq=False)
class Reaction:
    """A marked function; it listens only in generations in which its add-on is installed."""

    moment: str
    verb: Any
    """What it reacts to: a verb, or the question that it answers."""
    rule: Callable[..., Any]
    with_form: bool
    addon: str
    line: int
    loads: Loads = ()
    """What a guard wants loaded for a whole page of records."""
    called: str = ""
    together: bool = False
    """Whether it takes all records that are stored together, as a list."""

    @property
    def name(self) -> str:
        """What it is called, or where it stands: `dougong_crm.hooks.fill_owner`."""
        if self.called:
            return f"{self.addon}.{self.called}"
        return f"{self.rule.__module__}.{self.rule.__name__}"

    @property
    def place(self) -> str:
        """What only one reaction is called."""
        return f"{self.name}:{self.moment}:{self.verb.key}"

    @cached_property
    def job(self) -> Job:
        """What an `after_commit` does, later."""
        from dougong.builtin.jobs.afterwards import Afterwards

        return Afterwards(self)

    @property
    def only_one(self) -> bool:
        """Whether nobody else may react so to the same verb."""
        return self.moment == "instead_of"

    def run(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Call the function by position, with its add-on's rights; for a list for each, or once."""
        several, said = record if isinstance(record, list) else [record], None
        with ctx.acting_as(self.addon):
            for one in [several] if self.together else several:
                said = self.call(one, ctx, form)
        return said.said_by(self.addon) if isinstance(said, Refused) else said

    def call(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Call the function as it is."""
        return self.rule(record, ctx, **form) if self.with_form else self.rule(record, ctx)

    def around(
        self, record: Any, ctx: Context, form: dict[str, Any]
    ) -> AbstractContextManager[None]:
        """What a `wrap` does before its `yield` and after it."""
        return contextmanager(self.call)(record, ctx, form)


def placed(moment: str, verb: Any, rule: Any) -> tuple[str, int]:
    """The add-on and the line of a function that can react; raises SetupError for another."""
    if inspect.iscoroutinefunction(rule):
        raise SetupError(
            f"{rule.__module__}.{rule.__name__} is async, but reactions run in a transaction.",
            fix="write it with def.",
        )
    if not inspect.isfunction(rule):
        raise SetupError(
            f"@{moment} of {verb.key} stands on {rule!r}, which is no function.",
            fix="write one function for each verb and moment, and call what they share.",
        )
    if (moment == "wrap") is not inspect.isgeneratorfunction(rule):
        raise SetupError(
            f"{rule.__module__}.{rule.__name__} is @{moment} of {verb.key}, and "
            + ("has no yield." if moment == "wrap" else "has a yield."),
            fix="write `yield` where the verb's own rule shall run, in a @wrap and nowhere else.",
        )
    return schema_of(rule.__module__), rule.__code__.co_firstlineno


def _react(moment: str, verb: Any, rule: Any, form: bool, name: str, loads: Loads = ()) -> Reaction:
    from dougong.verbs.crud import CrudVerb
    from dougong.verbs.verb import Verb

    if not isinstance(verb, Verb):
        raise SetupError(
            f"@{moment} of {getattr(rule, '__name__', rule)} names {verb!r}, which is no verb.",
            fix="name a step, an action, or Lead.create, .update or .delete: @before(Lead.create).",
        )
    if moment == "instead_of" and isinstance(verb, CrudVerb):
        raise SetupError(
            f"{getattr(rule, '__name__', rule)} stands instead of {verb.key}, which has no rule.",
            fix="react before it or after it; a Refused stops it.",
        )
    made = Reaction(moment, verb, rule, form, *placed(moment, verb, rule), loads, name)
    if moment == "after_commit":
        _ = made.job
    return made


class Moment(Generic[S]):
    """The decorator of a moment; S is what its functions return."""

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __call__(
        self, verb: Verb[E, P, R], *, form: Literal[False] = False, name: str = ""
    ) -> Callable[[Callable[[E, Context], S]], Reaction]: ...
    @overload
    def __call__(
        self, verb: Verb[E, P, R], *, form: Literal[True], name: str = ""
    ) -> Callable[[Callable[Concatenate[E, Context, P], S]], Reaction]: ...
    @overload
    def __call__(
        self, verb: Verb[E, [], E], *, together: Literal[True], name: str = ""
    ) -> Callable[[Callable[[Sequence[E], Context], S]], Reaction]: ...
    def __call__(
        self, verb: Any, *, form: bool = False, together: bool = False, name: str = ""
    ) -> Callable[[Any], Reaction]:
        """Make a function `(record, ctx)` a reaction; `form=True` passes the verb's fields too.

        `together=True`: `(records, ctx)`, those that are created together. `name` is what traces
        call it; without one, where it stands. Raises SetupError.
        """
        return lambda rule: replace(_react(self.name, verb, rule, form, name), together=together)


before = Moment[None]("before")
"""Run a function before a verb; raise `Refused` to stop it: `@before(verb)`.

`form=True` passes the fields of the verb's form; `name=` is what traces call it; with
`together=True` of a create, it takes a list of all records that are created together.
"""

after = Moment[None]("after")
"""Run a function after a verb, in its transaction: `@after(verb)`.

`form=True` passes the fields of the verb's form; `name=` is what traces call it; with
`together=True` of a create, it takes a list of all records that are created together.
"""

after_commit = Moment[None]("after_commit")
"""Run a function once a verb is committed, as a job: `@after_commit(verb)`.

`form=True` passes the fields of the verb's form, as they can wait; `name=` is what traces call it.
"""

wrap = Moment[Iterator[None]]("wrap")
"""Run a function around a verb's own rule, which runs where it says `yield`: `@wrap(verb)`.

`form=True` passes the fields of the verb's form; `name=` is what traces call it.
"""


@overload
def instead_of(
    verb: Verb[E, P, R], *, form: Literal[False] = False, name: str = ""
) -> Callable[[Callable[[E, Context], R | None]], Reaction]: ...
@overload
def instead_of(
    verb: Verb[E, P, R], *, form: Literal[True], name: str = ""
) -> Callable[[Callable[Concatenate[E, Context, P], R | None]], Reaction]: ...
def instead_of(
    verb: Verb[Any, Any, Any], *, form: bool = False, name: str = ""
) -> Callable[[Any], Reaction]:
    """Run a function instead of a verb's own rule; it returns what the verb returns.

    Everything around the rule stays: permission, guards, the state that a step leads to, the
    event. Two for one verb are refused at install.
    """
    return lambda rule: _react("instead_of", verb, rule, form, name)


def guard(
    verb: Verb[E, P, R], *, loads: Loads = (), name: str = ""
) -> Callable[[Callable[[E, Context], Refused | None]], Reaction]:
    """Say why a verb is not possible for a record now, or None; it must not change anything.

    It is asked before the verb, and of a page of records for what the API shows as `actions`.
    `loads` says what the page shall load at once, so that no record does alone: links, links of
    links, and extensions, `loads=(SalesOrder.lines, (SalesOrder.party, Party.parent), LeadScore)`.
    """
    return lambda rule: _react("guard", verb, rule, False, name, loads)
