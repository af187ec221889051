"""A fault in an add-on: where it is, what is wrong, and what to do."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dougong.errors import SetupError


@dataclass(frozen=True)
class Finding:
    """One fault, which an author can find and mend."""

    file: str
    """As it is called in the distribution: `dougong_crm/hooks.py`."""
    line: int
    """0 where the whole file is meant."""
    what: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.what} Fix: {self.fix}"


def as_error(findings: Iterable[Finding]) -> SetupError:
    """All findings as one error, a line for each."""
    *others, last = sorted(set(findings), key=lambda one: (one.file, one.line, one.what))
    said = str(last).removesuffix(f" Fix: {last.fix}")
    return SetupError("\n".join([*map(str, others), said]), fix=last.fix)


def place_in(path: str) -> str | None:
    """The name in its distribution of a file that belongs to an add-on, or None."""
    parts = Path(path).parts
    packages = [n for n, part in enumerate(parts[:-1]) if part.startswith("dougong_")]
    if packages:
        return "/".join(parts[packages[-1] :])
    return parts[-1] if parts and parts[-1].startswith("dougong_") else None


def place_of_failure(problem: BaseException) -> tuple[str, int]:
    """The last place in an add-on's code that an error passed; an empty name where there is none."""
    if isinstance(problem, SyntaxError) and problem.filename:
        return place_in(problem.filename) or problem.filename, problem.lineno or 0
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if place := place_in(frame.filename):
            return place, frame.lineno or 0
    cause = problem.__cause__
    return place_of_failure(cause) if cause is not None and cause is not problem else ("", 0)


def place_of(thing: Any) -> tuple[str, int]:
    """Where something that an add-on declares stands; an empty name where that cannot be found."""
    rule = next((f for n in ("rule", "build", "compute") if (f := getattr(thing, n, None))), None)
    code = getattr(rule, "__code__", None)
    if code is not None:
        return place_in(code.co_filename) or code.co_filename, code.co_firstlineno
    module = sys.modules.get(getattr(thing, "__module__", ""))
    if not isinstance(thing, type) or module is None:
        return _place_of_value(thing)
    lines = Path(str(module.__file__)).read_text("utf-8").splitlines()
    named = re.compile(rf"class {thing.__name__}\b")
    starts = (n for n, line in enumerate(lines, 1) if named.match(line))
    return place_in(str(module.__file__)) or "", next(starts, 0)


def _place_of_value(thing: Any) -> tuple[str, int]:
    """The line of a module that gives a name to a value: `SELLER = Role(…)`."""
    for name, module in list(sys.modules.items()):
        if not name.startswith("dougong_") or not getattr(module, "__file__", None):
            continue
        named = [key for key, value in vars(module).items() if value is thing]
        lines = Path(str(module.__file__)).read_text("utf-8").splitlines() if named else []
        for number, line in enumerate(lines, 1):
            if any(line.startswith((f"{key} =", f"{key}:")) for key in named):
                return place_in(str(module.__file__)) or "", number
    return "", 0
