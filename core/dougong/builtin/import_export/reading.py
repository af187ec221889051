"""The file itself: a table of texts, read row by row, each row with its line; and its fingerprint.

However large or hostile a file is, only a piece of it is in memory at a time.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from itertools import pairwise
from pathlib import Path
from typing import IO

from dougong.builtin.import_export.sheets import sheet_rows
from dougong.errors import Refused

Cells = list[str]
LONGEST_LINE = 1_000_000
"""Characters; a longer line is refused before it is in memory."""
LONGEST_CELL = 100_000
MOST_COLUMNS = 1_000
PIECE = 1 << 18
DELIMITERS = ",;\t"
ENCODINGS = ("utf-8", "gb18030", "utf-16")
OTHERS = {
    b"\xd0\xcf\x11\xe0": "it is an old Excel file: save it as .xlsx, or as CSV",
    b"%PDF": "it is a PDF file: save the table as .xlsx, or as CSV",
}


@dataclass(frozen=True)
class Examined:
    """What was found out of a file by going through it once."""

    path: Path
    name: str
    sha256: str
    encoding: str
    """Of its texts; empty for a workbook, which says it itself."""


@dataclass(frozen=True)
class TableFile:
    """A file that is open: its header, and its rows, each with the line on which it starts."""

    header: Cells
    rows: Iterator[tuple[int, Cells]]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; raises Refused."""
    with _open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def examine(path: Path, *, name: str = "", encoding: str = "") -> Examined:
    """Go through a file once: its hash, and in which encoding it is, unless that is said.

    Raises Refused for a file that cannot be read, or is no table.
    """
    digest, name = hashlib.sha256(), name or path.name
    tried = [encoding] if encoding else ["utf-8", "gb18030"]
    with _open(path) as file:
        start = file.read(4)
        file.seek(0)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            tried = ["utf-16"]
        for other, why in OTHERS.items():
            if start == other:
                raise Refused("not_a_table", file=name, why=why)
        decoders = {one: codecs.getincrementaldecoder(one)() for one in tried}
        chinese = _Chinese()
        while piece := file.read(PIECE):
            digest.update(piece)
            chinese.look(piece)
            for one in list(decoders):
                try:
                    decoders[one].decode(piece)
                except UnicodeDecodeError:
                    del decoders[one]
    if start.startswith(b"PK\x03\x04"):
        return Examined(path, name, digest.hexdigest(), "")
    if "utf-8" not in decoders and not encoding and not chinese.likely:
        decoders.pop("gb18030", None)
    if not decoders:
        raise Refused("unknown_encoding", file=name, encodings=", ".join(ENCODINGS))
    return Examined(path, name, digest.hexdigest(), next(iter(decoders)))


class _Chinese:
    """Whether bytes look like Chinese text: nearly every pair is a common character of GB 2312.

    Any bytes can be read as GB 18030; those of a Western encoding would become nonsense.
    """

    def __init__(self) -> None:
        self._pairs = self._common = 0

    @property
    def likely(self) -> bool:
        """Whether it does."""
        return self._common >= 0.9 * self._pairs

    def look(self, piece: bytes) -> None:
        """Count the pairs of a piece of the file."""
        if piece.isascii() or self._pairs > 100_000:
            return
        within = False
        for lead, trail in pairwise(piece):
            if within or lead < 0x80:
                within = False
                continue
            within = True
            self._pairs += 1
            self._common += 0xA1 <= lead <= 0xF7 and trail >= 0xA1


@contextmanager
def opened(found: Examined, *, delimiter: str = "") -> Iterator[TableFile]:
    """The table in a file; raises Refused, also while its rows are read."""
    if not found.encoding:
        with sheet_rows(found.path, found.name) as rows:
            yield _table(enumerate(rows, 1), found.name)
        return
    encoding = "utf-8-sig" if found.encoding == "utf-8" else found.encoding
    try:
        with found.path.open(encoding=encoding, newline="") as file:
            yield _table(_csv_rows(file, found.name, delimiter), found.name)
    except (UnicodeDecodeError, csv.Error) as problem:
        raise Refused("not_csv", file=found.name, why=str(problem)) from None
    except OSError as problem:
        raise _unreadable(found.path, problem) from None


def _open(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as problem:
        raise _unreadable(path, problem) from None


def _unreadable(path: Path, problem: OSError) -> Refused:
    return Refused("no_file", file=str(path), why=problem.strerror or str(problem))


def _lines(file: IO[str], name: str) -> Iterator[str]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise Refused("line_too_long", file=name, longest=LONGEST_LINE)
        yield line


def _csv_rows(file: IO[str], name: str, delimiter: str) -> Iterator[tuple[int, Cells]]:
    lines = _lines(file, name)
    first = next(lines, "")
    if not delimiter:
        delimiter = max(DELIMITERS, key=_outside_quotes(first).count)

    def every() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(every(), strict=True, delimiter=delimiter)
    line = 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _table(rows: Iterator[tuple[int, Cells]], name: str) -> TableFile:
    header = [one.strip() for one in next(rows, (1, []))[1]]
    while header and not header[-1]:
        header.pop()
    if not header:
        raise Refused("not_csv", file=name, why="its first line names no columns")
    if len(header) > MOST_COLUMNS:
        raise Refused("not_csv", file=name, why=f"it has more than {MOST_COLUMNS:,} columns")
    named = [one for one in header if one]
    twice = sorted({one for one in named if named.count(one) > 1})
    if twice:
        raise Refused("not_csv", file=name, why=f"its header says “{twice[0][:60]}” twice")
    return TableFile(header, _rows(rows, header, name))


def _rows(
    rows: Iterator[tuple[int, Cells]], header: Cells, name: str
) -> Iterator[tuple[int, Cells]]:
    """Rows of the header's length, without those in which there is nothing."""
    width = len(header)
    for line, cells in rows:
        if not any(cells):
            continue
        if len(cells) > width:
            if any(cells[width:]):
                raise Refused("too_many_columns", file=name, line=line)
            del cells[width:]
        if max(map(len, cells)) > LONGEST_CELL:
            raise Refused("cell_too_long", file=name, line=line, longest=LONGEST_CELL)
        cells += [""] * (width - len(cells))
        yield line, cells
