"""What orders ask of whoever knows."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from dougong import Context, question
from dougong_product import Product
from dougong_sales_order.entities import SalesOrder


@question(first=True)
def unit_costs(
    products: Sequence[Product], ctx: Context, *, on: date
) -> Mapping[int, Decimal] | None:
    """What one unit of each product cost us on a day, by their numbers, in their prices' currency.

    Who keeps their value answers; without anybody, or for those that are left out, the product's
    standard cost counts.
    """


@question(first=True)
def delivered_by(order: SalesOrder, ctx: Context) -> str | None:
    """Who delivers orders, such as “Inventory”; then nobody writes deliveries by hand (S13)."""
