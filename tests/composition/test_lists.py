"""Lists of everything that is installed together, the bridges' too."""

from collections.abc import Callable

from dougong.addons.discovery import available
from dougong.testing import LiveWorld
from dougong.testing.lists import check_lists


def test_every_list_takes_one_statement_however_long_it_is(
    live_world: Callable[..., LiveWorld],
) -> None:
    check_lists(live_world(*available()))
