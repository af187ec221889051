"""Tables written row by row: CSV for every program, XLSX for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from dougong.builtin.import_export.guarding import guarded
from dougong.errors import Refused

MOST_ROWS = 1_048_575
"""Below the header, in a workbook."""
LONGEST_CELL = 32_767
EXACT = 15
"""Digits that a spreadsheet keeps of a number."""
Write = Callable[[Sequence[Any]], None]


@contextmanager
def table_writer(part: Path, named: Path, header: Sequence[str]) -> Iterator[Write]:
    """Something that writes rows of texts, numbers and days; None is an empty cell.

    Raises Refused for a kind of file that it does not know, and for what does not fit into it.
    """
    writers = {".csv": _csv_writer, ".xlsx": _xlsx_writer}
    writer = writers.get(named.suffix.lower())
    if writer is None:
        raise Refused("unknown_kind", file=named.name)
    with writer(part, [guarded(one) for one in header]) as write:
        yield write


@contextmanager
def _csv_writer(path: Path, header: Sequence[str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(header)

        def write(row: Sequence[Any]) -> None:
            sheet.writerow([f"{one:f}" if isinstance(one, Decimal) else one for one in row])

        yield write


@contextmanager
def _xlsx_writer(path: Path, header: Sequence[str]) -> Iterator[Write]:
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
        count = 0

        def write(row: Sequence[Any]) -> None:
            nonlocal count
            count += 1
            if count > MOST_ROWS:
                raise Refused("too_many_rows", most=MOST_ROWS)
            for column, value in enumerate(row):
                match value:
                    case None:
                        pass
                    case Decimal() if len(value.as_tuple().digits) <= EXACT:
                        sheet.write_number(count, column, float(value))
                    case date():
                        sheet.write_datetime(count, column, datetime.combine(value, time()), day)
                    case _:
                        text = f"{value:f}" if isinstance(value, Decimal) else value
                        if len(text) > LONGEST_CELL:
                            raise Refused("cell_too_long_to_write", longest=LONGEST_CELL)
                        sheet.write_string(count, column, text)

        yield write
