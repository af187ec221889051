"""Random sequences of install, use, remove and restore over all add-ons, always the same ones."""

from typing import Any

import pytest
from sqlalchemy import text

from dougong.testing.databases import Databases
from dougong.testing.life_cycles import lives_on, try_lives

ADDONS = ("party", "product", "crm", "sales_order", "inventory")
SEED, LIVES = 2, 3


@pytest.mark.xdist_group("life-cycles")
def test_add_ons_that_come_and_go_leave_the_database_as_a_fresh_one_and_all_rows_as_they_were(
    databases: Databases,
) -> None:
    lives = lives_on(databases, ADDONS)

    try_lives(lives, SEED, LIVES)

    did = ("install", "use", "remove", "keep", "restore")
    assert all(lives.done[what] >= 1 for what in did), lives.done


class First:
    """Draws the first of what there is."""

    def draw(self, strategy: Any) -> Any:
        return strategy.elements[0]


@pytest.mark.xdist_group("life-cycles")
@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("update party.party set version = version % 1000 + 1", "party.party lost"),
        ("insert into party.contact (party_id, name) select id, 'x' from party.party", "also has"),
        ("create index strange on party.party (version)", "catalogue: missing"),
    ],
)
def test_a_row_or_an_index_that_should_not_be_there_is_noticed(
    databases: Databases, tampering: str, says: str
) -> None:
    life: Any = lives_on(databases, ["party"])()
    life.install(data=First())
    life.use(number=1)
    rows = life._rows()
    life._check("use", rows)

    with life.engine.begin() as connection:
        connection.execute(text(tampering))

    with pytest.raises(AssertionError, match=says):
        life._check("use", rows)
    life.teardown()
