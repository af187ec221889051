"""What an organisation has set for a step itself: the version that holds for a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import ScalarSelect, Text, cast, column, func, select, table

from dougong.access.permissions import Permission
from dougong.db.naming import CORE
from dougong.entity.base import Entity
from dougong.errors import Forbidden, Refused

if TYPE_CHECKING:
    from dougong.access.context import Context
    from dougong.workflow.workflow import Step


@dataclass(frozen=True)
class Setting:
    """One version of what an organisation has set for a step."""

    since: datetime
    switched_off: bool = False
    needs: str | None = None
    up_to: Mapping[str, str] | None = None

    @property
    def amounts(self) -> Mapping[str, Decimal] | None:
        """Up to which amounts it takes no more, by currency; None: those that were shipped."""
        if self.up_to is None:
            return None
        return {code: Decimal(amount) for code, amount in self.up_to.items()}


SHIPPED = Setting(datetime.min.replace(tzinfo=UTC))
"""Where nothing is set."""
COLUMNS = ("step", "created_at", "switched_off", "needs", "up_to")
Settings = Mapping[str, tuple[Setting, ...]]
"""All versions, by step, oldest first."""


class Authority(Protocol):
    """What is to be known of who asks, before a step of theirs."""

    @property
    def ctx(self) -> Context:
        """Who asks, and where."""
        ...

    @property
    def settings(self) -> Settings:
        """What the organisation has set."""
        ...

    def may(self, right: Permission) -> bool:
        """Whether roles that give the permission cover the record."""
        ...

    def holds(self, name: str) -> bool:
        """Whether they hold a permission, or a role, of this name."""
        ...


def settings_column() -> ScalarSelect[Any]:
    """All that is set, as one column of a statement; null where nothing is."""
    kept = table("step_setting", column("id"), *map(column, COLUMNS), schema=CORE)
    row = func.json_build_array(*(kept.c[name] for name in COLUMNS))
    return select(cast(func.json_agg(row), Text)).select_from(kept).scalar_subquery()


@lru_cache(4)
def settings_in(said: str | None) -> Settings:
    """What such a column says."""
    found: dict[str, list[Setting]] = {}
    for step, since, switched_off, needs, up_to in json.loads(said or "[]"):
        setting = Setting(datetime.fromisoformat(since), switched_off, needs, up_to)
        found.setdefault(step, []).append(setting)
    return {step: tuple(sorted(some, key=lambda one: one.since)) for step, some in found.items()}


def setting_for(settings: Settings, step: Step[Any, Any], record: Entity) -> Setting:
    """The version that held when the record was created."""
    then = [one for one in settings.get(step.key, ()) if one.since <= record.created_at]
    return then[-1] if then else SHIPPED


def landing(step: Step[Any, Any], record: Entity, ctx: Context) -> StrEnum:
    """Where a step leads a record: past the optional steps that are switched off for it."""
    state, settings = step.to, ctx.step_settings or {}
    if not any(one.switched_off for versions in settings.values() for one in versions):
        return state
    passed = [
        one
        for one in ctx.generation.steps_of(type(record))
        if one.optional and setting_for(settings, one, record).switched_off
    ]
    for _ in passed:
        state = next((one.to for one in passed if state in one.sources), state)
    return state


def withheld(step: Step[Any, Any], record: Any, authority: Authority) -> list[Refused]:
    """Why the organisation's settings, or the step's limit, do not let somebody do it."""
    setting = setting_for(authority.settings, step, record)
    if setting.switched_off:
        return [Refused("switched_off", step=step)]
    found: list[Refused] = []
    if setting.needs is not None and not authority.holds(setting.needs):
        found.append(Forbidden("needs_besides", step=step, needs=setting.needs))
    if step.limit is not None:
        with authority.ctx.acting_as(step.addon):  # whose code says what it is about
            exceeded = step.limit.exceeded(record, setting.amounts)
        if exceeded and not authority.may(step.limit.above):
            above = step.limit.above.name
            found.append(Forbidden("above_limit", step=step, permission=above))
    return found


def holds(ctx: Context, name: str) -> bool:
    """Whether the asker holds a permission, or a role, of this name; delegated ones count."""
    return any(
        role.everything
        or role.name == name
        or any(isinstance(one, Permission) and one.name == name for one in role.given)
        for role in ctx.generation.access.held(ctx.principal)
    )
