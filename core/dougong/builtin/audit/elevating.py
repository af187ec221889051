"""Elevation is written down, also where nothing came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dougong.entity.base import Entity
from dougong.entity.model import key_of
from dougong.workflow.event_log import append

if TYPE_CHECKING:
    from dougong.access.asker import Asker


def log_elevation(ctx: Asker, addon: str, entities: Sequence[type[Entity]], reason: str) -> None:
    """Write down that an add-on's code read more than it may, and why."""
    append(
        ctx.session,
        verb="dougong.elevate",
        addon=addon,
        actor=(ctx.principal.user_id, ctx.principal.label),
        records=[None],
        at=ctx.now,
        form={"entities": [key_of(one) for one in entities], "reason": reason},
    )
