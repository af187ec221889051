"""Records by a natural key of theirs, for links in a file."""

from __future__ import annotations

from sqlalchemy import select

from dougong.access.context import Context
from dougong.access.permissions import Operation
from dougong.access.reach import BoundMe
from dougong.entity.base import Entity
from dougong.entity.model import ToOne, model_of


class NaturalKeys:
    """Records by their natural key, as far as the asker sees them."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[tuple[type[Entity], str], dict[str, int]] = {}
        self._several: set[tuple[type[Entity], str, str]] = set()

    def find(self, link: ToOne, by: str, text: str) -> int:
        """The number of the record; raises ValueError when there is none, or several."""
        name = by or model_of(link.target).natural_key or ""
        key = (link.target, name)
        if key not in self._known:
            self._known[key] = self._load(link.target, name)
        if (*key, text) in self._several:
            raise ValueError(f"there are several {link.target.__name__} with {name} “{text}”")
        try:
            return self._known[key][text]
        except KeyError:
            raise ValueError(f"there is no {link.target.__name__} with {name} “{text}”") from None

    def _load(self, target: type[Entity], name: str) -> dict[str, int]:
        column = getattr(target, name)
        known: dict[str, int] = {}
        predicate = self._ctx.generation.access.predicate(
            self._ctx.principal,
            Operation.READ,
            target,
            target,
            BoundMe(self._ctx.principal.user_id),
        )
        for value, number in self._ctx.session.execute(
            select(column, target.id).where(column.is_not(None), predicate)
        ):
            text = str(value)
            if text in known:
                self._several.add((target, name, text))
            known[text] = number
        return known
