"""What the business remembers: entities, extensions, links and kinds of fields."""

from dougong.entity.base import Entity, Extension
from dougong.entity.fields import (
    Email,
    Money,
    Phone,
    Quantity,
    RecordId,
    link,
    money,
    owned,
    sum_of,
)

__all__ = [
    "Email",
    "Entity",
    "Extension",
    "Money",
    "Phone",
    "Quantity",
    "RecordId",
    "link",
    "money",
    "owned",
    "sum_of",
]
