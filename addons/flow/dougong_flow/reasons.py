"""Reasons: whoever decides something out of the ordinary says why."""

from dougong import Refused


def given(reason: str, at: str = "reason") -> str:
    """The reason without blanks around it; raises Refused where there is none."""
    if not reason.strip():
        raise Refused("say_why", at=at)
    return reason.strip()
