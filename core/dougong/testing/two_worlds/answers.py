"""Two answers, byte for byte; what may differ is ids of new records, times, and what is declared."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from dougong.testing.addresses import timeless
from dougong.testing.two_worlds.door import Reply
from dougong.testing.two_worlds.exceptions import Exceptions
from dougong.testing.worlds import utc_now

FIRST_NEW = 7_000_000
"""New records get numbers from here on."""
NEW = re.compile(r"(?<!\d)7\d{6}(?!\d)")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LOGGED = re.compile(r"under [0-9a-f]{12,32}\.")
CURSOR = re.compile(r"[A-Za-z0-9_-]{12,}={0,2}")
LATELY = timedelta(hours=1)


class Leak(AssertionError):
    """Two worlds that look the same answered differently."""


def difference(first: Reply, second: Reply, exceptions: Exceptions) -> frozenset[str] | None:
    """None for equal answers; which declared exceptions they differ by. Raises Leak."""
    if first.body == second.body and first.status == second.status:
        if _headers(first) != _headers(second):
            raise Leak(f"headers {_headers(first)} and {_headers(second)}")
        return None
    if first.status != second.status:
        raise Leak(f"HTTP {first.status} and {second.status}")
    one, other = _read(first.body), _read(second.body)
    if one != other:
        told = exceptions.between(one, other)
        if not told:
            raise Leak(where(one, other))
        return told
    if _headers(first) != _headers(second):
        raise Leak(f"headers {_headers(first)} and {_headers(second)}")
    return None


def where(one: Any, other: Any, path: str = "answer") -> str:
    """The first place at which two answers differ."""
    if isinstance(one, dict) and isinstance(other, dict) and list(one) == list(other):
        pairs: Iterator[tuple[Any, Any, Any]] = ((key, one[key], other[key]) for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = ((place, *both) for place, both in enumerate(zip(one, other, strict=True)))
    else:
        return f"{path}: {_short(one)} and {_short(other)}"
    for key, left, right in pairs:
        if left != right:
            return where(left, right, f"{path}.{key}")
    return f"{path}: the same"


def plain(value: Any) -> Any:
    """An answer without the ids of new records, times of now, and numbers in the log."""
    return _Plain().of(value)


class _Plain:
    """New ids are counted in the order in which they are met."""

    def __init__(self) -> None:
        self._new: dict[str, str] = {}
        self._now = utc_now()

    def of(self, value: Any) -> Any:
        match value:
            case {"code": "INTERNAL", **rest}:
                return {"code": "INTERNAL", **{key: key for key in rest}}
            case dict():
                return {key: self.of(one) for key, one in value.items()}
            case list():
                return [self.of(one) for one in value]
            case str():
                return self._text(value)
            case _:
                return value

    def _text(self, text: str) -> str:
        if CURSOR.fullmatch(text):
            try:
                return self._said(base64.urlsafe_b64decode(text + "===").decode())
            except (binascii.Error, ValueError):
                return text
        return self._said(text)

    def _said(self, text: str) -> str:
        text = TIME.sub(lambda found: self._time(found[0]), text)
        text = LOGGED.sub("under ⟨id⟩.", timeless(text))
        return NEW.sub(lambda found: self._new.setdefault(found[0], f"⟨{len(self._new)}⟩"), text)

    def _time(self, text: str) -> str:
        return "⟨now⟩" if abs(datetime.fromisoformat(text) - self._now) < LATELY else text


def _read(body: bytes) -> Any:
    try:
        return plain(json.loads(body))
    except ValueError:
        return body.decode(errors="replace")


def _headers(reply: Reply) -> Mapping[str, str]:
    """What is not of the moment; the length goes with the body, which was compared."""
    moment = ("content-length", "x-request-id")
    return {name: value for name, value in reply.headers.items() if name not in moment}


def _short(value: Any) -> str:
    said = json.dumps(value, ensure_ascii=False)
    return said if len(said) < 300 else f"{said[:300]}…"
