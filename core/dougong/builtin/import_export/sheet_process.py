"""The process that reads a workbook: writes each row of the first sheet as a line of JSON.

It imports nothing of Dougong, and may use so much memory and time only.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

MOST_MEMORY = 1 << 30
MOST_SECONDS = 300
LARGEST = 1 << 29
"""Bytes of all parts of a workbook, unpacked, as it says itself."""
MOST_COLUMNS = 1_000


class Unreadable(Exception):
    """Why a workbook is not read, in words."""


def limit() -> None:
    """Have the system end this process when it becomes too large or takes too long."""
    try:
        import resource
    except ImportError:  # Windows: only what the workbook says of itself is looked at
        return
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def rows(path: str) -> Iterator[list[str]]:
    """The rows of the first sheet, those before the first that holds something included."""
    try:
        with zipfile.ZipFile(path) as parts:
            size = sum(part.file_size for part in parts.infolist())
    except (zipfile.BadZipFile, OSError) as problem:
        raise Unreadable(f"it is no workbook ({problem})") from None
    if size > LARGEST:
        raise Unreadable(f"unpacked it has {size >> 20:,} MB, and {LARGEST >> 20} are read")
    from python_calamine import CalamineError, load_workbook

    try:
        sheet = load_workbook(path).get_sheet_by_index(0)
    except (CalamineError, OSError, IndexError) as problem:
        raise Unreadable(f"it is no workbook ({problem})") from None
    if sheet.total_width > MOST_COLUMNS:
        raise Unreadable(f"it has more than {MOST_COLUMNS:,} columns")
    above, left = sheet.start or (0, 0)
    yield from ([] for _ in range(above))
    for cells in sheet.iter_rows():
        yield [""] * left + [text_of(cell) for cell in cells]


def text_of(cell: Any) -> str:
    """A cell as text: exact numbers as they are shown, days and moments as ISO 8601 has them."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return f"{Decimal(format(cell, '.15g')):f}"
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case _:
            return str(cell)


def main() -> None:
    """Read the workbook that is named."""
    limit()
    try:
        for row in rows(sys.argv[1]):
            sys.stdout.write(json.dumps(row) + "\n")
    except Unreadable as problem:
        sys.stdout.write(json.dumps({"why": str(problem)}) + "\n")
    except MemoryError:
        sys.stdout.write(json.dumps({"why": "reading it takes too much memory"}) + "\n")


if __name__ == "__main__":
    main()
