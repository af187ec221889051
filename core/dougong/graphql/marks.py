"""What Python adds to an answer: the database leaves marks in its text, which are filled in here."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Union

import orjson
from graphql import GraphQLError

from dougong.access.context import Context
from dougong.entity.base import Entity
from dougong.graphql.computed_values import texts_of
from dougong.graphql.problems import TOO_LONG, bad_input, internal, logged
from dougong.verbs.computed import Asking, Computed
from dougong.verbs.possible import Possible
from dougong.verbs.verb import Verb

if TYPE_CHECKING:
    from dougong.graphql.plan.actions import AskedActions

BEGIN, END = "\x01", "\x02"
"""Characters that JSON text never has: it writes them as escapes."""
LONGEST_SECONDS = 10.0
"""How long the guards of one entity's records may take together."""
MARKS = re.compile(rb"\x01(\d+)([^\x02]*)\x02")
FAULTS = re.compile(rb"\x01!(\w+)\x02")


Mark = Union[Computed, "AskedActions"]


def loads_records(marks: Sequence[Mark]) -> bool:
    """Whether `filled` needs a context."""
    return any(not isinstance(mark, Computed) and mark.verbs for mark in marks)


def filled(text: bytes, marks: Sequence[Mark], asking: Asking, ctx: Context | None = None) -> bytes:
    """The text with every mark replaced by its value.

    A field is computed once for all of it, and the records of an entity are loaded by one
    statement of `ctx`, which must not be able to write. A value that cannot be said leaves a
    fault, which `told` takes out.
    """
    pieces = MARKS.split(text)  # text, number, columns, text, number, …
    rows: list[list[Any]] = [[] for _ in marks]
    for at in range(1, len(pieces), 3):
        rows[int(pieces[at])].append(orjson.loads(pieces[at + 1]))
    loaded = _loaded(marks, rows, ctx) if ctx else {}
    values = [
        iter(texts_of(mark, some, asking))
        if isinstance(mark, Computed)
        else _texts(mark, loaded.get(mark.entity), some)
        for mark, some in zip(marks, rows, strict=True)
    ]
    made = [pieces[0]]
    for at in range(1, len(pieces), 3):
        made += (next(values[int(pieces[at])]), pieces[at + 2])
    return b"".join(made)


def _loaded(
    marks: Sequence[Mark], rows: Sequence[Sequence[Any]], ctx: Context
) -> dict[type[Entity], Possible]:
    """What can be done with all the records that are marked, by entity."""
    verbs: dict[type[Entity], dict[Verb[Any, Any, Any], None]] = {}
    numbers: dict[type[Entity], set[int]] = {}
    for mark, some in zip(marks, rows, strict=True):
        if not isinstance(mark, Computed) and mark.verbs and some:
            verbs.setdefault(mark.entity, {}).update(dict.fromkeys(mark.verbs))
            numbers.setdefault(mark.entity, set()).update(row[0] for row in some)
    return {one: Possible(ctx, one, list(verbs[one]), sorted(numbers[one])) for one in verbs}


def _texts(
    mark: AskedActions, possible: Possible | None, rows: Sequence[Sequence[int]]
) -> Iterator[bytes]:
    until = time.monotonic() + LONGEST_SECONDS
    for row in rows:
        if time.monotonic() > until:
            raise bad_input("TIMEOUT", TOO_LONG)
        try:
            text = mark.text(possible, row)
        except Exception as problem:  # noqa: BLE001 - the caller sees an id, the log has the rest
            if possible is not None:
                possible.recover()
            text = b"\x01!%b\x02" % logged(problem).encode()
        yield text


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
