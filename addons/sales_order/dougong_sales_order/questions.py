"""What orders ask of whoever knows."""

from datetime import date
from decimal import Decimal

from dougong import Context, question
from dougong_product import Product
from dougong_sales_order.entities import SalesOrder


@question(first=True)
def unit_cost(product: Product, ctx: Context, *, on: date) -> Decimal | None:
    """What one unit of a product cost us on a day, in the currency of its price.

    Who keeps its value answers; without anybody, or where None is the answer, the product's
    standard cost counts.
    """


@question(first=True)
def delivered_by(order: SalesOrder, ctx: Context) -> str | None:
    """Who delivers orders, such as “Inventory”; then nobody writes deliveries by hand (S13)."""
