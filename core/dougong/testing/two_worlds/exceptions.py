"""The declared exceptions: which refusals may come of what one does not see, and why; which queries.

The list is `exceptions.toml`; who has add-ons of their own adds another file like it.
A declared refusal is told with its code and nothing else of the reason: `tells` are the only
parameters that it may have, and where both worlds refuse for it, they say the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dougong.db.naming import CORE
from dougong.errors import SetupError
from dougong.generation import Generation


@dataclass(frozen=True)
class Declared:
    """A refusal that may come of what one does not see, or a query that tells of it."""

    code: str
    """That of the refusal; the name of a query."""
    reason: str
    """Why it cannot be otherwise, or should not."""
    tells: tuple[str, ...] = ()
    """The parameters that its sentence may have; they come from what was asked."""
    of: str = CORE
    """The add-on whose it is."""
    needs: str = ""
    """Of a query: the permission whose holders it tells."""


def read_exceptions(path: Path) -> tuple[Declared, ...]:
    """A list in a TOML file: a table for each, as in `exceptions.toml` beside this module.

    Raises SetupError for a table that says no reason, or something that is not understood.
    """
    return tuple(_read(path, code, said) for code, said in tomllib.loads(path.read_text()).items())


def _read(path: Path, code: str, said: Any) -> Declared:
    known = dict(said) if isinstance(said, dict) else {"said": said}
    strange = sorted(known.keys() - {"reason", "tells", "of", "needs"})
    if strange or not str(known.get("reason", "")).strip():
        what = f"says {', '.join(strange)}, which means nothing" if strange else "has no reason"
        raise SetupError(
            f"The exception {code} in {path.name} {what}.",
            fix=f'write [{code}] with reason = "…", and tells = [], of = "…" or needs = "…" if wanted.',
        )
    return Declared(code, **{**known, "tells": tuple(known.get("tells", ()))})


DECLARED = read_exceptions(Path(__file__).with_name("exceptions.toml"))
"""The list of the core and of the add-ons that are shipped with it."""


def declared_in(
    generation: Generation, besides: Sequence[Declared] = ()
) -> tuple[Sequence[Declared], Sequence[Declared]]:
    """The refusals and the queries that are declared by what is installed, and those `besides`."""
    some = [one for one in (*DECLARED, *besides) if one.of in {CORE, *generation.parts}]
    return [one for one in some if not one.needs], [one for one in some if one.needs]


class Exceptions:
    """The list; `used` are the codes by which two worlds did differ."""

    def __init__(self, declared: Sequence[Declared]) -> None:
        self.declared = {one.code: one for one in declared}
        self.used: set[str] = set()

    @property
    def unused(self) -> list[str]:
        """What is declared, and was never needed."""
        return sorted(self.declared.keys() - self.used)

    def between(self, one: Any, other: Any) -> frozenset[str]:
        """The declared codes that explain how two answers to a mutation differ; none: nothing does."""
        both = [_data(one), _data(other)]
        for key in both[0]:
            if both[0][key] != both[1].get(key):
                return self.told(*(list(_errors(data.get(key))) for data in both))
        return frozenset()

    def told(
        self, left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]]
    ) -> frozenset[str]:
        """The declared codes among the refusals that only one world has; none where one tells more.

        That other rows were not done is no refusal of its own.
        """
        left, right = (
            [one for one in some if one not in others and one["code"] != "not_done"]
            for some, others in ((left, right), (right, left))
        )
        both = [{(e["code"], *e["path"]) for e in some} for some in (left, right)]
        if both[0] & both[1]:
            return frozenset()  # for the same reason, but in other words
        for error in (*left, *right):
            known = self.declared.get(error["code"])
            if known is not None and not error["params"].keys() <= set(known.tells):
                return frozenset()
        codes = {code for code, *_ in both[0] | both[1]} & self.declared.keys()
        self.used |= codes
        return frozenset(codes)


def _data(answer: Any) -> Mapping[str, Any]:
    found = answer.get("data") if isinstance(answer, dict) else None
    return found or {}


def _errors(payload: Any) -> Iterator[dict[str, Any]]:
    """The errors of a mutation's payload and of its rows, selected as `userErrors`."""
    if isinstance(payload, dict):
        yield from payload.get("userErrors", ())
        for row in payload.get("results") or ():
            yield from _errors(row)
