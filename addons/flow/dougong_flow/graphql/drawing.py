"""Pictures of definitions as Mermaid flowcharts: who does what, from the beginning to the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def escaped(text: str) -> str:
    """A text as Mermaid shows it and nothing else."""
    marks = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "\n": " "}
    return "".join(marks.get(one, one) for one in text)


def drawn(body: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a picture: a lane for each role, the steps in it, a beginning and an end (S4-50).

    A step is in the lane of the first role that is responsible.
    """
    steps: Sequence[Mapping[str, Any]] = body.get("steps", ())
    names = {step["key"]: f"n{number}" for number, step in enumerate(steps)}
    lanes: dict[str, list[Mapping[str, Any]]] = {}
    for step in steps:
        lanes.setdefault(next(iter(step.get("responsible", ())), ""), []).append(step)
    yield "flowchart TD"
    yield "    begin((●))"
    for number, (role, mine) in enumerate(lanes.items()):
        if role:
            yield f'    subgraph lane{number}["{escaped(role)}"]'
        for step in mine:
            opens, closes = ("[[", "]]") if step.get("kind") == "SUBPROCESS" else ("[", "]")
            yield f'    {names[step["key"]]}{opens}"{escaped(step["name"])}"{closes}'
        if role:
            yield "    end"
    yield "    done(((●)))"
    followed = {key for step in steps for key in step.get("after", ())}
    for step in steps:
        here = names[step["key"]]
        earlier = [names[key] for key in step.get("after", ()) if key in names]
        yield from (f"    {one} --> {here}" for one in earlier or ["begin"])
        if step["key"] not in followed:
            yield f"    {here} --> done"
