"""Reactions that cannot stand beside each other."""

from __future__ import annotations

from collections.abc import Sequence

from dougong.errors import SetupError
from dougong.workflow.reactions import Reaction


def check_rivals(reactions: Sequence[Reaction]) -> None:
    """Raise SetupError where two do what only one can, or have one name."""
    only: dict[tuple[int, str], Reaction] = {}
    named: set[str] = set()
    for reaction in reactions:
        verb, moment = reaction.verb, reaction.moment
        other = only.setdefault((id(verb), moment), reaction)
        if reaction.only_one and other is not reaction:
            what = "answer" if moment == "answers" else "stand instead of"
            raise SetupError(
                f"{other.name} and {reaction.name} both {what} {verb.key}; only one can.",
                fix=f"install {other.addon} or {reaction.addon}, or let one of them do otherwise.",
                where=(other, reaction),
            )
        if reaction.place in named:
            raise SetupError(
                f"Two reactions to {verb.key} are called {reaction.name}.",
                fix="give one of them another name=.",
                where=(reaction,),
            )
        named.add(reaction.place)
