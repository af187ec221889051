"""What an add-on says of itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dougong.access.permissions import Grant


@dataclass(frozen=True)
class Run:
    """The right of an add-on to run another add-on's verb."""

    verb: Any

    def __str__(self) -> str:
        return f"run {self.verb.key}"


def run(verb: Any) -> Run:
    """Declare in a manifest's `may=` that the add-on's code runs another's step or action."""
    return Run(verb)


@dataclass(frozen=True)
class AddOn:
    """The manifest: the object that the entry point in group `dougong.addons` names.

    `needs` are the add-ons it cannot do without. `bridges` are the add-ons for which it has a
    sub-package `with_<other>`, active only while the other is installed. `may` lists what its
    code writes or runs that belongs to others; the install plan shows it.
    """

    name: str
    title: str
    needs: Sequence[str] = ()
    bridges: Sequence[str] = ()
    may: Sequence[Grant | Run] = ()


@dataclass(frozen=True)
class Bridge:
    """The manifest of a bridge: the object `bridge` in `with_<other>/__init__.py`."""

    title: str
    may: Sequence[Grant | Run] = ()


@dataclass(frozen=True)
class Part:
    """An add-on, a bridge or the core itself, as one generation has it."""

    name: str
    """Also the PostgreSQL schema: `crm`, `inventory__sales_order`, `dougong`."""
    package: str
    version: str
    title: str
    needs: tuple[str, ...]
    may: tuple[Grant | Run, ...] = ()

    @property
    def is_bridge(self) -> bool:
        """Whether it joins two add-ons."""
        return "__" in self.name
