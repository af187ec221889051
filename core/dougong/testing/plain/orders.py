"""`orderBy`, cursors and pages in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from dougong.entity.model import Field, ToOne
from dougong.graphql.inputs import Direction
from dougong.graphql.types import PAGE_SIZE
from dougong.testing.plain.conditions import comparable
from dougong.testing.plain.records import Seen

Place = tuple[Any, ...]
"""What a record is ordered by: its value for each key of the order."""


@dataclass(frozen=True)
class Key:
    """One level of an order: the fields on the way to the value, and the direction."""

    names: tuple[str, ...]
    direction: Direction


def keys_of(asked: Sequence[Any] | None) -> tuple[Key, ...]:
    """An order's levels; the id decides in the end, in the direction of the level before."""
    keys = [_key(one) for one in asked or ()]
    if ("id",) not in [key.names for key in keys]:
        descends = bool(keys) and keys[-1].direction.name.startswith("DESC")
        keys.append(Key(("id",), Direction.DESC if descends else Direction.ASC))
    return tuple(keys)


def _key(asked: Mapping[str, Any]) -> Key:
    names: tuple[str, ...] = ()
    wanted: Any = asked
    while isinstance(wanted, Mapping):
        ((name, wanted),) = wanted.items()
        names = (*names, name)
    return Key(names, wanted)


def place_of(seen: Seen, record: Any, keys: Sequence[Key]) -> Place:
    """Where a record stands."""
    return tuple(_value(seen, record, key.names) for key in keys)


def _value(seen: Seen, record: Any, names: Sequence[str]) -> Any:
    name, *rest = names
    if record is None:
        return None
    if name == "id":
        return record.id
    member = seen.member(type(record), name)
    if isinstance(member, ToOne):
        return _value(seen, seen.linked(record, member), rest)
    assert isinstance(member, Field)
    value = seen.value(record, member)
    return comparable(value[rest[0]] if rest and value is not None else value)


class Line:
    """Records in a line, each with its place."""

    def __init__(self, seen: Seen, records: Sequence[Any], keys: Sequence[Key]) -> None:
        self._seen = seen
        self._keys = keys
        placed = [(place_of(seen, record, keys), record) for record in records]
        seen.records.rank(one for place, _ in placed for one in place if isinstance(one, str))
        self.placed: list[tuple[Place, Any]] = sorted(placed, key=cmp_to_key(self._compare_placed))

    def _compare_placed(self, one: tuple[Place, Any], other: tuple[Place, Any]) -> int:
        return self.compare(one[0], other[0])

    def compare(self, one: Place, other: Place) -> int:
        """Below zero where one comes before the other."""
        for key, a, b in zip(self._keys, one, other, strict=True):
            if a != b:
                return self._compare(key.direction, a, b)
        return 0

    def _compare(self, direction: Direction, a: Any, b: Any) -> int:
        if a is None or b is None:
            first = direction in NULLS_FIRST
            return -1 if (a is None) == first else 1
        if isinstance(a, str):
            rank = self._seen.records.rank((a, b))
            a, b = rank[a], rank[b]
        smaller_first = direction not in DESCENDING
        return -1 if (a < b) == smaller_first else 1


DESCENDING = (Direction.DESC, Direction.DESC_NULLS_FIRST, Direction.DESC_NULLS_LAST)
NULLS_FIRST = (Direction.DESC, Direction.ASC_NULLS_FIRST, Direction.DESC_NULLS_FIRST)


class Cursors:
    """Cursors that were given out, and the places that they stand for."""

    def __init__(self) -> None:
        self._texts: dict[Any, str] = {}
        self._places: dict[str, tuple[Any, Place]] = {}

    def text(self, of: str, keys: Sequence[Key], place: Place) -> str:
        """The cursor of a place in an order of the list `of`, as in `Query.leads`."""
        line = (of, tuple(keys))
        text = self._texts.setdefault((line, place), f"plain:{len(self._texts)}")
        self._places[text] = (line, place)
        return text

    def place(self, text: str, of: str, keys: Sequence[Key]) -> Place | None:
        """The place that a cursor of this list and order stands for; None where it is none."""
        line, place = self._places.get(text, (None, None))
        return place if line == (of, tuple(keys)) else None


@dataclass(frozen=True)
class Page:
    """A part of a line, and whether there is more on its sides."""

    placed: Sequence[tuple[Place, Any]]
    has_previous: bool
    has_next: bool


def page_of(line: Line, arguments: Mapping[str, Any], bounds: Mapping[str, Place]) -> Page:
    """The page that is asked for; `bounds` are the places of the cursors.

    There is more on a side when the page was cut there, or when the cursor of that side leaves
    something out.
    """
    after, before = bounds.get("after"), bounds.get("before")
    too_early = [p for p in line.placed if after is not None and line.compare(p[0], after) <= 0]
    too_late = [p for p in line.placed if before is not None and line.compare(p[0], before) >= 0]
    left = [p for p in line.placed if p not in too_early and p not in too_late]
    last, first = arguments.get("last"), arguments.get("first")
    if last is not None:
        kept = left[max(0, len(left) - last) :]
        return Page(kept, bool(too_early) or len(kept) < len(left), bool(too_late))
    kept = left[: PAGE_SIZE if first is None else first]
    return Page(kept, bool(too_early), bool(too_late) or len(kept) < len(left))
