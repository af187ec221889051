"""Trials: a served world with people of random roles, and as many examples as one wants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given

from dougong.access.principal import ANONYMOUS
from dougong.testing.oracle.comparison import Difference
from dougong.testing.oracle.examples import Example, examples
from dougong.testing.oracle.oracle import Oracle
from dougong.testing.oracle.people import BOSS, settle
from dougong.testing.worlds import LiveWorld

MOST_SIMPLER = 300
"""How many simpler examples are tried once one has failed."""


def oracle_of(world: LiveWorld) -> Oracle:
    """The oracle for a world that is served, with people in it; their roles are always the same."""
    people = settle(world)

    def ask(who: str, document: str, variables: Mapping[str, Any]) -> bytes:
        found: bytes = world.post(document, people[who], **variables).content
        return found

    principals = {name: one.principal if one else ANONYMOUS for name, one in people.items()}
    return Oracle(world.runtime.generation, world.engine, principals, ask, BOSS)


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
