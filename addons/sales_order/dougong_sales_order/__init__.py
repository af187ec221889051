"""Sales orders: who buys what, at what price, approved by whom."""

from dougong import AddOn
from dougong_sales_order.actions.credit import override_credit
from dougong_sales_order.entities import (
    CustomerTerms,
    OrderReview,
    OrderState,
    PaymentMethod,
    ReviewDecision,
    ReviewKind,
    SalesOrder,
    SalesOrderLine,
    SubmissionTerm,
)
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    OVERRIDE_CREDIT,
    SEE_CREDIT,
    SEE_SALES,
    SET_CREDIT,
    SHIP,
    SUBMIT,
    VERIFY,
)
from dougong_sales_order.questions import unit_cost
from dougong_sales_order.roles import CREDIT_MANAGER, FINANCE, MANAGER, SELLER, SHIPPER
from dougong_sales_order.workflows import (
    approve,
    cancel,
    confirm,
    decline,
    order_workflow,
    reject,
    revise,
    ship,
    submit,
    verify,
)

addon = AddOn(name="sales_order", title="Sales orders", needs=["party", "product"], bridges=["crm"])

__all__ = [
    "APPROVE",
    "CANCEL",
    "CONFIRM",
    "CREDIT_MANAGER",
    "FINANCE",
    "MANAGER",
    "OVERRIDE_CREDIT",
    "SEE_CREDIT",
    "SEE_SALES",
    "SELLER",
    "SET_CREDIT",
    "SHIP",
    "SHIPPER",
    "SUBMIT",
    "VERIFY",
    "CustomerTerms",
    "OrderReview",
    "OrderState",
    "PaymentMethod",
    "ReviewDecision",
    "ReviewKind",
    "SalesOrder",
    "SalesOrderLine",
    "SubmissionTerm",
    "addon",
    "approve",
    "cancel",
    "confirm",
    "decline",
    "order_workflow",
    "override_credit",
    "reject",
    "revise",
    "ship",
    "submit",
    "unit_cost",
    "verify",
]
