"""Lists that are there because add-ons meet: each add-on's own contract asks for the others."""

from collections.abc import Callable

from dougong.addons.discovery import available
from dougong.db.naming import host_of
from dougong.generation import Generation
from dougong.testing import LiveWorld
from dougong.testing.lists import ListField, check_lists


def test_every_list_takes_one_statement_however_long_it_is(
    live_world: Callable[..., LiveWorld],
) -> None:
    check_lists(live_world(*available()), _meets)


def _meets(generation: Generation, some: ListField) -> bool:
    """Whether a list has something that no add-on brings by itself."""
    extended = generation.extensions.get(some.entity, ())
    parts = [some.entity, *([some.owner] if some.owner else []), *extended]
    return any(host_of(part.__addon__) != part.__addon__ for part in parts) or len(extended) > 1
