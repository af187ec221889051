"""`python -m installs live|large|start`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dougong.db.engine import database_url
from installs import live
from reads import machine

RESULTS = Path(__file__).parents[1] / "results"


def main() -> int:
    """Measure and print; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["live"])
    parser.add_argument("--addons", type=int, default=12)
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--steady", type=float, default=20)
    parser.add_argument("--write", action="store_true", help="Keep it in benchmarks/results.")
    asked = parser.parse_args()
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    say(f"load {machine.load_now():.1f} at the beginning")
    good = live.run(say, asked.addons, asked.cycles, asked.steady)
    say(f"load {machine.load_now():.1f} at the end")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
