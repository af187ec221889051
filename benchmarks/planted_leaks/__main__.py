"""`make plants`: plants each leak in a copy of the core, and has two worlds look for it.

Each is a patch in this folder. PLANTS="03 07" takes some of them; "none" is the core as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from guarded_company import guarded_tables

from dougong.testing.databases import Databases

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TESTS = [ROOT / "tests" / "core" / "writing", ROOT / "tests" / "composition"]


def main() -> None:
    """Look for each leak; prints a line of the table for each, and how it was told."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plants", nargs="*", help="their numbers; all unless given")
    parser.add_argument("--seconds", type=float, default=150, help="of CPU time for each")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, Databases(Path(folder), "plants") as databases:
        given = {
            "guarded": guarded_tables(databases),
            "shipped": _shipped(databases),
            "seconds": asked.seconds,
            "seed": asked.seed,
        }
        for patch in _patches(asked.plants):
            found = _hunted(patch, Path(folder), databases.url("postgres"), given)
            sys.stdout.write(f"| {_name(patch)} | {found} |\n")
            sys.stdout.flush()


def _shipped(databases: Databases) -> str:
    return databases.clone(*(one.name for one in sorted((ROOT / "addons").iterdir())))


def _patches(asked: Sequence[str]) -> Iterator[Path | None]:
    for patch in sorted(HERE.glob("*.patch")):
        if not asked or patch.name[:2] in asked:
            yield patch
    if "none" in asked:
        yield None


def _name(patch: Path | None) -> str:
    return patch.stem.partition("-")[0] if patch else "none"


def _hunted(patch: Path | None, folder: Path, server: str, given: dict[str, Any]) -> str:
    """What came of one: it was found, it was not, or it fits the code no more."""
    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(ROOT / "core", copy / "core", ignore=shutil.ignore_patterns("__pycache__"))
    if patch is not None:
        applied = subprocess.run(
            ["git", "apply", "-C1", patch], cwd=copy, capture_output=True, text=True, check=False
        )
        if applied.returncode:
            return f"does not fit: {applied.stderr.strip()}"
    paths = [copy / "core", *TESTS, HERE.parent]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DOUGONG_TEST_DATABASE_URL": server,
    }
    hunt = [sys.executable, "-m", "planted_leaks.hunt", json.dumps(given)]
    done = subprocess.run(hunt, env=environment, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stderr)
    return done.stdout.strip() or "the hunt ended early"


if __name__ == "__main__":
    main()
