"""Sales orders with the CRM: a won lead can open an order."""

from dougong import Bridge
from dougong_sales_order.with_crm.actions import open_order
from dougong_sales_order.with_crm.entities import OrderOrigin

bridge = Bridge(title="Orders from won leads")

__all__ = ["OrderOrigin", "bridge", "open_order"]
