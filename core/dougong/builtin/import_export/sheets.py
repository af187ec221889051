"""Workbooks (.xlsx): read by a process of their own, which a hostile one cannot make large."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from dougong.builtin.import_export import sheet_process
from dougong.errors import Refused


@contextmanager
def sheet_rows(path: Path, name: str) -> Iterator[Iterator[list[str]]]:
    """The rows of a workbook's first sheet, as texts; raises Refused, also while they are read."""
    command = [sys.executable, "-I", sheet_process.__file__, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield _rows(process, name)
        finally:
            process.kill()


def _rows(process: subprocess.Popen[bytes], name: str) -> Iterator[list[str]]:
    assert process.stdout is not None
    decoder = msgspec.json.Decoder(list[str] | dict[str, str])
    for line in process.stdout:
        said = decoder.decode(line)
        if isinstance(said, dict):
            raise Refused("bad_sheet", file=name, why=said["why"])
        yield said
    if process.wait() != 0:
        raise Refused("bad_sheet", file=name, why="reading it takes too much memory or time")
