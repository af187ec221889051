"""Nobody learns of guarded fields, or around cuts, units and loans: two worlds answer alike."""

from collections.abc import Iterator

import pytest
from guarded_company import guarded_company

from dougong.testing.databases import Databases
from dougong.testing.two_worlds import Effort, TwoWorlds, all_roles

SEED = 1
EFFORTS = (
    Effort(2, sweeps=4, queries=1, mutations=3, judged=1, repeated=0, files=1, changes=0),
    Effort(
        2, sweeps=4, queries=1, mutations=2, judged=0, repeated=1, files=1, followed=2, changes=2
    ),
)
"""One role is asked with the first, the next one with the second."""
TOGETHER = (
    ("vault.keeper", "vault.reader"),
    ("vault.boss", "vault.outsider"),
    ("vault.clerk", "vault.seller"),
    ("appraisal.appraiser", "vault.leader"),
)
"""Roles that somebody holds besides others; `make fuzz WHAT=worlds` takes all."""


@pytest.fixture(scope="module")
def two_worlds(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoWorlds]:
    made = TwoWorlds(guarded_company(databases), tmp_path_factory.mktemp("worlds"))
    made.renew(SEED)
    yield made
    made.pair.close()


def test_what_is_guarded_cut_or_lent_shows_in_no_answer(two_worlds: TwoWorlds) -> None:
    single = [one for one in all_roles(two_worlds.generation) if one is None or len(one) < 2]

    for place, some in enumerate([*single, *TOGETHER]):
        two_worlds.check(some, SEED + place, EFFORTS[place % len(EFFORTS)])

    assert two_worlds.broken == []
    assert two_worlds.asked["verdict"] > 0
