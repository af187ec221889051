"""What sales orders remember."""

from dougong_sales_order.entities.contracts import (
    Amendment,
    AmendmentState,
    Contract,
    ContractLine,
    ContractState,
)
from dougong_sales_order.entities.orders import OrderState, SalesOrder, SalesOrderLine
from dougong_sales_order.entities.quotations import Quotation, QuotationLine, QuotationState

__all__ = [
    "Amendment",
    "AmendmentState",
    "Contract",
    "ContractLine",
    "ContractState",
    "OrderState",
    "Quotation",
    "QuotationLine",
    "QuotationState",
    "SalesOrder",
    "SalesOrderLine",
]
