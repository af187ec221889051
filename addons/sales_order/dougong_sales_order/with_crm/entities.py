"""Where a quotation and an order came from."""

from sqlalchemy.orm import Mapped

from dougong import Extension, link
from dougong_crm import Lead
from dougong_sales_order import Quotation, SalesOrder


class QuotationOrigin(Extension[Quotation]):
    """The lead that a quotation was made for."""

    lead: Mapped[Lead | None] = link(default=None, on_delete="SET NULL")
    """The lead that the quotation was made for."""


class OrderOrigin(Extension[SalesOrder]):
    """The lead that an order came from."""

    lead: Mapped[Lead | None] = link(default=None, on_delete="SET NULL")
    """The won lead that the order was opened for."""
