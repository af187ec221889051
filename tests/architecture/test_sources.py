"""The source code keeps to the sizes, names and openings of the design."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("core/dougong", "addons", "examples", "tools")

CORE = {
    "kernel": 6_500,
    "life cycle": 4_120,
    "graphql": 9_650,
    "live": 1_100,
    "serving": 2_000,
    "embedded": 1_000,
}
"""The core's parts and how many lines each may have (docs/decisions/0005)."""
FILE_LINES = 400
FUNCTION_LINES = 80
EMPTY_NAMES = {
    *("util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"),
    *("service", "services", "handler", "handlers", "data", "info"),
}


def modules() -> list[Path]:
    """Every module that people write, read and keep: no tests, no migrations."""
    return sorted(
        path
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
        if not {"tests", "migrations", ".venv", "build", "dist"} & set(path.relative_to(ROOT).parts)
    )


def named(path: Path) -> str:
    """The module as the repository calls it."""
    return path.relative_to(ROOT).as_posix()


def length(path: Path) -> int:
    """The lines of a file, as `wc -l` counts them."""
    return path.read_bytes().count(b"\n")


def tree(path: Path) -> ast.Module:
    """The module, parsed."""
    return ast.parse(path.read_text("utf-8"), str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def part_of_the_core(path: Path) -> str | None:
    """Which part of the core a module counts for; None where it counts for none."""
    folders = path.relative_to(ROOT / "core" / "dougong").parts
    if {"builtin", "testing"} & set(folders):
        return None
    if path.name in ("web.py", "endpoint.py", "runtime.py", "lookout.py") or "cli" in folders:
        return "serving"
    if "addons" in folders:
        return "life cycle"
    return next((part for part in ("graphql", "live", "embedded") if part in folders), "kernel")


@pytest.mark.parametrize("part", CORE)
def test_each_part_of_the_core_stays_readable(part: str) -> None:
    core = [path for path in modules() if path.is_relative_to(ROOT / "core" / "dougong")]
    assert sum(length(path) for path in core if part_of_the_core(path) == part) < CORE[part]


def test_no_file_is_longer_than_a_few_screens() -> None:
    assert [
        f"{named(path)}: {length(path)}" for path in modules() if length(path) > FILE_LINES
    ] == []


def test_no_function_is_longer_than_a_screen_or_two() -> None:
    assert [
        f"{named(path)}:{node.lineno} {node.name}"
        for path in modules()
        for node in functions(path)
        if (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    ] == []


def test_every_module_says_what_it_is_about() -> None:
    assert [named(path) for path in modules() if not ast.get_docstring(tree(path))] == []


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    files = [named(path) for path in modules() if {path.stem, path.parent.name} & EMPTY_NAMES]
    classes = [
        f"{named(path)}: {node.name}"
        for path in modules()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and last_word(node.name) in EMPTY_NAMES
    ]

    assert files + classes == []


def last_word(name: str) -> str:
    """What a class says it is: `Manager` of `PluginManager`."""
    start = max((i for i, letter in enumerate(name) if letter.isupper()), default=0)
    return name[start:].lower()


@pytest.mark.parametrize(
    ("name", "word"), [("PluginManager", "manager"), ("Lead", "lead"), ("_Info", "info")]
)
def test_the_last_word_of_a_class_name_is_what_it_says_it_is(name: str, word: str) -> None:
    assert last_word(name) == word
