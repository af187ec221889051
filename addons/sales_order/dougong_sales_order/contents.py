"""What an order says, apart from notes: what reviews are bound to."""

import hashlib
import json
from decimal import Decimal
from enum import Enum
from typing import Any

from dougong_sales_order.entities import SalesOrder, SalesOrderLine

FREE = frozenset({"carrier", "intent_at", "note", "owner_id", "promised_on", "salesperson"})
"""What may change without a new review. Everything else that people write is content."""


def said_in(record: SalesOrder | SalesOrderLine) -> dict[str, Any]:
    """What people have written into an order's header, or into a line, but for notes."""
    fields = type(record).__dataclass_fields__
    names = [column.key for column in type(record).__table__.columns if column.key not in FREE]
    written = [
        name
        for name in names
        if (known := fields.get(name.removesuffix("_id")) or fields.get(name)) and known.init
    ]
    return {name: _plain(getattr(record, name)) for name in written}


def content_hash(order: SalesOrder) -> str:
    """The SHA-256 of what an order says, lines in the order in which they were written."""
    lines = sorted(order.lines, key=lambda line: line.id)
    said = {"order": said_in(order), "lines": [said_in(line) for line in lines]}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case Enum():
            return value.name
        case None | str() | int():
            return value
        case _:
            return str(value)
