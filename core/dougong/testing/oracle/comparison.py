"""Two answers, value by value and key by key in order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dougong.testing.addresses import timeless
from dougong.testing.plain import Answered
from dougong.testing.plain.reports import in_any_order

SHOWN = 500


class Difference(AssertionError):
    """The planner's answer is not what it must be."""


class Members(list[tuple[str, Any]]):
    """A JSON object with its keys as they stand, twice where they stand twice."""


class Comparison:
    """Compares answers about the same records; a cursor must always mean the same."""

    def __init__(self) -> None:
        self._meant: dict[str, str] = {}
        self._written: dict[str, str] = {}

    def compare(self, body: bytes, plain: Answered) -> str:
        """`data`, or the code of the refusal. Raises Difference."""
        answer = dict(json.loads(body, object_pairs_hook=Members))
        errors, data = answer.get("errors"), answer.get("data")
        if plain.problems or errors:
            return self._compare_errors(errors, data, plain)
        for key, ties in plain.ties.items():
            data = Members((k, _settled(v, ties) if k == key else v) for k, v in data or ())
            plain.data[key] = in_any_order(plain.data[key], ties)
        self._compare(data, plain.data, "data")
        return "data"

    @staticmethod
    def _compare_errors(errors: Any, data: Any, plain: Answered) -> str:
        if not errors or data is not None:
            raise Difference(f"it answers, but must refuse for one of {plain.problems}")
        (error,) = ({**dict(one)} for one in errors[:1])
        code = dict(error.get("extensions", ())).get("code", "")
        path = tuple(error.get("path", ()))
        for wanted, place in plain.problems:
            there = path[: len(place)] == place and len(path) <= len(place) + 1
            if wanted == code and (there or code == "TOO_COMPLEX"):  # told where it is noticed
                return str(code)
        said = f"{code} at {path}: {error['message']}"
        raise Difference(f"it refuses for {said}; expected one of {plain.problems or 'nothing'}")

    def _compare(self, found: Any, wanted: Any, path: str) -> None:
        if isinstance(wanted, dict):
            keys = [key for key, _ in found] if isinstance(found, Members) else found
            if keys != list(wanted):
                raise Difference(f"{path}: keys {_short(keys)}, not {_short(list(wanted))}")
            for key, value in found:
                self._compare(value, wanted[key], f"{path}.{key}")
        elif isinstance(wanted, list):
            if not isinstance(found, list) or len(found) != len(wanted):
                raise Difference(f"{path}: {_short(found)}, not {_short(wanted)}")
            for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
                self._compare(one, other, f"{path}[{place}]")
        elif isinstance(wanted, str) and wanted.startswith("plain:"):
            self._compare_cursors(found, wanted, path)
        elif isinstance(wanted, str) and isinstance(found, str):
            if timeless(found) != timeless(wanted):
                raise Difference(f"{path}: {_short(found)}, not {_short(wanted)}")
        elif type(found) is not type(wanted) or found != wanted:
            raise Difference(f"{path}: {_short(found)}, not {_short(wanted)}")

    def _compare_cursors(self, found: Any, wanted: str, path: str) -> None:
        meant = self._meant.setdefault(found, wanted)
        written = self._written.setdefault(wanted, found)
        if not isinstance(found, str) or (meant, written) != (wanted, found):
            raise Difference(f"{path}: the cursor {found} stands for another place too")


def _settled(rows: Any, ties: Sequence[int]) -> Any:
    return in_any_order(rows, list(ties)) if sum(ties) == len(rows) else rows


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False, default=str)
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}… ({len(said)} characters)"
