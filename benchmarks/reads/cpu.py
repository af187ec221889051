"""How much CPU time processes have used, from Linux's /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def family(root: int) -> list[int]:
    """A process and those that it started, and theirs."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents[int(entry.name)] = int(_fields(entry)[1])
    found = [root]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found


def used(processes: Iterable[int]) -> float:
    """The seconds of CPU that processes have used, to the nanosecond where the kernel tells.

    What ended children and threads had used is only known to a clock tick.
    """
    total = 0.0
    for process in processes:
        folder = Path("/proc", str(process))
        with suppress(OSError):
            fields = _fields(folder)
            total += TICK * (int(fields[13]) + int(fields[14]))
            precise = 0.0
            with suppress(OSError):
                threads = [one / "schedstat" for one in (folder / "task").iterdir()]
                precise = sum(int(one.read_text().split()[0]) for one in threads) / 1e9
            total += max(precise, TICK * (int(fields[11]) + int(fields[12]) - 1))
    return total


def _fields(folder: Path) -> list[str]:
    """What /proc says of a process after its name: the state, the parent, and so on."""
    return (folder / "stat").read_text().rpartition(")")[2].split()
