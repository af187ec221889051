"""Nobody learns of guarded fields, or around cuts, units and loans: two worlds answer alike."""

from collections.abc import Iterator

import pytest
from guarded_company import SETS, guarded_company

from dougong.testing.databases import Databases
from dougong.testing.two_worlds import BRIEF, TwoWorlds

SEED = 1


@pytest.fixture(scope="module")
def two_worlds(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoWorlds]:
    made = TwoWorlds(guarded_company(databases), tmp_path_factory.mktemp("worlds"))
    made.renew(SEED)
    yield made
    made.pair.close()


def test_what_is_guarded_cut_or_lent_shows_in_no_answer(two_worlds: TwoWorlds) -> None:
    for place, some in enumerate(SETS):
        two_worlds.check(some, SEED + place, BRIEF[place % len(BRIEF)])

    assert two_worlds.broken == []
    assert two_worlds.invalid == {}
    assert two_worlds.asked["verdict"] > 0
