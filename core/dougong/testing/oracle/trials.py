"""Trials: a served world with people of random roles, and as many examples as one wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given
from sqlalchemy import update

from dougong.access.principal import ANONYMOUS
from dougong.access.users import User
from dougong.testing.oracle.comparison import Difference
from dougong.testing.oracle.examples import Example, examples
from dougong.testing.oracle.oracle import Oracle
from dougong.testing.worlds import LiveWorld, Person

BOSS = "administrator"
MOST_SIMPLER = 300
"""How many simpler examples are tried once one has failed."""
NAMES = ("Ann", "ann", "斗 拱", "Zoë", 'O"Neill', "\\", "Ann", "🏯")


def oracle_of(world: LiveWorld) -> Oracle:
    """The oracle for a world that is served, with people in it; their roles are always the same."""
    generation = world.runtime.generation
    random = Random(1)  # noqa: S311 - not for secrets
    roles = sorted(
        name
        for name, role in generation.access.roles.items()
        if not (role.implied or role.everything)
    )
    people: dict[str, Person | None] = {
        BOSS: world.person("dougong.administrator", name="Boss"),
        "anonymous": None,
        "nobody": world.person(name="Nobody"),
    }
    for number, name in enumerate(NAMES):
        held = random.sample(roles, min(len(roles), 1 + number % 3))
        people[f"person {number}"] = _reading(
            "zh-CN" if number % 2 else "", world.person(*held, name=name)
        )
    _settle(world, people)

    def ask(who: str, document: str, variables: Mapping[str, Any]) -> bytes:
        found: bytes = world.post(document, people[who], **variables).content
        return found

    principals = {name: one.principal if one else ANONYMOUS for name, one in people.items()}
    return Oracle(generation, world.engine, principals, ask, BOSS)


def _reading(language: str, who: Person) -> Person:
    """The same, answered in a language."""
    return replace(who, principal=replace(who.principal, language=language))


def _settle(world: LiveWorld, people: Mapping[str, Person | None]) -> None:
    """Give users the same addresses and times in every run."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    with world.engine.begin() as connection:
        for place, one in enumerate(filter(None, people.values())):
            moment = start + timedelta(hours=place // 3)
            connection.execute(
                update(User.__table__)
                .where(User.__table__.c.id == one.principal.user_id)
                .values(
                    email=f"person{place}@x.example",
                    language=one.principal.language or None,
                    created_at=moment,
                    updated_at=moment,
                )
            )


def try_examples(
    oracle: Oracle,
    seed: int,
    count: int,
    *,
    shrink: bool = True,
) -> None:
    """Compare so many examples on the records that are there; the same for the same seed.

    Raises Difference for the simplest example in which the answers differ.
    """
    world = oracle.world()
    failed: set[str] = set()
    left = iter(range(MOST_SIMPLER))

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        report_multiple_bugs=False,
    )
    @given(example=examples(world))
    def the_planner_answers_as_the_plain_resolvers_do(example: Example) -> None:
        if failed and repr(example) not in failed and next(left, None) is None:
            return  # simple enough
        try:
            oracle.check(example)
        except Difference:
            failed.add(repr(example))
            raise

    the_planner_answers_as_the_plain_resolvers_do()
