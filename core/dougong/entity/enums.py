"""Enumerations are kept as text that holds the name that the API shows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class EnumText(TypeDecorator[StrEnum]):
    """A member of a StrEnum, stored by its name in a text column with a CHECK."""

    impl = Text
    cache_ok = True

    def __init__(self, enum_class: type[StrEnum]) -> None:
        super().__init__()
        self.enum_class = enum_class

    @property
    def python_type(self) -> type[Any]:
        return self.enum_class

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        if value is None or isinstance(value, self.enum_class):
            return None if value is None else value.name
        return self.enum_class[str(value)].name

    def process_result_value(self, value: Any | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum_class[value]

    def process_literal_param(self, value: StrEnum | None, dialect: Dialect) -> str:
        return self.process_bind_param(value, dialect) or ""
