"""What sales orders remember."""

from dougong_sales_order.entities.customers import CustomerTerms
from dougong_sales_order.entities.orders import (
    OrderState,
    PaymentMethod,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.entities.reviews import (
    OrderReview,
    ReviewDecision,
    ReviewKind,
    SubmissionTerm,
)

__all__ = [
    "CustomerTerms",
    "OrderReview",
    "OrderState",
    "PaymentMethod",
    "ReviewDecision",
    "ReviewKind",
    "SalesOrder",
    "SalesOrderLine",
    "SubmissionTerm",
]
