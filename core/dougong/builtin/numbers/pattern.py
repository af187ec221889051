"""Patterns of numbers: `SO-{year}-{n:05}`, and the frame within which they count."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dougong.errors import Invalid

LONGEST = 40
PART = re.compile(r"\{(\w*)(?::0([1-9]))?\}")
DATES: Mapping[str, Callable[[date], str]] = {
    "year": lambda on: f"{on.year:04}",
    "quarter": lambda on: f"{(on.month + 2) // 3}",
    "month": lambda on: f"{on.month:02}",
    "day": lambda on: f"{on.day:02}",
}
NEEDED_BY = {"quarter": ("year",), "month": ("year",), "day": ("year", "month")}
UNIT = "unit"
COUNTER = "n"


@dataclass(frozen=True)
class Pattern:
    """What numbers look like. They count anew for each frame: what stands around the counter."""

    head: str
    tail: str
    width: int
    """How many digits the counter has at least."""

    @property
    def needs_unit(self) -> bool:
        """Whether each unit counts for itself."""
        return "{unit}" in self.head + self.tail

    def fits(self, text: str) -> bool:
        """Whether a text looks like one of its numbers."""
        shape = f"{_shape(self.head)}[0-9]{{{self.width},}}{_shape(self.tail)}"
        return re.fullmatch(shape, text) is not None

    def frame(self, on: date, unit: str | None) -> str:
        """What stands around the counter: `SO-2026-{n}`; all of one frame have one counter."""
        return f"{_filled(self.head, on, unit)}{{n}}{_filled(self.tail, on, unit)}"

    def number(self, n: int, on: date, unit: str | None) -> str:
        """The n-th number of its frame."""
        counted = f"{n:0{self.width}}"
        return f"{_filled(self.head, on, unit)}{counted}{_filled(self.tail, on, unit)}"


def _filled(text: str, on: date, unit: str | None) -> str:
    """Its parts replaced, each once: a unit's code is never taken for a part."""
    return PART.sub(lambda part: DATES[part[1]](on) if part[1] in DATES else unit or "", text)


def _shape(text: str) -> str:
    """What matches a text with its parts filled in."""
    left, shape = 0, ""
    for part in PART.finditer(text):
        digits = len(DATES[part[1]](date.min)) if part[1] in DATES else 0
        shape += re.escape(text[left : part.start()]) + (f"[0-9]{{{digits}}}" if digits else ".+")
        left = part.end()
    return shape + re.escape(text[left:])


@lru_cache(256)
def pattern_of(text: str) -> Pattern:
    """Read a pattern.

    Its parts: `{year}`, `{quarter}`, `{month}`, `{day}`, `{unit}` (the unit's code), and once `{n}`
    or `{n:05}`, the counter with at least so many digits. It counts anew for each year, month, and
    unit that it names. Raises Invalid for a pattern by which two numbers could be the same, or of
    which nobody could tell what it means.
    """
    if not text.isprintable() or text != text.strip() or len(text) > LONGEST:
        raise Invalid("pattern_too_long", most=LONGEST)
    parts = list(PART.finditer(text))
    names = [part[1] for part in parts]
    _check_parts(text, parts, names)
    counter = parts[names.index(COUNTER)]
    head, tail = text[: counter.start()], text[counter.end() :]
    _check_beside(head[-1:], tail[:1], head, tail, counter[2])
    return Pattern(head, tail, int(counter[2] or 1))


def _check_parts(text: str, parts: list[re.Match[str]], names: list[str]) -> None:
    known = (*DATES, UNIT, COUNTER)
    for part in parts:
        if part[1] not in known or (part[2] and part[1] != COUNTER):
            raise Invalid("pattern_part", part=part[0], known=", ".join(f"{{{k}}}" for k in known))
    if names.count(COUNTER) != 1:
        raise Invalid("pattern_counter")
    left = PART.sub("", text)
    if "{" in left or "}" in left:
        raise Invalid("pattern_braces")
    for name, needed in NEEDED_BY.items():
        missing = [one for one in needed if one not in names]
        if name in names and missing:
            raise Invalid("pattern_period", part=f"{{{name}}}", needs=f"{{{missing[0]}}}")


def _check_beside(before: str, after: str, head: str, tail: str, width: str | None) -> None:
    """The counter grows: what stands beside it must not be readable as a part of it."""
    unit_beside = head.endswith("{unit}") or tail.startswith("{unit}")
    date_beside = head.endswith("}") and not width
    if before.isdigit() or after.isdigit() or unit_beside or date_beside or tail.startswith("{"):
        raise Invalid("pattern_beside")
