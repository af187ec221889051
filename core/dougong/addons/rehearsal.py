"""Building a generation in a process of its own first: what breaks there breaks nothing here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dougong.addons.discovery import Points, available, manifest_of, parts_of
from dougong.builtin.uncollected import say_and_end
from dougong.errors import SetupError

if TYPE_CHECKING:
    from dougong.generation import Generation

TIMEOUT = 300.0  # seconds
ANSWER = "dougong: "


@dataclass(frozen=True)
class Rehearsed:
    """What came of it."""

    addons: tuple[str, ...]
    """The add-ons and what they need, what is depended on first."""
    sdl: str
    """The hash of the API that they make."""


def rehearse(names: Iterable[str], known: Iterable[str] = ()) -> Rehearsed:
    """Import add-ons with all that they need, and build their generation, in a child process.

    What comes is examined, `known` are the parts that do not: they are there. Raises SetupError
    with the reason when that fails.
    """
    asked = sorted(set(names))
    paths = [path for path in sys.path if path and Path(path).is_dir()]
    child = subprocess.run(
        [sys.executable, "-P", "-m", "dougong.addons.rehearsal"],
        input=json.dumps([asked, sorted(known)]),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
    )
    for line in reversed(child.stdout.splitlines()):
        if line.startswith(ANSWER):
            answer = json.loads(line.removeprefix(ANSWER))
            if "error" in answer:
                raise SetupError(answer["error"], fix=answer["fix"])
            return Rehearsed(tuple(answer["addons"]), answer["sdl"])
    said = child.stderr.strip().splitlines() or ["no message"]
    raise SetupError(
        f"Python ended with code {child.returncode} when the add-ons {', '.join(asked)} were "
        f"tried: {said[-1]}.",
        fix="look for code that runs, or exits, when the package is imported.",
    )


def with_needs(names: Iterable[str]) -> tuple[str, ...]:
    """These add-ons and all that they need, what is depended on first.

    Imports them. Raises SetupError for one that is not there, naming who needs it.
    """
    done: dict[str, None] = {}
    among = available()
    for name in names:
        _visit(name, (), done, among)
    return tuple(done)


def _visit(name: str, above: tuple[str, ...], done: dict[str, None], among: Points) -> None:
    if name in done or name in above:
        return  # a circle is told by parts_of
    if above and name not in among:
        raise _missing(above[-1], name)
    try:
        manifest, _point = manifest_of(name, among)
    except SetupError as problem:
        clearer = _clearer(name, problem)
        raise clearer from (problem if clearer is not problem else problem.__cause__)
    for need in manifest.needs:
        _visit(need, (*above, name), done, among)
    done[name] = None


def _missing(who: str, need: str) -> SetupError:
    return SetupError(
        f"Add-on {who} needs {need}, which is not in this Python environment.",
        fix=f"install the distribution that brings {need} with pip, then install {who}.",
        where=(f"dougong_{who}/__init__.py",),
    )


def _clearer(name: str, problem: SetupError) -> SetupError:
    """Name the add-on that is missing, or the line that is wrong, instead of the import error."""
    cause = problem.__cause__
    if isinstance(cause, ModuleNotFoundError) and (cause.name or "").startswith("dougong_"):
        need = str(cause.name).split(".")[0].removeprefix("dougong_")
        if need != name and available()[name].module != cause.name:
            return _missing(name, need)
    return problem if cause is None else _broken(f"Add-on {name}", cause)


def _broken(who: str, problem: BaseException) -> SetupError:
    """The error of somebody's code as a sentence with the place in the code."""
    if isinstance(problem, SyntaxError):
        place = f"{problem.filename}, line {problem.lineno}"
        said = problem.msg
    else:
        last = [
            one for one in traceback.extract_tb(problem.__traceback__) if "<" not in one.filename
        ]
        ours = [one for one in last if "dougong_" in one.filename] or last
        place = f"{ours[-1].filename}, line {ours[-1].lineno}" if ours else "its code"
        said = str(problem)
    return SetupError(
        f"{who} cannot be used: {type(problem).__name__} in {place}: {said}.",
        fix="correct that line, or install a version of the distribution that works.",
    )


def what_is_wrong(names: Sequence[str], problem: Exception) -> SetupError:
    """Whatever was raised when these add-ons were tried, as a sentence."""
    if isinstance(problem, SetupError):
        return problem
    return _broken("One of the add-ons " + ", ".join(names), problem)


def _built(names: Sequence[str], known: Collection[str]) -> tuple[Generation, Rehearsed]:
    from dougong.entity.model import check_mapping
    from dougong.generation import Generation
    from dougong.graphql.schema import check_schema

    addons = with_needs(names)
    generation = Generation(0, parts_of(addons))
    for found in generation.contents:
        for entity in (*found.entities, *found.extensions):
            if found.part.name not in known:
                check_mapping(entity)
    check_schema(generation.schema)
    return generation, Rehearsed(addons, generation.sdl)


def _try(names: Sequence[str], known: Collection[str]) -> dict[str, Any]:
    from dougong.builtin.checking.examination import examined

    try:
        done = examined(names, known, lambda: _built(names, known))
    except SetupError as problem:
        wrong = problem
    else:
        return asdict(done)
    return {"error": str(wrong).removesuffix(f" Fix: {wrong.fix}"), "fix": wrong.fix}


if __name__ == "__main__":
    say_and_end(ANSWER + json.dumps(_try(*json.load(sys.stdin))))
