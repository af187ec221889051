"""Up to which amount somebody may do a step, and who may above it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from dougong.access.permissions import Permission
from dougong.entity.base import Entity
from dougong.entity.fields import Money
from dougong.errors import SetupError

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True)
class Limit(Generic[E]):
    """An authority limit of a step: `limit=Limit(worth, up_to=[Money(…)], above=APPROVE_LARGE)`.

    `amount` says how much a record is about. Up to what `up_to` says for its currency the step
    needs no more than its own permission; above it, and where the currency or the amount is not
    known, it needs `above` too.
    """

    amount: Callable[[E], Money | None]
    up_to: Sequence[Money]
    above: Permission

    def __post_init__(self) -> None:
        if not inspect.isfunction(self.amount):
            raise SetupError(
                f"A Limit takes its amount from {self.amount!r}, which is no function.",
                fix="give it a function of the record that returns Money.",
            )
        currencies = [one.currency for one in self.up_to]
        if not currencies or len(set(currencies)) < len(currencies):
            raise SetupError(
                "A Limit has no amount, or two of one currency.",
                fix='write one for each currency: up_to=[Money(Decimal(1000), "EUR")].',
            )

    def exceeded(self, record: Any, up_to: Mapping[str, Decimal] | None = None) -> bool:
        """Whether a record is above the limit; `up_to` is the organisation's own, by currency."""
        amount = self.amount(record)
        known = self.shipped if up_to is None else up_to
        return amount is None or amount.amount > known.get(amount.currency, Decimal("-Infinity"))

    @property
    def shipped(self) -> Mapping[str, Decimal]:
        """The limit as its add-on ships it, by currency."""
        return {one.currency: one.amount for one in self.up_to}
