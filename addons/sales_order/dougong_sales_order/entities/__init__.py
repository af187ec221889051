"""What sales orders remember."""

from dougong_sales_order.entities.concessions import (
    Concession,
)
from dougong_sales_order.entities.contracts import (
    Amendment,
    AmendmentLine,
    AmendmentState,
    Contract,
    ContractLine,
    ContractState,
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
from dougong_sales_order.entities.quotations import (
    Quotation,
    QuotationLine,
    QuotationState,
)
from dougong_sales_order.entities.reviews import (
    OrderReview,
    ReviewDecision,
    ReviewKind,
    SubmissionTerm,
)

__all__ = [
    "Amendment",
    "AmendmentLine",
    "AmendmentState",
    "Concession",
    "ConcessionState",
    "Contract",
    "ContractLine",
    "ContractState",
    "CustomerPrices",
    "CustomerTerms",
    "Delivery",
    "DeliveryLine",
    "DeliveryState",
    "OrderReview",
    "OrderState",
    "PaymentMethod",
    "PromiseChange",
    "Quotation",
    "QuotationLine",
    "QuotationState",
    "ReviewDecision",
    "ReviewKind",
    "SalesOrder",
    "SalesOrderLine",
    "SubmissionTerm",
]
