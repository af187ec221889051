"""Two worlds that differ only in what somebody may not see, asked the same: nothing may show."""

from dougong.testing.two_worlds.answers import Leak
from dougong.testing.two_worlds.checker import (
    BRIEF,
    Effort,
    TwoWorlds,
    all_roles,
    roles_in_turn,
)
from dougong.testing.two_worlds.exceptions import DECLARED, Declared, read_exceptions
from dougong.testing.two_worlds.pair import Pair

__all__ = [
    "BRIEF",
    "DECLARED",
    "Declared",
    "Effort",
    "Leak",
    "Pair",
    "TwoWorlds",
    "all_roles",
    "read_exceptions",
    "roles_in_turn",
]
