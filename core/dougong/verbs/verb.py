"""A verb: a typed object made from a function; calling it runs everything around the function."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Concatenate,
    Generic,
    ParamSpec,
    Protocol,
    TypeVar,
    get_args,
    get_type_hints,
)

from dougong.access.permissions import Permission
from dougong.entity.base import Entity
from dougong.errors import SetupError
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from dougong.access.context import Context


class Outside(Protocol):
    """What there is to work with before the transaction."""

    engine: Engine
    """For transactions of its own, in a thread."""
    reads: Any
    """For one statement that only reads: `await reads.fetchrow(sql, *arguments)`."""


First = Callable[..., Awaitable[Any]]
"""`(outside, asker, arguments)`: waits and works that must hold no transaction open."""
E = TypeVar("E")
P = ParamSpec("P")
R = TypeVar("R")

_SECRET = object()
Secret = Annotated[str, _SECRET]
"""A text in a verb's form, or in what it returns, that is used and forgotten: nothing keeps it."""


@dataclass(frozen=True)
class FormField:
    """One keyword-only parameter of a verb: an argument of its mutation."""

    name: str
    annotation: Any
    required: bool
    default: Any


class Verb(Declared, Generic[E, P, R]):
    """Something that can be done: a step, an action, or create / update / delete.

    `rule` is the bare function, for tests; calling the verb checks permission and state, runs
    the reactions of other add-ons around it, and writes its event.
    """

    kind = "verb"
    first: First | None = None
    """What is done before the transaction, in the event loop; its result is `ctx.found`."""
    lasting = False
    """Whether what `first` does stays, whatever comes of the transaction."""

    def __init__(self, rule: Callable[..., Any], needs: Permission | None) -> None:
        if inspect.iscoroutinefunction(rule):
            raise SetupError(
                f"{rule.__module__}.{rule.__qualname__} is async, but verbs run in a transaction.",
                fix="write it with def.",
            )
        self.rule = rule
        self.needs = needs
        super().__init__(rule)

    @cached_property
    def record_entity(self) -> type[Entity] | None:
        """The entity of the record that the verb is about; None where there is none."""
        first = self._record_parameter
        return None if first is None else self._hints[first]

    @cached_property
    def _record_parameter(self) -> str | None:
        names = list(inspect.signature(self.rule).parameters)
        if not names or (names[0] != "ctx" and "ctx" not in names[1:2]):
            raise SetupError(
                f"{self.key} does not take ctx as its first or second parameter.",
                fix=f"write def {self.name}(record: …, ctx: Context, *, …).",
            )
        return None if names[0] == "ctx" else names[0]

    @property
    def record_name(self) -> str:
        """The name of the parameter that takes the record."""
        return self._record_parameter or ""

    @cached_property
    def form(self) -> Mapping[str, FormField]:
        """The keyword-only parameters, which are the arguments of the mutation."""
        empty = inspect.Parameter.empty
        fields: dict[str, FormField] = {}
        for name, parameter in inspect.signature(self.rule).parameters.items():
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                required = parameter.default is empty
                default = None if required else parameter.default
                fields[name] = FormField(name, self._hints.get(name, str), required, default)
        return fields

    @cached_property
    def secret(self) -> frozenset[str]:
        """The fields of the form that its event leaves out."""
        return frozenset(
            n for n, field in self.form.items() if _SECRET in get_args(field.annotation)
        )

    @cached_property
    def gives_secret(self) -> bool:
        """Whether a field of what it returns is a Secret, to be shown once and kept nowhere."""
        if not dataclasses.is_dataclass(self.returns):
            return False
        hints = get_type_hints(self.returns, include_extras=True)
        return any(_SECRET in get_args(hint) for hint in hints.values())

    @cached_property
    def returns(self) -> Any:
        """What the function is annotated to return."""
        return self._hints.get("return")

    @cached_property
    def _hints(self) -> dict[str, Any]:
        from dougong.access.context import Context

        return get_type_hints(self.rule, localns={"Context": Context}, include_extras=True)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}>"

    def __call__(
        self: Verb[E, P, R], record: E, ctx: Context, /, *_: P.args, **form: P.kwargs
    ) -> R:
        """Do it, with everything around it.

        Raises Forbidden, WrongState, Conflict or another Refused; then nothing has changed once
        the transaction is rolled back.
        """
        from dougong.verbs.perform import perform

        return perform(self, record, ctx, dict(form))  # type: ignore[no-any-return]

    def filled_in(self, form: dict[str, Any]) -> dict[str, Any]:
        """The form as the rule and the reactions get it; raises Invalid where it is not enough."""
        return form

    def body(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Follow the rule; kinds of verbs add what makes them what they are."""
        return self.follow_rule(record, ctx, form)

    def follow_rule(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        """Run the bare rule, or what another add-on has instead of it."""
        moments = ctx.generation.moments
        if moments.listeners(self, "instead_of"):
            return next(iter(moments.tell("instead_of", self, record, ctx, form)), None)
        given = (ctx,) if self._record_parameter is None else (record, ctx)
        return self.rule(*given, **form)


Rule = Callable[Concatenate[E, "Context", P], R]
