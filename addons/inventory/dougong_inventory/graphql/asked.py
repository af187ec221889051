"""The records that queries are asked about."""

from typing import TypeVar

from dougong import Context, Entity, RecordId, Refused

E = TypeVar("E", bound=Entity)
LONGEST = 18
"""Digits of a number that fits."""


def asked_for(entity: type[E], written: RecordId | None, ctx: Context) -> E | None:
    """The record that an id names, if the asker may see it; raises Refused (`not_found`)."""
    if written is None:
        return None
    name, _, number = written.partition(":")
    if name != entity.__name__ or not number.isdecimal() or len(number) > LONGEST:
        raise Refused("not_found", id=written)
    return ctx.get(entity, int(number))
