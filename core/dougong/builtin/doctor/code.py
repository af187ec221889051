"""Where the code of installed add-ons takes more rights than it has, and says so or does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from dougong.addons.collect import NOT_SCANNED
from dougong.builtin.doctor.findings import Finding, error, note
from dougong.db.naming import CORE
from dougong.generation import Generation

AROUND = ("as_core", "acting_as", "get_bind")
"""Words of the core's own code, with which an add-on would go around its rights."""
BY_HAND = ("text", "connection", "exec_driver_sql", "get_bind")
"""Words with which SQL is written by hand; what it reads is not held to what is named."""


def examine_code(generation: Generation) -> Iterator[Finding]:
    """Every place of an installed add-on's code that elevates its rights, or goes around them."""
    for part in generation.parts.values():
        if part.name == CORE or part.is_bridge:
            continue
        for path, place in _files(part.package):
            bridge = place.split("/")[0].removeprefix("with_")
            if place.startswith("with_") and f"{part.name}__{bridge}" not in generation.parts:
                continue
            yield from _in_file(path, f"{part.package}/{place}")


def _files(package: str) -> Iterator[tuple[Path, str]]:
    """The modules of a package that run in a server, with their places in it."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for path in sorted(Path(folder).rglob("*.py")):
            place = path.relative_to(folder)
            if not set(NOT_SCANNED) & set(place.parts):
                yield path, place.as_posix()


def _in_file(path: Path, place: str) -> Iterator[Finding]:
    tree = ast.parse(path.read_bytes(), str(path))
    calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    by_hand = set(_with_sql(tree))
    for node in sorted(ast.walk(tree), key=_line):
        word, where = _word(node), f"{place}:{_line(node)}"
        if word == "elevated":
            yield _elevation(where, calls.get(id(node)), by_hand=id(node) in by_hand)
        elif word in AROUND:
            yield error(
                "code",
                f"{where} uses “{word}”, with which code goes around the rights of its add-on "
                "unseen.",
                'write `with ctx.elevated(Order, reason="…"):` there, which is logged.',
            )


def _line(node: ast.AST) -> int:
    return getattr(node, "lineno", 0)


def _word(node: ast.AST) -> str | None:
    """The attribute that is taken here, also by `getattr` with its name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _with_sql(tree: ast.AST) -> Iterator[int]:
    """What stands before `with` blocks that have SQL by hand in them."""
    for block in ast.walk(tree):
        if isinstance(block, ast.With):
            inside = [one for line in block.body for one in ast.walk(line)]
            words = {one.id for one in inside if isinstance(one, ast.Name)}
            if {*words, *map(_word, inside)} & {*BY_HAND}:
                yield from (id(one) for item in block.items for one in ast.walk(item.context_expr))


def _elevation(where: str, call: ast.Call | None, *, by_hand: bool) -> Finding:
    entities, reason = "what cannot be read from the code", "not given where it is taken"
    if call is not None:
        entities = ", ".join(ast.unparse(one) for one in call.args) or entities
        reasons = [word.value for word in call.keywords if word.arg == "reason"]
        reason = ast.unparse(reasons[0]) if reasons else reason
    said = f"{where} reads {entities} with elevated rights; the reason: {reason}."
    fix = "nothing, where the reason is good; the event log has every time it was done."
    if by_hand:
        said += " It has SQL by hand, which reads and writes what it says, whatever is named."
        fix = f"read the SQL there, or have it select entities; else {fix}"
    return note("elevation", said, fix)
