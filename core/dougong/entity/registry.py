"""One SQLAlchemy registry and one PostgreSQL schema for each add-on; nothing is shared."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Date, DateTime, Integer, MetaData, Text, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from dougong.db.naming import CONSTRAINT_NAMES
from dougong.entity.enums import EnumText
from dougong.errors import SetupError

PYTHON_TO_SQL: dict[Any, Any] = {
    str: Text(),
    int: Integer(),
    bool: Boolean(),
    date: Date(),
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB(none_as_null=True),
}
"""What a `Mapped[…]` annotation becomes. Decimal is missing on purpose: say its precision."""


@cache
def registry_of(schema: str) -> registry:
    """The registry of the add-on (or bridge, or core) that owns this PostgreSQL schema."""
    made = registry(
        metadata=MetaData(schema=schema, naming_convention=CONSTRAINT_NAMES),
        type_annotation_map=PYTHON_TO_SQL,
    )
    event.listen(made, "resolve_type_annotation", _enum_or_exact_decimal)
    return made


def _enum_or_exact_decimal(resolve: Any) -> EnumText | None:
    """Store enumerations as text; refuse a Decimal that does not say how exact it is."""
    python_type = resolve.resolved_type
    if isinstance(python_type, type) and issubclass(python_type, StrEnum):
        return EnumText(python_type)
    if python_type is Decimal:
        raise SetupError(
            f"{resolve.cls.__name__}.{resolve.key} is a Decimal without precision.",
            fix="write mapped_column(Numeric(18, 4)), or use Quantity or Money.",
        )
    return None
