"""Inventory with sales orders: confirming keeps the goods, shipping moves them out."""

from dougong import Bridge, create
from dougong_inventory.with_sales_order.actions import settle_reservations, take_over_orders
from dougong_inventory.with_sales_order.entities import (
    DeliveryBooking,
    LineDemand,
    LineStock,
    OrderStock,
    OrderTransfer,
    SalesBooking,
    WarehouseSales,
)
from dougong_sales_order import Delivery

bridge = Bridge(title="Stock for sales orders", may=[create(Delivery)])

__all__ = [
    "DeliveryBooking",
    "LineDemand",
    "LineStock",
    "OrderStock",
    "OrderTransfer",
    "SalesBooking",
    "WarehouseSales",
    "bridge",
    "settle_reservations",
    "take_over_orders",
]
