"""What orders ask of whoever knows."""

from datetime import date
from decimal import Decimal

from dougong import Context, question
from dougong_product import Product


@question(first=True)
def unit_cost(product: Product, ctx: Context, *, on: date) -> Decimal | None:
    """What one unit of a product cost us on a day, in the currency of its price.

    Who keeps its value answers; without anybody, or where None is the answer, the product's
    standard cost counts.
    """
