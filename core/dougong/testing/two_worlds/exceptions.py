"""The declared exceptions: which refusals may come of what one does not see, and why.

A declared refusal is told with its code and nothing else of the reason: `tells` are the only
parameters that it may have, and where both worlds refuse for it, they say the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Declared:
    """A refusal that may come of what one does not see."""

    code: str
    reason: str
    """Why it cannot be otherwise, or should not."""
    tells: tuple[str, ...] = ()
    """The parameters that its sentence may have; they come from what was asked."""


CORE = (
    Declared(
        "taken",
        "Keys such as an order's number are unique in the whole enterprise: two departments "
        "must not give the same one out. Whoever is refused learns that it is taken.",
        ("entity", "fields"),
    ),
    Declared(
        "still_used",
        "What others refer to is not deleted under their feet, whoever may see them.",
    ),
)
"""Those of the core itself."""


def read_exceptions(path: Path) -> tuple[Declared, ...]:
    """Those of add-ons, from a TOML file: a table for each code, with `reason` and `tells`."""
    found = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        Declared(code, said["reason"], tuple(said.get("tells", ()))) for code, said in found.items()
    )


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
                left, right = (list(_errors(data.get(key))) for data in both)
                return self.told(
                    [error for error in left if error not in right],
                    [error for error in right if error not in left],
                )
        return frozenset()

    def told(
        self, left: Sequence[Mapping[str, Any]], right: Sequence[Mapping[str, Any]]
    ) -> frozenset[str]:
        """The declared codes among the refusals that only one world has; none where one tells more.

        That other rows were not done is no refusal of its own.
        """
        left, right = ([e for e in some if e["code"] != "not_done"] for some in (left, right))
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
