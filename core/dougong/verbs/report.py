"""Questions that one SELECT answers; its columns are the fields of the answer's rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select

from dougong.access.permissions import Permission
from dougong.verbs.declared import Declared

if TYPE_CHECKING:
    from dougong.access.context import Context


class Report(Declared):
    """A noun that is read: the row rules of whoever asks are applied to every table in it."""

    def __init__(
        self, build: Callable[[Context], Select[*tuple[Any, ...]]], needs: Permission
    ) -> None:
        self.build = build
        self.needs = needs
        super().__init__(build)


def report(
    *, needs: Permission
) -> Callable[[Callable[[Context], Select[*tuple[Any, ...]]]], Report]:
    """Make a function that returns a SELECT with labelled columns a field of Query."""
    return lambda build: Report(build, needs)
