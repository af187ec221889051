"""Choices, taken one after the other from bytes that Hypothesis draws and makes simpler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Choices; zeros, and nothing more to take, are the simplest: no, the lowest, the first."""

    def __init__(self, drawn: bytes) -> None:
        self._left = iter(drawn)

    def chance(self, percent: int) -> bool:
        """Yes in so many cases of a hundred."""
        return self.number(0, 99) >= 100 - percent

    def number(self, lowest: int, highest: int) -> int:
        """A whole number, both ends included."""
        span = highest - lowest + 1
        drawn, room = next(self._left, 0), 256
        while room < 4 * span:
            drawn, room = drawn * 256 + next(self._left, 0), room * 256
        return lowest + drawn * span // room

    def one(self, some: Sequence[T]) -> T:
        """One of several."""
        return some[self.number(0, len(some) - 1)]

    def several(self, some: Sequence[T], most: int) -> list[T]:
        """At least one and at most so many of several, none twice."""
        left = list(some)
        count = self.number(1, max(1, min(most, len(left))))
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(min(count, len(left)))]
