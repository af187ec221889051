"""Whether what is reserved is reserved for somebody."""

from decimal import Decimal

from sqlalchemy import Numeric, Select, select, type_coerce

from dougong import Context, report
from dougong_inventory import Location, StockQuantity
from dougong_inventory.with_sales_order.permissions import AUDIT_RESERVATIONS
from dougong_inventory.with_sales_order.reservations import promised
from dougong_product import Product

QUANTITY = Numeric(38, 4)


@report(needs=AUDIT_RESERVATIONS)
def reservation_differences(ctx: Context) -> Select[str, str, Decimal, Decimal]:
    """Where what is reserved is not what the active reservations add up to; none when all is well.

    product: The product's name.
    location: The location's code.
    reserved: What the quantity says.
    by_reservations: What the active reservations for order lines add up to.
    """
    by_reservations = promised()
    return (
        select(
            Product.name.label("product"),
            Location.code.label("location"),
            StockQuantity.reserved.label("reserved"),
            type_coerce(by_reservations, QUANTITY).label("by_reservations"),
        )
        .select_from(StockQuantity)
        .join(StockQuantity.product)
        .join(StockQuantity.location)
        .where(StockQuantity.reserved != by_reservations)
        .order_by(Product.name, Location.code)
    )
