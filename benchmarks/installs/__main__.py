"""`python -m installs live|large|start`: see benchmarks/README.md."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from installs import large, live, start
from reads import machine

RESULTS = Path(__file__).parents[1] / "results"


def main() -> int:
    """Measure and print; 1 when something does not hold that must."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["install", "start"])
    parser.add_argument("--addons", type=int, help="How many are generated.")
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=20, help="How long it is quiet before.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="Keep it in benchmarks/results.")
    asked = parser.parse_args()
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        print(line, flush=True)

    say(f"# `make bench-{asked.what}`\n")
    say(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at {machine.commit()}, on {machine.processor()}, "
        f"load {machine.load_now():.1f} at the beginning.\n"
    )
    if asked.what == "install":
        good = live.run(say, asked.addons or 12, asked.cycles, asked.seconds)
        say(f"\n{asked.rows:,} parties get an extension:\n")
        good &= large.run(say, asked.rows)
    else:
        good = start.run(say, asked.addons or 200, asked.rounds)
    say(
        f"\nLoad {machine.load_now():.1f} at the end. "
        + ("All holds." if good else "Not all holds.")
    )
    if asked.write:
        (RESULTS / f"{asked.what}.md").write_text("\n".join(lines) + "\n", "utf-8")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
