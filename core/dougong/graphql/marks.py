"""What Python adds to an answer: the database leaves marks in its text, which are filled in here."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import orjson
from graphql import GraphQLError

from dougong.access.context import Context
from dougong.builtin.workflows.possible import Possible
from dougong.entity.base import Entity
from dougong.graphql.computed_values import Use, row_of, texts_of
from dougong.graphql.problems import TOO_LONG, bad_input, internal, logged
from dougong.verbs.computed import Asking, Computed
from dougong.verbs.verb import Verb

if TYPE_CHECKING:
    from dougong.graphql.plan.actions import AskedActions
    from dougong.graphql.resolving import Resolving

BEGIN, END = "\x01", "\x02"
"""Characters that JSON text never has: it writes them as escapes."""
MARKS = re.compile(rb"\x01(\d+)([^\x02]*)\x02")
LONGEST_SECONDS = 10.0
"""How long all guards may take together for the records of one text."""
FAULTS = re.compile(rb"\x01!(\w+)\x02")


def marked(text: bytes) -> bool:
    """Whether there is anything to fill in."""
    return BEGIN.encode() in text


def filled(
    text: bytes,
    uses: Sequence[Use],
    asking: Asking,
    reading: Resolving | None = None,
    lines: Sequence[Sequence[Any]] = ((),),
) -> bytes:
    """The text with every mark replaced by its value; each use is computed once for all of it.

    `reading` is for the uses that read: it completes values that are by hand, for whose errors
    `lines` says where in the answer each line of the text stands, and loads records for `actions`.
    Of these one that cannot be said leaves a fault, which `told` takes out.
    """
    pieces = MARKS.split(text)  # text, number, columns, text, number, …
    rows: list[list[Any]] = [[] for _ in uses]
    for at in range(1, len(pieces), 3):
        rows[int(pieces[at])].append(orjson.loads(pieces[at + 1]))
    values = _actions(uses, rows, reading)
    for number, use in enumerate(uses):
        if rows[number] and hasattr(use.of, "texts"):  # it reads for all of them by itself
            values[number] = use.of.texts(rows[number], reading)
        if isinstance(use.of, Computed) and rows[number]:
            some = [row_of(use.of, row) for row in rows[number]]
            if use.at and reading is not None:
                values[number] = iter(reading.computed(use, some, _places(text, number, lines)))
            else:
                values[number] = iter(texts_of(use.of, some, asking))
    made = [pieces[0]]
    for at in range(1, len(pieces), 3):
        made += (next(values[int(pieces[at])]), pieces[at + 2])
    return b"".join(made)


def _actions(
    uses: Sequence[Use], rows: Sequence[Sequence[Any]], reading: Resolving | None
) -> dict[int, Iterator[bytes]]:
    """The texts of `actions`, by the number of the use; all records of an entity loaded together."""
    asked = [
        (number, use.of, some)
        for number, (use, some) in enumerate(zip(uses, rows, strict=True))
        if some and hasattr(use.of, "text")
    ]
    if reading is None or not any(one.verbs for _, one, _ in asked):
        return {number: iter([one.text(None, row) for row in some]) for number, one, some in asked}
    until = time.monotonic() + LONGEST_SECONDS
    with reading.looking() as ctx:
        loaded = _loaded(asked, ctx)
        return {
            number: iter([_said(one, loaded.get(one.entity), row, until) for row in some])
            for number, one, some in asked
        }


def _loaded(
    asked: Sequence[tuple[int, AskedActions, Sequence[Any]]], ctx: Context
) -> dict[type[Entity], Possible]:
    """What can be done with all the records that are marked, by entity."""
    verbs: dict[type[Entity], dict[Verb[Any, Any, Any], None]] = {}
    numbers: dict[type[Entity], set[int]] = {}
    for _, one, some in asked:
        if one.verbs:
            verbs.setdefault(one.entity, {}).update(dict.fromkeys(one.verbs))
            numbers.setdefault(one.entity, set()).update(row[0] for row in some)
    return {one: Possible(ctx, one, list(verbs[one]), sorted(numbers[one])) for one in verbs}


def _said(one: AskedActions, possible: Possible | None, row: Sequence[int], until: float) -> bytes:
    if time.monotonic() > until:
        raise bad_input("TIMEOUT", TOO_LONG)
    try:
        return one.text(possible, row)
    except Exception as problem:  # noqa: BLE001 - the caller sees an id, the log has the rest
        if possible is not None:
            possible.recover()
        return b"\x01!%b\x02" % logged(problem).encode()


def _places(text: bytes, number: int, lines: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Where in an answer the marks of a use stand, in order."""
    said = FAULTS.sub(b"null", MARKS.sub(rb'"\\u0001\1"', text))
    return [
        [*at, *place]
        for at, line in zip(lines, said.split(b"\n"), strict=True)
        for place in _within(orjson.loads(line or b"null"), f"\x01{number}")
    ]


def _within(value: Any, mark: str) -> Iterator[list[Any]]:
    if value == mark:
        yield []
    elif isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from ([key, *place] for place in _within(one, mark))


def told(data: bytes) -> tuple[bytes, list[GraphQLError]]:
    """The text of `data` with null for what could not be said, and an error for each of these."""
    if b"\x01" not in data:
        return data, []
    name = secrets.token_hex(8)
    places = orjson.loads(FAULTS.sub(rb'{"%b":"\1"}' % name.encode(), data))
    errors = [internal(number, path) for number, path in _faults(places, name, [])]
    return FAULTS.sub(b"null", data), errors


def _faults(value: Any, name: str, path: list[str | int]) -> Iterator[tuple[str, list[str | int]]]:
    if isinstance(value, dict) and name in value:
        yield value[name], path
        return
    below = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in below:
        if isinstance(one, dict | list):
            yield from _faults(one, name, [*path, key])
