"""Who may let off how much without asking, and who could allow more (S12, S27)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import or_

from dougong import Context, User, holders
from dougong_product.entities import DiscountPolicy, ProductCategory
from dougong_product.shelves import lineage

NOTHING = Decimal(0)


@dataclass(frozen=True)
class Limits:
    """What some policies let somebody let off."""

    policies: Sequence[DiscountPolicy]

    @property
    def order(self) -> Decimal:
        """The part of the list prices that may be let off a whole order."""
        return self._most(None, "order_max") or NOTHING

    def line(self, category: ProductCategory | None) -> Decimal:
        """The part that may be let off a line; the nearest shelf with a policy counts."""
        for shelf in (*lineage(category), None):
            found = self._most(shelf, "line_max")
            if found is not None:
                return found
        return NOTHING

    def _most(self, shelf: ProductCategory | None, name: str) -> Decimal | None:
        here = [one for one in self.policies if one.category is shelf]
        own = [one for one in here if one.user is not None]
        return max((getattr(one, name) for one in own or here), default=None)


@dataclass(frozen=True)
class Band:
    """How far the holders of a role, or one person, may go."""

    role: str | None
    user: User | None
    limits: Limits


def limits_of(ctx: Context, user: User | None, on: date) -> Limits | None:
    """What somebody may let off on a day; None where no policy holds for anybody."""
    policies = _held(ctx, on)
    if not policies:
        return None
    roles = {one.role for one in policies if one.role is not None}
    mine = {role for role in roles if user is not None and user in holders(ctx, role)}
    return Limits([one for one in policies if one.role in mine or (user and one.user is user)])


def bands(ctx: Context, on: date) -> list[Band]:
    """How far each role and each person goes for whom there is a policy, the lowest first."""
    found: dict[tuple[str | None, User | None], list[DiscountPolicy]] = {}
    for one in _held(ctx, on):
        found.setdefault((one.role, one.user), []).append(one)
    every = [Band(role, user, Limits(some)) for (role, user), some in found.items()]
    return sorted(every, key=lambda band: (band.limits.order, band.limits.line(None)))


def _held(ctx: Context, on: date) -> list[DiscountPolicy]:
    goes_on = or_(DiscountPolicy.until.is_(None), DiscountPolicy.until >= on)
    return ctx.find(DiscountPolicy, DiscountPolicy.since <= on, goes_on)
