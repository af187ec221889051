"""Inventory with sales orders: confirming reserves the goods, shipping moves them out."""

from dougong import Bridge, create
from dougong_inventory.with_sales_order.actions import settle_reservations
from dougong_inventory.with_sales_order.entities import LineStock, Reservation, ReservationState
from dougong_inventory.with_sales_order.permissions import AUDIT_RESERVATIONS
from dougong_inventory.with_sales_order.roles import RESERVATION_AUDITOR, RESERVATION_READER
from dougong_sales_order import Delivery

bridge = Bridge(title="Stock for sales orders", may=[create(Delivery)])

__all__ = [
    "AUDIT_RESERVATIONS",
    "RESERVATION_AUDITOR",
    "RESERVATION_READER",
    "LineStock",
    "Reservation",
    "ReservationState",
    "bridge",
    "settle_reservations",
]
