"""What sales orders remember."""

from dougong_sales_order.entities.concessions import Concession
from dougong_sales_order.entities.customers import CustomerPrices
from dougong_sales_order.entities.deliveries import Delivery, DeliveryLine, PromiseChange
from dougong_sales_order.entities.orders import (
    ConcessionState,
    DeliveryState,
    OrderState,
    SalesOrder,
    SalesOrderLine,
)

__all__ = [
    "Concession",
    "ConcessionState",
    "CustomerPrices",
    "Delivery",
    "DeliveryLine",
    "DeliveryState",
    "OrderState",
    "PromiseChange",
    "SalesOrder",
    "SalesOrderLine",
]
