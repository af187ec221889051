"""The file itself: its rows, each with its line, and its fingerprint."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

from dougong.errors import Refused


def read_rows(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The header and the rows of a CSV file, each with the line on which it starts."""
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = next(reader, [])
            _check_header(header, path.name)
            line = reader.line_num + 1
            for cells in reader:
                if len(cells) > len(header):
                    raise Refused("too_many_columns", file=path.name, line=line)
                if cells:
                    row = dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))
                    rows.append((line, row))
                line = reader.line_num + 1
    except OSError as problem:
        raise Refused("no_file", file=str(path), why=problem.strerror or str(problem)) from None
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Refused("not_csv", file=path.name, why=str(problem)) from None
    return header, rows


def _check_header(header: list[str], file: str) -> None:
    if not any(header):
        raise Refused("not_csv", file=file, why="its first line names no columns")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise Refused("not_csv", file=file, why=f"its header says “{twice[0]}” twice")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
