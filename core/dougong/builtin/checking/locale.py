"""The sentences of refusals: there is one for every code, and it can be filled in."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from dougong.addons.collect import sentences_of
from dougong.addons.discovery import core_part
from dougong.addons.manifest import Part
from dougong.builtin.checking.finding import Finding
from dougong.builtin.checking.sources import Source, folder_of

REFUSALS = ("Refused", "Forbidden", "WrongState", "Invalid", "Conflict")
NOT_FILLED_IN = ("at", "locale")


class _Raised:
    """A refusal in the code: its code, and what it passes to its sentence."""

    def __init__(self, call: ast.Call) -> None:
        first: Any = call.args[0]
        self.code = str(first.value)
        self.given = {one.arg for one in call.keywords if one.arg not in NOT_FILLED_IN}

    @property
    def is_open(self) -> bool:
        """Whether it passes more than can be read (`**params`)."""
        return None in self.given


def examine_sentences(sources: Sequence[Source], known: Iterable[Part]) -> Iterator[Finding]:
    """Codes without a sentence, and sentences that cannot be filled in.

    `known` are the other parts whose sentences may be used.
    """
    for package in sorted({source.package for source in sources}):
        own = [source for source in sources if source.package == package]
        for part in sorted({source.part for source in own}):
            mine = [source for source in own if source.part == part]
            yield from _part(package, part, mine, known)


def _part(
    package: str, part: str, sources: Sequence[Source], known: Iterable[Part]
) -> Iterator[Finding]:
    inside = f"with_{part.partition('__')[2]}/" if "__" in part else ""
    file = f"{package}/{inside}locale/en.toml"
    path = (folder_of(package) or Path("/nowhere")) / inside / "locale" / "en.toml"
    try:
        said = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except tomllib.TOMLDecodeError as problem:
        line = re.search(r"line (\d+)", str(problem))
        number = int(line[1]) if line else 0
        yield Finding(file, number, f"This is no TOML: {problem}.", "correct that line.")
        return
    raised = [one for source in sources for one in _raised(source)]
    others = {code for one in (core_part(), *known) for code in sentences_of(one)}
    for code in sorted({one.code for one in raised} - said.keys() - others):
        what = f"The code “{code}” is raised, and has no sentence."
        yield Finding(file, 0, what, f'write {code} = "…", the sentence that people read.')
    for code, sentence in said.items():
        given = [one for one in raised if one.code == code]
        yield from _sentence(Finding(file, _line(path, code), "", ""), code, str(sentence), given)


def _line(path: Path, code: str) -> int:
    lines = enumerate(path.read_text("utf-8").splitlines(), 1)
    return next((number for number, line in lines if line.startswith(code)), 0)


def _raised(source: Source) -> Iterator[_Raised]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str()), *_]):
                if name in REFUSALS:
                    yield _Raised(node)


def _sentence(
    place: Finding, code: str, sentence: str, raised: Sequence[_Raised]
) -> Iterator[Finding]:
    try:
        wanted = {name for _text, name, _spec, _how in Formatter().parse(sentence) if name}
    except ValueError as problem:
        what = f"The sentence of {code} cannot be filled in: {problem}."
        yield Finding(place.file, place.line, what, "write {{ and }} for braces that are meant.")
        return
    names = {re.split(r"[.\[]", name)[0] for name in wanted}
    for one in raised:
        if not one.is_open and names - one.given:
            missing = ", ".join(sorted(names - one.given))
            passed = ", ".join(sorted(map(str, one.given))) or "nothing"
            what = f"The sentence of {code} wants {missing}, and the code passes {passed}."
            yield Finding(place.file, place.line, what, "use the names that the code passes.")
            return
