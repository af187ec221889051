"""Sales orders with the CRM: a lead is made an offer, and a won one can open an order."""

from dougong import Bridge, update
from dougong_crm import Lead
from dougong_sales_order.with_crm.actions import open_order, open_quotation
from dougong_sales_order.with_crm.entities import OrderOrigin, QuotationOrigin

bridge = Bridge(title="Offers to leads, and orders from won ones", may=[update(Lead)])

__all__ = ["OrderOrigin", "QuotationOrigin", "bridge", "open_order", "open_quotation"]
