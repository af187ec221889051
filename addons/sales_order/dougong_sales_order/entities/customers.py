"""What was agreed with a customer before they order."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dougong import Extension, Money, guarded, link, money
from dougong_party import Party
from dougong_product import PriceList
from dougong_sales_order.entities.orders import PaymentMethod
from dougong_sales_order.permissions import SEE_CREDIT, SET_CREDIT


class CustomerTerms(Extension[Party]):
    """How a customer pays, and how much they may owe us."""

    __table_args__ = (
        CheckConstraint("credit_limit_amount >= 0", name="credit_limit_amount"),
        CheckConstraint("payment_days >= 0", name="payment_days"),
    )

    payment_method: Mapped[PaymentMethod | None] = mapped_column(default=None)
    """How the customer pays, unless an order says otherwise."""
    payment_days: Mapped[int | None] = mapped_column(default=None)
    """Within how many days the customer pays, unless an order says otherwise."""
    credit_limit: Mapped[Money | None] = money(
        default=None, info=guarded(read=SEE_CREDIT, write=SET_CREDIT)
    )
    """How much confirmed orders that have not ended may come to; without it, any amount."""


class CustomerPrices(Extension[Party]):
    """What a customer pays by."""

    price_list: Mapped[PriceList | None] = link(default=None, reverse="customers")
    """The price list of the customer's orders; without one, products cost what they say."""
