"""Jobs: what an add-on does later, by itself, in a transaction of its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, get_args, get_type_hints, overload

import msgspec

from dougong.entity.base import Entity
from dougong.errors import SetupError
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from dougong.access.context import Context

RETRIES = 5
"""How often a job that failed is tried again, unless it says otherwise."""


class Field(NamedTuple):
    """One keyword-only parameter of a job."""

    name: str
    kind: Any
    entity: type[Entity] | None
    required: bool


class JobRule(Protocol):
    """`(ctx, *, fields)`."""

    __name__: str
    __module__: str

    def __call__(self, ctx: Context, /, **form: Any) -> None: ...


class Job(Declared):
    """A function that is called once for each time that it was asked for (`ctx.later`).

    It acts as its add-on, for nobody: `ctx.me` is None. Its fields may be text, numbers, dates,
    enumerations, lists of these, and records, which are read anew when it runs.
    """

    def __init__(self, rule: Callable[..., None], retries: int, cron: str | None = None) -> None:
        """`cron` is when it is asked for by the clock, in UTC."""
        super().__init__(rule)
        if inspect.iscoroutinefunction(rule):
            raise SetupError(
                f"{rule.__module__}.{rule.__name__} is async, but jobs run in a transaction.",
                fix="write it with def.",
                where=(self,),
            )
        self.rule = rule
        self.retries = retries
        self.cron = cron

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """What the job is told, by name.

        Raises SetupError for a signature that is not `(ctx, *, fields)` and for what cannot be
        kept until it runs.
        """
        from dougong.access.context import Context

        hints = get_type_hints(self.rule, localns={"Context": Context}, include_extras=True)
        first, *others = inspect.signature(self.rule).parameters.values()
        if first.name != "ctx" or any(one.kind is not one.KEYWORD_ONLY for one in others):
            raise self._wrong("does not take (ctx, *, fields)", "write def …(ctx: Context, *, …).")
        return {one.name: self.field(one, hints.get(one.name, str)) for one in others}

    def field(self, parameter: inspect.Parameter, kind: Any) -> Field:
        """One parameter; raises SetupError for what cannot be kept."""
        members = [one for one in get_args(kind) if one is not type(None)] or [kind]
        entity = members[0] if len(members) == 1 and _is_entity(members[0]) else None
        if entity is None:
            try:
                msgspec.json.schema(kind)
            except TypeError:
                raise self._wrong(
                    f"is told {parameter.name}: {kind}, which cannot be kept until it runs",
                    "pass text, numbers, dates, records, or lists of numbers.",
                ) from None
        return Field(parameter.name, kind, entity, parameter.default is parameter.empty)

    def _wrong(self, what: str, fix: str) -> SetupError:
        return SetupError(f"The job {self.key} {what}.", fix=fix, where=(self,))

    def kept(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """What it is told, as JSON that waits for it.

        Raises SetupError for a field that it has not, lacks, or that is of another type.
        """
        missing = [f.name for f in self.fields.values() if f.required and f.name not in form]
        unknown = [name for name in form if name not in self.fields]
        if missing or unknown:
            said = f"lacks {', '.join(missing)}" if missing else f"has no {', '.join(unknown)}"
            raise self._wrong(said, f"it takes {', '.join(self.fields) or 'nothing but ctx'}.")
        return {name: self._kept(self.fields[name], value) for name, value in form.items()}

    def _kept(self, field: Field, value: Any) -> Any:
        if field.entity is not None:
            if isinstance(value, field.entity) and value.id is not None:
                return value.id
            if value is None and type(None) in get_args(field.kind):
                return None
            raise self._wrong(
                f"is told {field.name}={value!r}, which is no stored {field.entity.__name__}",
                "pass the record itself, after ctx.create.",
            )
        plain = msgspec.to_builtins(value)
        self._read(field, plain)
        return plain

    def _read(self, field: Field, plain: Any) -> Any:
        try:
            return msgspec.convert(plain, field.kind)
        except msgspec.ValidationError as problem:
            raise self._wrong(f"is told {field.name}: {problem}", "pass what it says.") from None

    def told(self, ctx: Context, kept: Mapping[str, Any]) -> dict[str, Any]:
        """What it is called with; raises Refused (`not_found`) for a record that is gone."""
        form: dict[str, Any] = {}
        for name, value in kept.items():
            field = self.fields[name]
            if field.entity is not None and value is not None:
                form[name] = ctx.get(field.entity, value)
            else:
                form[name] = self._read(field, value)
        return form

    def run(self, ctx: Context, kept: Mapping[str, Any]) -> None:
        """Do it; raises what the function raises."""
        self.rule(ctx, **self.told(ctx, kept))


def _is_entity(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Entity)


@overload
def job(rule: Callable[..., None], /) -> Job: ...
@overload
def job(*, retries: int = RETRIES) -> Callable[[Callable[..., None]], Job]: ...
def job(rule: Callable[..., None] | None = None, /, *, retries: int = RETRIES) -> Any:
    """Make a function `(ctx, *, fields)` something that `ctx.later` asks for.

    What it writes is written once, however often it is tried. After a failure it is tried again
    `retries` times: after 10 seconds, 40, about 3 minutes, 11, 43, and then every hour.
    """
    if rule is not None:
        return Job(rule, RETRIES)
    return lambda rule: Job(rule, retries)


def every(cron: str, *, retries: int = RETRIES) -> Callable[[Callable[[Context], None]], Job]:
    """Have a function `(ctx)` run by the clock: five fields of cron, in UTC.

    However many workers there are it runs once each time, and never twice at the same time. Of the
    times that were missed while nobody worked it runs once, for the last.
    Raises SetupError for what is no such time.
    """
    from croniter import croniter

    def made(rule: Callable[[Context], None]) -> Job:
        one = Job(rule, retries, cron)
        if len(cron.split()) != 5 or not croniter.is_valid(cron):
            said = f"{one.key} runs every “{cron}”, which is no time."
            raise SetupError(said, fix='write five fields, as in "0 2 * * *".', where=(one,))
        return one

    return made
