"""What sales orders remember."""

from dougong_sales_order.entities.concessions import (
    Concession,
)
from dougong_sales_order.entities.customers import (
    CustomerPrices,
    CustomerTerms,
)
from dougong_sales_order.entities.deliveries import (
    Delivery,
    DeliveryLine,
    PromiseChange,
)
from dougong_sales_order.entities.orders import (
    ConcessionState,
    DeliveryState,
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
    "Concession",
    "ConcessionState",
    "CustomerPrices",
    "CustomerTerms",
    "Delivery",
    "DeliveryLine",
    "DeliveryState",
    "OrderReview",
    "OrderState",
    "PaymentMethod",
    "PromiseChange",
    "ReviewDecision",
    "ReviewKind",
    "SalesOrder",
    "SalesOrderLine",
    "SubmissionTerm",
]
