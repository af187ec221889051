"""Functions of one add-on that run before or after another's verb."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Literal, ParamSpec, TypeVar, overload

from dougong.db.naming import schema_of
from dougong.entity.base import Entity, Extension
from dougong.errors import Refused, SetupError

if TYPE_CHECKING:
    from sqlalchemy.orm.interfaces import ORMOption

    from dougong.access.context import Context
    from dougong.verbs.verb import Verb

Loads = tuple["ORMOption | type[Extension[Any]]", ...]
E = TypeVar("E", bound=Entity | None)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class Reaction:
    """A marked function; it listens only in generations in which its add-on is installed."""

    moment: str
    verb: Verb[Any, Any, Any]
    rule: Callable[..., Any]
    with_form: bool
    addon: str
    line: int
    loads: Loads = ()
    """What a guard wants loaded for a whole page of records."""

    @property
    def name(self) -> str:
        """Where it stands: `dougong_crm.hooks.fill_owner`."""
        return f"{self.rule.__module__}.{self.rule.__name__}"

    def run(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Call the function by position, with its add-on's rights."""
        with ctx.acting_as(self.addon):
            said = self.rule(record, ctx, **form) if self.with_form else self.rule(record, ctx)
        return said.said_by(self.addon) if isinstance(said, Refused) else said


def _react(
    moment: str,
    verb: Verb[Any, Any, Any],
    rule: Any,
    form: bool,
    loads: Loads = (),
) -> Reaction:
    from dougong.verbs.verb import Verb

    if not isinstance(verb, Verb):
        raise SetupError(
            f"@{moment} of {getattr(rule, '__name__', rule)} names {verb!r}, which is no verb.",
            fix="name a step, an action, or Lead.create, .update or .delete: @before(Lead.create).",
        )
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
    line = rule.__code__.co_firstlineno
    return Reaction(moment, verb, rule, form, schema_of(rule.__module__), line, loads)


@overload
def before(
    verb: Verb[E, P, R], *, form: Literal[False] = False
) -> Callable[[Callable[[E, Context], None]], Reaction]: ...
@overload
def before(
    verb: Verb[E, P, R], *, form: Literal[True]
) -> Callable[[Callable[Concatenate[E, Context, P], None]], Reaction]: ...
def before(verb: Verb[Any, Any, Any], *, form: bool = False) -> Callable[[Any], Reaction]:
    """Run a function before a verb; raise `Refused` to stop it. `form=True` passes its fields."""
    return lambda rule: _react("before", verb, rule, form)


@overload
def after(
    verb: Verb[E, P, R], *, form: Literal[False] = False
) -> Callable[[Callable[[E, Context], None]], Reaction]: ...
@overload
def after(
    verb: Verb[E, P, R], *, form: Literal[True]
) -> Callable[[Callable[Concatenate[E, Context, P], None]], Reaction]: ...
def after(verb: Verb[Any, Any, Any], *, form: bool = False) -> Callable[[Any], Reaction]:
    """Run a function after a verb, in its transaction. `form=True` passes the verb's fields."""
    return lambda rule: _react("after", verb, rule, form)


def guard(
    verb: Verb[E, P, R], *, loads: Loads = ()
) -> Callable[[Callable[[E, Context], Refused | None]], Reaction]:
    """Say why a verb is not possible for a record now, or None; it must not change anything.

    It is asked before the verb, and of a page of records for what the API shows as `actions`.
    `loads` says what the page shall load at once, so that no record does alone: options of
    SQLAlchemy and extensions, `loads=(selectinload(SalesOrder.lines), LeadScore)`.
    """
    return lambda rule: _react("guard", verb, rule, False, loads)
