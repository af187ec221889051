"""The disk: what has been written is there after a kill, and what was not finished is known by its name."""

from __future__ import annotations

import os
from pathlib import Path

UNFINISHED = ".unfinished-"


def sync(*paths: Path) -> None:
    """Have files and folders on the disk."""
    for path in paths:
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
