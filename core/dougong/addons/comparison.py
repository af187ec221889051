"""What a change of the installed add-ons does to the API, found out in a process of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dougong.builtin.uncollected import say_and_end, uncollected
from dougong.errors import SetupError

TIMEOUT = 300.0  # seconds
ANSWER = "dougong: "


@dataclass(frozen=True)
class Stage:
    """Which add-ons there are, with all that they need; and of their parts, which."""

    addons: tuple[str, ...]
    only: tuple[str, ...] | None = None
    """The parts to take, where not all bridges that there could be are active."""


@dataclass(frozen=True)
class ComingPart:
    """An add-on or bridge as its code has it."""

    name: str
    version: str
    title: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    revisions: tuple[tuple[str, str], ...]
    """Its revisions from the first to the last: number and what it is about."""
    extends: tuple[tuple[str, str], ...]
    """The entities whose records get fields of it: name and table."""


@dataclass(frozen=True)
class Continuation:
    """A state that records of what stays leave by steps of what goes."""

    entity: str
    table: str
    column: str
    state: str
    steps: tuple[str, ...]
    others: tuple[str, ...]
    """Steps of what stays that also start there."""


@dataclass(frozen=True)
class Running:
    """States in which records of what goes are, while something is under way."""

    entity: str
    table: str
    column: str
    states: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """What is different at the last stage from the first."""

    parts: tuple[ComingPart, ...]
    """Those of the last stage, the core left out, in order."""
    known: bool
    """False when the first stage cannot be built: then nobody can say what the API loses."""
    added: tuple[str, ...] = ()
    """Types and fields that are new: `StockMove`, `Lead.score`."""
    vanishing: Mapping[str, str] = field(default_factory=dict)
    """Those that go, and the add-on that brought each."""
    breaking: tuple[str, ...] = ()
    dangerous: tuple[str, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    """The registered documents that can no longer be run, and why."""
    continuations: tuple[Continuation, ...] = ()
    running: tuple[Running, ...] = ()


def compare(
    stages: Sequence[Stage],
    documents: Mapping[str, str],
    *,
    served: str | None = None,
    apart: bool = True,
) -> Comparison:
    """Build what there would be at each stage, and say what is different.

    Between the first and the last stage, each takes away one add-on. `served` is the API of now
    as SDL where the code of now is not on disk any more. Without `apart` it is done here, which is
    for code that is installed, in a process that serves nobody. Raises SetupError when the last
    stage cannot be built.
    """
    order = {"stages": [asdict(one) for one in stages], "documents": documents, "served": served}
    if not apart:
        return _compared(order)
    paths = [path for path in sys.path if path and Path(path).is_dir()]
    child = subprocess.run(
        [sys.executable, "-P", "-m", "dougong.addons.comparison"],
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1"},
    )
    for line in reversed(child.stdout.splitlines()):
        if line.startswith(ANSWER):
            return _comparison(json.loads(line.removeprefix(ANSWER)))
    said = child.stderr.strip().splitlines() or ["no message"]
    raise SetupError(
        f"Python ended with code {child.returncode} when the add-ons were tried: {said[-1]}.",
        fix="look for code that runs, or exits, when a package is imported.",
    )


def _comparison(answer: dict[str, Any]) -> Comparison:
    if "error" in answer:
        raise SetupError(answer["error"], fix=answer["fix"])
    frozen = _frozen(answer)
    parts = tuple(ComingPart(**one) for one in frozen.pop("parts"))
    ways = tuple(Continuation(**one) for one in frozen.pop("continuations"))
    running = tuple(Running(**one) for one in frozen.pop("running"))
    return Comparison(parts=parts, continuations=ways, running=running, **frozen)


def _frozen(value: Any) -> Any:
    """JSON with tuples for lists."""
    if isinstance(value, dict):
        return {key: _frozen(one) for key, one in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


# In the child ------------------------------------------------------------------------------------


@uncollected()
def _compared(order: Mapping[str, Any]) -> Comparison:
    """Build all stages and compare; raises SetupError when the last one cannot be built."""
    from graphql import build_schema

    from dougong.addons.rehearsal import what_is_wrong
    from dougong.builtin.life_cycle.api_difference import changes, vanishing_names
    from dougong.builtin.trusted_documents import faults_of
    from dougong.generation import Generation

    stages = [Stage(tuple(one["addons"]), one["only"]) for one in order["stages"]]
    try:
        last = Generation(0, _parts(stages[-1]))
        after, parts = last.schema, tuple(_coming(last))
    except Exception as problem:  # an add-on's code may raise anything
        raise what_is_wrong(stages[-1].addons, problem) from problem
    generations: list[Generation] = []
    if order["served"] is None:
        with suppress(Exception):  # a broken add-on is one that people want to remove
            generations = [Generation(0, _parts(one)) for one in stages[:-1]]
    schemas = [one.schema for one in generations]
    if order["served"] is not None:
        schemas = [build_schema(order["served"], assume_valid=True)]
    broken = {
        key: " ".join(faults)
        for key, document in order["documents"].items()
        if (faults := faults_of(document, after))
        and not (schemas and faults_of(document, schemas[0]))
    }
    if not schemas:
        return Comparison(parts, False, (), {}, (), (), broken)
    steps = [*schemas, after]
    vanishing = {}
    for number, (one, other) in enumerate(itertools.pairwise(steps)):
        names = [stage.addons for stage in stages[number : number + 2]]
        whose = next(iter(sorted(set(names[0]) - set(names[-1]))), "") if generations else ""
        vanishing.update(dict.fromkeys(vanishing_names(one, other), whose))
    return Comparison(
        parts,
        True,
        vanishing_names(after, schemas[0]),
        dict(sorted(vanishing.items())),
        *changes(schemas[0], after),
        broken,
        tuple(_continuations(generations[0], last)) if generations else (),
        tuple(_running(generations[0], last)) if generations else (),
    )


def _parts(stage: Stage) -> list[Any]:
    from dougong.addons.discovery import parts_of
    from dougong.addons.rehearsal import with_needs
    from dougong.db.naming import CORE

    found = parts_of(with_needs(stage.addons))
    return [one for one in found if stage.only is None or one.name in (CORE, *stage.only)]


def _coming(generation: Any) -> Iterator[ComingPart]:
    from dougong.addons.migrations import script_of
    from dougong.db.naming import CORE

    for found in generation.contents:
        part = found.part
        if part.name == CORE:
            continue
        has_code = hasattr(sys.modules[part.package], "__path__")
        script = script_of(part) if has_code else None
        revisions = [(one.revision, one.doc) for one in script.walk_revisions()] if script else []
        extended = {one.__extends__ for one in found.extensions}
        extends = sorted((one.__name__, one.__table__.fullname) for one in extended)
        yield ComingPart(
            part.name,
            part.version,
            part.title,
            part.needs,
            tuple(map(str, part.may)),
            tuple(reversed(revisions)),
            tuple(extends),
        )


def _continuations(before: Any, after: Any) -> Iterator[Continuation]:
    """Where records of what stays would wait for a step of what goes."""
    for entity, flow in after.workflows.items():
        stay, had = (list(one.steps_of(entity)) for one in (after, before))
        for state in flow.start.__class__:
            gone = [one.key for one in had if one not in stay and state in one.sources]
            left = [one.key for one in stay if state in one.sources]
            if gone:
                table, column = entity.__table__, entity.__table__.columns[flow.state_name]
                yield Continuation(
                    entity.__name__,
                    table.fullname,
                    column.name,
                    state.name,
                    tuple(gone),
                    tuple(left),
                )


def _running(before: Any, after: Any) -> Iterator[Running]:
    """What must not go while it is under way."""
    for entity, flow in before.workflows.items():
        if flow.running and entity not in after.workflows:
            table, column = entity.__table__, entity.__table__.columns[flow.state_name]
            states = tuple(state.name for state in flow.running)
            yield Running(entity.__name__, table.fullname, column.name, states)


def _answer(order: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return asdict(_compared(order))
    except SetupError as wrong:
        return {"error": str(wrong).removesuffix(f" Fix: {wrong.fix}"), "fix": wrong.fix}


if __name__ == "__main__":
    say_and_end(ANSWER + json.dumps(_answer(json.load(sys.stdin))))
