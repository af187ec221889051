"""Sales orders: who buys what, at what price, approved by whom."""

from dougong import AddOn
from dougong_sales_order.actions import change_promise
from dougong_sales_order.delivering import deliver, open_base
from dougong_sales_order.entities import (
    Concession,
    ConcessionState,
    CustomerPrices,
    Delivery,
    DeliveryLine,
    DeliveryState,
    OrderState,
    PromiseChange,
    SalesOrder,
    SalesOrderLine,
)
from dougong_sales_order.permissions import (
    APPROVE,
    CANCEL,
    CONFIRM,
    GRANT_CONCESSIONS,
    PROMISE,
    SEE_SALES,
    SHIP,
    SUBMIT,
)
from dougong_sales_order.questions import delivered_by, unit_cost
from dougong_sales_order.roles import MANAGER, SELLER, SHIPPER
from dougong_sales_order.workflows import (
    approve,
    cancel,
    close_short,
    concession_workflow,
    confirm,
    deny,
    grant,
    order_workflow,
    reject,
    ship,
    submit,
    withdraw,
)

addon = AddOn(name="sales_order", title="Sales orders", needs=["party", "product"], bridges=["crm"])

__all__ = [
    "APPROVE",
    "CANCEL",
    "CONFIRM",
    "GRANT_CONCESSIONS",
    "MANAGER",
    "PROMISE",
    "SEE_SALES",
    "SELLER",
    "SHIP",
    "SHIPPER",
    "SUBMIT",
    "Concession",
    "ConcessionState",
    "CustomerPrices",
    "Delivery",
    "DeliveryLine",
    "DeliveryState",
    "OrderState",
    "PromiseChange",
    "SalesOrder",
    "SalesOrderLine",
    "addon",
    "approve",
    "cancel",
    "change_promise",
    "close_short",
    "concession_workflow",
    "confirm",
    "deliver",
    "delivered_by",
    "deny",
    "grant",
    "open_base",
    "order_workflow",
    "reject",
    "ship",
    "submit",
    "unit_cost",
    "withdraw",
]
