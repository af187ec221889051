"""How the votes of a node decide it: all, any, in order, or a share of them."""

from collections.abc import Sequence
from enum import StrEnum


class Mode(StrEnum):
    """Whose votes a node needs."""

    ALL = "ALL"
    ANY = "ANY"
    SEQUENCE = "SEQUENCE"
    RATIO = "RATIO"


class Reject(StrEnum):
    """When votes against decide: the first, or once the votes for can no longer be enough."""

    ONE_VETO = "ONE_VETO"
    UNREACHABLE = "UNREACHABLE"


def of_seat(votes: Sequence[bool | None]) -> bool | None:
    """What a seat says: no as soon as one of its signers does, yes once all do."""
    if False in votes:
        return False
    return None if None in votes else True


def outcome(
    mode: Mode, seats: Sequence[bool | None], *, percent: int = 100, reject: Reject
) -> bool | None:
    """What the seats of a node have decided; None: they have not yet."""
    yes, no = seats.count(True), seats.count(False)
    if mode is Mode.ANY and seats:
        return True if yes else False if no else None
    share = percent if mode is Mode.RATIO else 100
    needed = -(-len(seats) * share // 100)
    if no and (reject is Reject.ONE_VETO or len(seats) - no < needed):
        return False
    return True if yes >= needed else None
