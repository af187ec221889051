"""A calendar, people, and a clock on the wall that tests set."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from dougong import Context
from dougong.access.principal import Principal
from dougong.testing import World
from dougong_flow import Calendar, Definition, DefinitionVersion
from dougong_flow.actions import bring_calendars
from dougong_flow.entities import ServedParty


@dataclass
class Office:
    """What the tests of the flow act in; `now` is what the clock shows."""

    world: World
    people: dict[str, Principal] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime(2026, 2, 13, 9, tzinfo=UTC))

    def by(self, role: str, name: str | None = None) -> Context:
        """The context of somebody in a role; the same person for the same role and name."""
        called = name or role
        if called not in self.people:
            self.people[called] = self.world.person(f"flow.{role}", name=called)
        return Context(self.world.generation, self.world.session, self.people[called], self.now)

    def calendar(self, key: str = "CN-2026") -> Calendar:
        ctx = self.by("planner")
        if not ctx.find(Calendar):
            bring_calendars(ctx)
        return ctx.find(Calendar, Calendar.key == key)[0]

    def definition(self, *bodies: Any, **said: Any) -> Definition:
        """A definition, with a draft for each body."""
        said = {"purpose": "To be done well", "serves": ServedParty.INTERNAL, **said}
        ctx = self.by("designer")
        definition = Definition(key=f"test.{len(ctx.find(Definition))}", name="Test", **said)
        ctx.create(definition)
        for body in bodies:
            ctx.create(DefinitionVersion(definition=definition, body=body))
        return definition


@pytest.fixture
def office(world: Callable[..., World]) -> Office:
    return Office(world("flow"))
