"""The states of an entity, and the steps between them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from dougong.access.permissions import Permission
from dougong.builtin.workflows.settings import landing
from dougong.db.naming import schema_of
from dougong.entity.base import Entity
from dougong.entity.enums import EnumText
from dougong.errors import Invalid, Refused, SetupError
from dougong.verbs.verb import Verb

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute, Mapped

    from dougong.access.context import Context
    from dougong.builtin.workflows.limits import Limit

E = TypeVar("E", bound=Entity)
P = ParamSpec("P")
S = TypeVar("S", bound=StrEnum)


class Step(Verb[E, P, E]):
    """A verb that moves a record from one state to another; only steps write a state."""

    kind = "step"

    def __init__(
        self,
        workflow: Workflow[E, Any],
        rule: Callable[..., None],
        sources: tuple[StrEnum, ...],
        to: StrEnum,
        needs: Permission,
        not_by: tuple[Verb[E, ..., Any], ...] = (),
        reason: bool = False,
        limit: Limit[E] | None = None,
        many: bool = False,
        optional: bool = False,
    ) -> None:
        super().__init__(rule, needs)
        self.workflow = workflow
        self.sources = sources
        self.to = to
        self.not_by = not_by
        self.reason = reason
        self.limit = limit
        self.many = many
        self.optional = optional
        if reason and "reason" not in inspect.getfullargspec(rule).kwonlyargs:
            raise SetupError(
                f"{self.key} is a step with a reason, and its function does not take one.",
                fix=f"write def {self.name}(…, ctx: Context, *, reason: str).",
                where=(self,),
            )

    def filled_in(self, form: dict[str, Any]) -> dict[str, Any]:
        if not self.reason:
            return form
        reason = str(form.get("reason") or "").strip()
        if not reason:
            raise Invalid("reason_missing", at="reason", step=self)
        return {**form, "reason": reason}

    def body(self, record: Any, ctx: Context, form: dict[str, Any]) -> Any:
        before = self.workflow.state_of(record)
        self.follow_rule(record, ctx, form)
        if self.workflow.state_of(record) is not before:
            raise SetupError(
                f"The rule of {self.key} moved its record to another state by itself.",
                fix=f"leave that to the step: it moves the record to {self.to.name}.",
            )
        with ctx.moving(record):
            setattr(record, self.workflow.state_name, landing(self, record, ctx))
            ctx.session.flush()
        return record


class Workflow(Generic[E, S]):
    """How a record of one entity moves; `final` states need no way out.

    While records are in one of the states `running`, their add-on is removed by force only.
    `explained` says more to whoever tries a step that does not start from a record's state.
    """

    def __init__(
        self,
        entity: type[E],
        state: InstrumentedAttribute[S] | Mapped[S],
        *,
        final: Sequence[S] = (),
        running: Sequence[S] = (),
        explained: Callable[[E, object, Context], Refused | None] | None = None,
    ) -> None:
        self.entity = entity
        attribute: Any = state
        self.state_name: str = attribute.key
        column = entity.__table__.columns.get(self.state_name)
        if (
            attribute.class_ is not entity
            or column is None
            or not isinstance(column.type, EnumText)
        ):
            raise SetupError(
                f"{attribute} is no enumeration of {entity.__name__}, and so has no states.",
                fix=f"name a field of {entity.__name__} whose type is a StrEnum.",
            )
        self.final, self.running = tuple(final), tuple(running)
        self.explained = explained
        self.__module__ = entity.__module__
        default = column.default
        if default is None or not default.is_scalar:
            raise SetupError(
                f"{entity.__name__}.{self.state_name} does not say in which state a record starts.",
                fix=f"write {self.state_name}: … = mapped_column(default=…, init=False).",
                where=(entity,),
            )
        self.start: S = getattr(default, "arg")

    @property
    def addon(self) -> str:
        """The add-on that owns the states."""
        return schema_of(self.entity.__module__)

    def state_of(self, record: E) -> S:
        """The state that a record is in."""
        return getattr(record, self.state_name)  # type: ignore[no-any-return]

    def step(
        self,
        *sources: S,
        to: S,
        needs: Permission,
        not_by: tuple[Verb[E, ..., Any], ...] = (),
        reason: bool = False,
        limit: Limit[E] | None = None,
        many: bool = False,
        optional: bool = False,
    ) -> Callable[[Callable[Concatenate[E, Context, P], None]], Step[E, P]]:
        """Make a function the rule of a step from any of `sources` to `to`.

        `not_by` names verbs about the record whose performer may not do this one (separation of
        duties), such as another step or `Lead.create`. `reason` makes the field `reason` of its
        form obligatory; the event log keeps it. `limit` says up to which amount its permission
        is enough. `many`: the API also takes it with many records, with a result for each.
        `optional`: where an organisation switches it off, records pass it by; whatever step leads
        to where it starts leads on to where it ends.
        """
        return lambda rule: Step(
            self, rule, sources, to, needs, not_by, reason, limit, many, optional
        )
