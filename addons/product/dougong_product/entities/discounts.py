"""How much somebody may let off without asking."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_product.entities.families import ProductCategory
from dougong_product.entities.prices import alone


class DiscountPolicy(Entity):
    """What the holders of a role, or one person, may let off without asking anybody (S27)."""

    __plural__ = "discountPolicies"
    __table_args__ = (
        CheckConstraint("num_nonnulls(role, user_id) = 1", name="either"),
        CheckConstraint("line_max between 0 and 1", name="line_max"),
        CheckConstraint("order_max between 0 and 1", name="order_max"),
        CheckConstraint("until >= since", name="until"),
    )

    role: Mapped[str | None] = mapped_column(default=None)
    """The role whose holders it is for: `sales_order.seller`."""
    user: Mapped[User | None] = link(default=None)
    """Or the person; what it says comes before what their roles may."""
    category: Mapped[ProductCategory | None] = link(default=None)
    """The shelf on which it holds, with those in it, before what holds everywhere."""
    line_max: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    """The part of the list price that may be let off on one line: 0.1 is ten per cent."""
    order_max: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    """The part that may be let off a whole order; of policies that hold everywhere."""
    since: Mapped[date]
    """The first day on which it holds."""
    until: Mapped[date | None] = mapped_column(default=None)
    """The last day; without one, it goes on."""


_policy = DiscountPolicy.__table__
_policy.append_constraint(
    ExcludeConstraint(
        (alone(func.hashtextextended(func.coalesce(_policy.c.role, ""), 0).op(">>")(1)), "&&"),
        (alone(func.coalesce(_policy.c.user_id, 0)), "&&"),
        (alone(func.coalesce(_policy.c.category_id, 0)), "&&"),
        (func.daterange(_policy.c.since, _policy.c.until, text("'[]'")), "&&"),
        name="ex_discount_policy_validity",
        using="gist",
    )
)
