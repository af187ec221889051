"""Hand-written types with a mistake each, for tests of what is refused."""

from enum import Enum

import strawberry

from dougong_shop import Customer


@strawberry.type
class Silent:
    number: int
    """A number."""


@strawberry.type
class Half:
    """Has a field that says nothing."""

    number: int


@strawberry.type
class Later:
    """Has a field that waits."""

    @strawberry.field
    async def number(self) -> int:
        """A number."""
        return 1


@strawberry.type
class Takes:
    """Has a field that takes a record."""

    @strawberry.field
    def number(self, of: Customer) -> int:
        """A number."""
        return of.id


@strawberry.type(name="Order")
class Clash:
    """Is called like an entity."""

    number: int
    """A number."""


@strawberry.interface
class Shape:
    """An interface."""

    number: int
    """A number."""


class Colour(Enum):
    """No StrEnum."""

    RED = 1


@strawberry.type
class Whole:
    """Nothing is wrong with it."""

    number: int
    """A number."""


@strawberry.type(name="Whole")
class OtherWhole:
    """Nothing but its name."""

    number: int
    """A number."""
