"""Random sequences of install, use, remove and restore over all add-ons, always the same ones."""

import pytest

from dougong.testing.databases import Databases
from dougong.testing.life_cycles import lives_on, try_lives

ADDONS = ("party", "product", "crm", "sales_order", "inventory")
SEED, LIVES = 4, 3


@pytest.mark.xdist_group("life-cycles")
def test_add_ons_that_come_and_go_leave_the_database_as_a_fresh_one_and_all_rows_as_they_were(
    databases: Databases,
) -> None:
    lives = lives_on(databases, ADDONS)

    try_lives(lives, SEED, LIVES)

    assert all(lives.done[what] >= 2 for what in ("install", "use", "remove", "restore")), (
        lives.done
    )
