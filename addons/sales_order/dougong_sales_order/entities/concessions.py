"""What was asked of somebody because it is more than the seller may let off."""

from decimal import Decimal

from sqlalchemy import Numeric
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Entity, User, link
from dougong_sales_order.entities.orders import ConcessionState, SalesOrder


class Concession(Entity, by_hand=False):
    """That more is let off an order than its seller may, and who has to allow it (S12, S27)."""

    __held_by__ = "order"

    order: Mapped[SalesOrder] = link(on_delete="CASCADE")
    """The order."""
    asked_by: Mapped[User | None] = link(default=None, reverse="-")
    """Who let off more than they may."""
    line_off: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    """The largest part of a list price that is let off a line."""
    order_off: Mapped[Decimal] = mapped_column(Numeric(5, 4))
    """The part of the list prices that is let off the whole order."""
    role: Mapped[str | None] = mapped_column(default=None)
    """The role whose holders may let off as much: of those there are, the lowest."""
    user: Mapped[User | None] = link(default=None, reverse="-")
    """Who has to allow it: who may let off as much, or the nearest holder of the role; without
    somebody, any holder of the role."""
    terms: Mapped[str]
    """A hash of the prices and discounts that are allowed; other ones have to be asked for anew."""
    state: Mapped[ConcessionState] = mapped_column(
        default=ConcessionState.ASKED, index=True, init=False
    )
    """Whether it was allowed."""
    reason: Mapped[str | None] = mapped_column(default=None, init=False)
    """Why it was not."""
