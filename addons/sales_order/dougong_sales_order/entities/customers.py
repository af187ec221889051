"""What holds for the orders of one customer."""

from sqlalchemy.orm import Mapped

from dougong import Extension, link
from dougong_party import Party
from dougong_product import PriceList


class CustomerPrices(Extension[Party]):
    """What a customer pays by."""

    price_list: Mapped[PriceList | None] = link(default=None, reverse="customers")
    """The price list of the customer's orders; without one, products cost what they say."""
