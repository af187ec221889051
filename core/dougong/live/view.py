"""Whose eyes a subscription sees with, and what decides what they see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dougong.access.principal import Principal
from dougong.entity.model import key_of
from dougong.graphql.plan.changes import ChangePlan

if TYPE_CHECKING:
    from dougong.generation import Generation


@dataclass(frozen=True)
class View:
    """Who looks, with which rights, at what is installed, and how that is read."""

    generation: Generation
    epoch: int
    who: Principal
    plan: ChangePlan

    @property
    def rights(self) -> tuple[frozenset[str], str]:
        """What of the asker decides which records are seen."""
        shape = self.generation.access.shape(self.who)
        return shape, self.who.structure if self.plan.on_units else ""

    @property
    def entities(self) -> frozenset[str]:
        """Whose records decide what is seen."""
        return frozenset((key_of(self.plan.entity), *(key for key, *_ in self.plan.affected)))
