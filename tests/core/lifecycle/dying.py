"""A `dougong` command that is killed at one of its named points: `python dying.py 3 install crm`.

The points are what the life cycle logs: it says there each time what it has just committed.
With a negative number nothing is killed, and the points are printed.
"""

from __future__ import annotations

import logging
import os
import signal
import sys

from dougong.cli import main


class Death(logging.Handler):
    """Ends the process at the point of a number; no code of ours runs any more."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self._left = last
        self._last = last

    def emit(self, record: logging.LogRecord) -> None:
        """A point is reached."""
        if self._last < 0:
            sys.stderr.write(f"point: {record.msg}\n")
        elif self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


if __name__ == "__main__":
    lifecycle = logging.getLogger("dougong.lifecycle")
    lifecycle.setLevel(logging.INFO)
    lifecycle.addHandler(Death(int(sys.argv.pop(1))))
    main()
