"""Two worlds that differ only in what somebody may not see, asked the same: nothing may show."""

from dougong.testing.two_worlds.answers import Leak
from dougong.testing.two_worlds.checker import (
    BRIEF,
    Effort,
    TwoWorlds,
    all_roles,
)
from dougong.testing.two_worlds.exceptions import CORE, Declared, read_exceptions
from dougong.testing.two_worlds.pair import Pair

__all__ = [
    "BRIEF",
    "CORE",
    "Declared",
    "Effort",
    "Leak",
    "Pair",
    "TwoWorlds",
    "all_roles",
    "read_exceptions",
]
