"""What an add-on declares with a function: a verb, a report, a computed field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from dougong.db.naming import schema_of
from dougong.entity.docs import first_sentence

ABOUT = re.compile(r"^ *(\w+): (\S.*(?:\n(?! *\w+: ) *\S.*)*)", re.MULTILINE)


class Declared:
    """The function's name, whose it is, and what its docstring says."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        self.addon = schema_of(function.__module__)
        self.__doc__ = function.__doc__
        self.__module__ = function.__module__

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """The name that is unique over all add-ons: `crm.qualify`."""
        return f"{self.addon}.{self.name}"

    @property
    def about(self) -> dict[str, str]:
        """What the docstring says of columns or arguments: `year: Which`, until the next or a gap."""
        said = ABOUT.findall(self.__doc__ or "")
        return {name: " ".join(text.split()) for name, text in said}

    @property
    def description(self) -> str | None:
        """What the docstring says first."""
        return first_sentence(self.__doc__)
