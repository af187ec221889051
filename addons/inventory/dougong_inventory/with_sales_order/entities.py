"""Which transfer brings which order's goods, and what is kept for an order's line."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Mapped, mapped_column

from dougong import Extension, Quantity, link
from dougong_inventory import Transfer, TransferLine, Warehouse
from dougong_sales_order import DeliveryLine, SalesOrder, SalesOrderLine


class OrderTransfer(Extension[Transfer]):
    """The order that a transfer is for."""

    order: Mapped[SalesOrder | None] = link(default=None, init=False, reverse="transfers")
    """The order whose goods are delivered."""


class LineDemand(Extension[TransferLine]):
    """The order's line that a transfer's line is for."""

    order_line: Mapped[SalesOrderLine | None] = link(
        default=None, init=False, reverse="transferLines"
    )
    """The line whose goods are delivered."""


class LineStock(Extension[SalesOrderLine]):
    """What the inventory holds for an order line."""

    reserved: Mapped[Quantity] = mapped_column(default=Decimal(0), server_default="0", init=False)
    """How many units are reserved for the line now."""


class SalesBooking(StrEnum):
    """When the goods of an order leave the books."""

    ON_DELIVERY = "ON_DELIVERY"
    AT_ONCE = "AT_ONCE"
    END_OF_DAY = "END_OF_DAY"


class WarehouseSales(Extension[Warehouse]):
    """How a warehouse sells."""

    sales_booking: Mapped[SalesBooking] = mapped_column(
        default=SalesBooking.ON_DELIVERY, server_default="ON_DELIVERY"
    )
    """When sold goods leave the books: when they are shipped, when somebody writes down that they
    were handed over, or in the evening of that day (I09)."""


class OrderStock(Extension[SalesOrder]):
    """Where the goods of an order come from."""

    warehouse: Mapped[Warehouse | None] = link(default=None, reverse="salesOrders")
    """The warehouse that delivers; any that has the goods without one."""


class DeliveryBooking(Extension[DeliveryLine]):
    """Whether what was handed over has left the books."""

    warehouse: Mapped[Warehouse | None] = link(default=None, init=False, reverse="-")
    """The warehouse that it was handed over in, which is to book it; null where it was shipped."""
    booked_at: Mapped[datetime | None] = mapped_column(default=None, init=False)
    """When what somebody wrote down by hand left the books; null where it was shipped, or not yet."""
